#include "features/ear_resampler.h"

#include <math.h>

#include "base/clones.h"
#include "features/lanes.h"

enum { TAPS = 128, BEHIND = TAPS - 1 };

static const double cut_off_hz = 7900, rate_hz = 44100, kaiser_beta = 7;

struct ear_resampler {
    float *phase;                 /* [160][128] */
    float *heard;                 /* the last 127 samples, then the hop */
    int first[EAR_RESAMPLER_OUT]; /* place in `heard` of the first tap */
};

/* Modified Bessel function of order 0. */
static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 60; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

/* Low-pass at `t` samples from its middle. */
static double low_pass(double t)
{
    double edge = t / (TAPS / 2.0), u = 2 * cut_off_hz / rate_hz;
    if (fabs(edge) >= 1) return 0;
    double sinc = t == 0 ? 1 : sin(M_PI * u * t) / (M_PI * u * t);
    return u * sinc * bessel_i0(kaiser_beta * sqrt(1 - edge * edge)) / bessel_i0(kaiser_beta);
}

/* Output j of a hop lies at (j - 23) 441/160 samples of the hop. Every phase passes a constant unchanged. */
static void make_phases(ear_resampler *r)
{
    for (int j = 0; j < EAR_RESAMPLER_OUT; j++) {
        double at = (double)(j - EAR_RESAMPLER_DELAY) * EAR_RESAMPLER_IN / EAR_RESAMPLER_OUT, sum = 0, tap[TAPS];
        int first = (int)floor(at) - TAPS / 2 + 1;
        for (int k = 0; k < TAPS; k++) sum += tap[k] = low_pass(first + k - at);
        for (int k = 0; k < TAPS; k++) r->phase[j * TAPS + k] = (float)(tap[k] / sum);
        r->first[j] = first + BEHIND;
    }
}

ear_resampler *ear_resampler_create(void)
{
    ear_resampler *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->phase = lanes_alloc((size_t)EAR_RESAMPLER_OUT * TAPS, sizeof(float));
    r->heard = lanes_alloc(BEHIND + EAR_RESAMPLER_IN, sizeof(float));
    if (!r->phase || !r->heard) {
        ear_resampler_destroy(r);
        return NULL;
    }
    make_phases(r);
    return r;
}

void ear_resampler_destroy(ear_resampler *r)
{
    if (!r) return;
    free(r->phase);
    free(r->heard);
    free(r);
}

void ear_resampler_reset(ear_resampler *r)
{
    memset(r->heard, 0, BEHIND * sizeof *r->heard);
}

typedef float float16 __attribute__((vector_size(64)));

static inline float16 load16(const float *from)
{
    float16 v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline float8 sum_of_taps(const float *tap, const float *x)
{
    float16 even = load16(tap) * load16(x), odd = load16(tap + 16) * load16(x + 16);
    for (int k = 32; k < TAPS; k += 32) {
        even += load16(tap + k) * load16(x + k);
        odd += load16(tap + k + 16) * load16(x + k + 16);
    }
    even += odd;
    return __builtin_shufflevector(even, even, 0, 1, 2, 3, 4, 5, 6, 7) +
           __builtin_shufflevector(even, even, 8, 9, 10, 11, 12, 13, 14, 15);
}

/* Lanes 2i and 2i + 1 of a, and of b, are added. */
static inline float8 add_pairs(float8 a, float8 b)
{
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14) +
           __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}

CPU_CLONES static void filter(const ear_resampler *r, float *restrict out)
{
    for (int j = 0; j < EAR_RESAMPLER_OUT; j += LANES) {
        float8 v[LANES];
        for (int i = 0; i < LANES; i++) v[i] = sum_of_taps(r->phase + (size_t)(j + i) * TAPS, r->heard + r->first[j + i]);
        float8 low = add_pairs(add_pairs(v[0], v[1]), add_pairs(v[2], v[3]));
        float8 high = add_pairs(add_pairs(v[4], v[5]), add_pairs(v[6], v[7]));
        store8(out + j, add_pairs(low, high));
    }
}

void ear_resampler_hop(ear_resampler *r, const float in[EAR_RESAMPLER_IN], float out[EAR_RESAMPLER_OUT])
{
    memcpy(r->heard + BEHIND, in, EAR_RESAMPLER_IN * sizeof *in);
    filter(r, out);
    memmove(r->heard, r->heard + EAR_RESAMPLER_IN, BEHIND * sizeof *r->heard);
}
