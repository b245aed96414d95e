#include "features/fft.h"

#include <fftw3.h>
#include <math.h>
#include <pthread.h>

#include "base/clones.h"
#include "base/room.h"
#include "features/lanes.h"

typedef float float4 __attribute__((vector_size(16)));

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

/* More than FFTW's tables and a plan take. When memory runs out while it plans, it ends the process. */
enum { PLANNING_BYTES = 4 << 20 };

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
    if (f->input && f->spectrum && f->cosine && f->sine && room_for_bytes(PLANNING_BYTES)) {
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

/* Four at a time: the shuffles that part and turn pairs are single instructions on every processor. */
static inline float4 load4(const float *from)
{
    float4 v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline float4 half_length(float4 re, float4 im)
{
    float4 v = re * re + im * im;
    for (int i = 0; i < 4; i++) v[i] = sqrtf(v[i]);
    return v * 0.5f;
}

/* With H = size/2, W = e^(-2 pi i k/size), A = Z_k + conj Z_(H-k), B = -i W (Z_k - conj Z_(H-k)):
 * X_k = (A + B)/2, conj X_(H-k) = (A - B)/2. Four k from below and the four H - k, which lie in reverse. */
CPU_CLONES static void take_apart(const fft *f, float *restrict magnitude)
{
    for (size_t k = 1; k <= f->half / 2; k += 4) {
        const float *low = f->spectrum + 2 * k, *high = f->spectrum + 2 * (f->half - k - 3);
        float4 low0 = load4(low), low1 = load4(low + 4), high0 = load4(high), high1 = load4(high + 4);
        float4 re = __builtin_shufflevector(low0, low1, 0, 2, 4, 6), im = __builtin_shufflevector(low0, low1, 1, 3, 5, 7);
        float4 re_high = __builtin_shufflevector(high0, high1, 6, 4, 2, 0);
        float4 im_high = __builtin_shufflevector(high0, high1, 7, 5, 3, 1);
        float4 a_re = re + re_high, a_im = im - im_high, d_re = re - re_high, d_im = im + im_high;
        float4 c = load4(f->cosine + k), s = load4(f->sine + k);
        float4 b_re = c * d_im - s * d_re, b_im = -(c * d_re + s * d_im);
        float4 above = half_length(a_re + b_re, a_im + b_im);
        float4 mirrored = half_length(a_re - b_re, a_im - b_im);
        mirrored = __builtin_shufflevector(mirrored, mirrored, 3, 2, 1, 0);
        memcpy(magnitude + k, &above, sizeof above);
        memcpy(magnitude + f->half - k - 3, &mirrored, sizeof mirrored);
    }
    magnitude[0] = fabsf(f->spectrum[0] + f->spectrum[1]);
    magnitude[f->half] = fabsf(f->spectrum[0] - f->spectrum[1]);
}

void fft_magnitude(fft *f, float *magnitude)
{
    fftwf_execute(f->plan);
    take_apart(f, magnitude);
}
