#include "features/fft.h"

#include <fftw3.h>
#include <math.h>
#include <pthread.h>

#include "base/clones.h"
#include "features/lanes.h"

static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

/* Real sound of `size` samples is transformed as size/2 complex numbers z_n = x_2n + i x_2n+1 (FFTW's complex transforms use
 * the vector units better than its real ones) and taken apart afterwards. */
struct fft {
    size_t half; /* size/2 */
    float *input;
    float *spectrum;      /* Z_k: real and imaginary parts in turn */
    float *cosine, *sine; /* of 2 pi k/size, k = 0 .. size/4 */
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
    f->half = size / 2;
    f->input = lanes_alloc(size, sizeof(float));
    f->spectrum = lanes_alloc(size, sizeof(float));
    f->cosine = lanes_alloc(size / 4 + 1, sizeof(float));
    f->sine = lanes_alloc(size / 4 + 1, sizeof(float));
    if (f->input && f->spectrum && f->cosine && f->sine) {
        pthread_mutex_lock(&planner);
        f->plan = fftwf_plan_dft_1d((int)f->half, (fftwf_complex *)f->input, (fftwf_complex *)f->spectrum, FFTW_FORWARD,
                                    FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
        pthread_mutex_unlock(&planner);
    }
    if (f->plan == NULL) {
        fft_destroy(f);
        return NULL;
    }
    for (size_t k = 0; k <= size / 4; k++) {
        f->cosine[k] = (float)cos(2.0 * M_PI * (double)k / (double)size);
        f->sine[k] = (float)sin(2.0 * M_PI * (double)k / (double)size);
    }
    return f;
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
    free(f->cosine);
    free(f->sine);
    free(f);
}

float *fft_input(fft *f)
{
    return f->input;
}

static inline float8 sqrt8(float8 x)
{
    for (int i = 0; i < LANES; i++) x[i] = sqrtf(x[i]);
    return x;
}

/* With H = size/2, W = e^(-2 pi i k/size), A = Z_k + conj Z_(H-k), B = -i W (Z_k - conj Z_(H-k)):
 * X_k = (A + B)/2, conj X_(H-k) = (A - B)/2. Eight k from below and the eight H - k, which lie in reverse. */
CPU_CLONES static void take_apart(const fft *f, float *restrict magnitude)
{
    for (size_t k = 1; k <= f->half / 2; k += LANES) {
        const float *low = f->spectrum + 2 * k, *high = f->spectrum + 2 * (f->half - k - (LANES - 1));
        float8 low0 = load8(low), low1 = load8(low + LANES), high0 = load8(high), high1 = load8(high + LANES);
        float8 re = __builtin_shufflevector(low0, low1, 0, 2, 4, 6, 8, 10, 12, 14);
        float8 im = __builtin_shufflevector(low0, low1, 1, 3, 5, 7, 9, 11, 13, 15);
        float8 re_high = __builtin_shufflevector(high0, high1, 14, 12, 10, 8, 6, 4, 2, 0);
        float8 im_high = __builtin_shufflevector(high0, high1, 15, 13, 11, 9, 7, 5, 3, 1);
        float8 a_re = re + re_high, a_im = im - im_high;
        float8 d_re = re - re_high, d_im = im + im_high;
        float8 c = load8(f->cosine + k), s = load8(f->sine + k);
        float8 b_re = c * d_im - s * d_re, b_im = -(c * d_re + s * d_im);
        float8 x_re = a_re + b_re, x_im = a_im + b_im, y_re = a_re - b_re, y_im = a_im - b_im;
        store8(magnitude + k, sqrt8(x_re * x_re + x_im * x_im) * 0.5f);
        float8 mirrored = sqrt8(y_re * y_re + y_im * y_im) * 0.5f;
        mirrored = __builtin_shufflevector(mirrored, mirrored, 7, 6, 5, 4, 3, 2, 1, 0);
        store8(magnitude + f->half - k - (LANES - 1), mirrored);
    }
    magnitude[0] = fabsf(f->spectrum[0] + f->spectrum[1]);
    magnitude[f->half] = fabsf(f->spectrum[0] - f->spectrum[1]);
}

void fft_magnitude(fft *f, float *magnitude)
{
    fftwf_execute(f->plan);
    take_apart(f, magnitude);
}
