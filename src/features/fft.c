#include "features/fft.h"

#include <fftw3.h>
#include <math.h>
#include <pthread.h>

#include "base/clones.h"
#include "features/lanes.h"

static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

struct fft {
    size_t size;
    float *input;
    float *spectrum; /* real and imaginary parts in turn, size/2 + 1 pairs */
    fftwf_plan plan;
};

size_t fft_size(size_t count)
{
    size_t size = 1;
    while (size < count) size *= 2;
    return size;
}

fft *fft_create(size_t size)
{
    fft *f = calloc(1, sizeof *f);
    if (f == NULL) return NULL;
    f->size = size;
    f->input = lanes_alloc(size, sizeof *f->input);
    f->spectrum = lanes_alloc(size + 2, sizeof *f->spectrum);
    if (f->input != NULL && f->spectrum != NULL) {
        pthread_mutex_lock(&planner);
        f->plan =
            fftwf_plan_dft_r2c_1d((int)size, f->input, (fftwf_complex *)f->spectrum, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
        pthread_mutex_unlock(&planner);
    }
    if (f->plan != NULL) return f;
    fft_destroy(f);
    return NULL;
}

void fft_destroy(fft *f)
{
    if (f == NULL) return;
    if (f->plan != NULL) {
        pthread_mutex_lock(&planner);
        fftwf_destroy_plan(f->plan);
        pthread_mutex_unlock(&planner);
    }
    free(f->input);
    free(f->spectrum);
    free(f);
}

float *fft_input(fft *f)
{
    return f->input;
}

CPU_CLONES static void magnitudes(const float *restrict spectrum, float *restrict magnitude, size_t bins)
{
    for (size_t k = 0; k < bins; k++) {
        float re = spectrum[2 * k], im = spectrum[2 * k + 1];
        magnitude[k] = sqrtf(re * re + im * im);
    }
}

void fft_magnitude(fft *f, float *magnitude)
{
    fftwf_execute(f->plan);
    magnitudes(f->spectrum, magnitude, f->size / 2 + 1);
}
