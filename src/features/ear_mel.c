#include "features/ear_mel.h"

#include <math.h>

#include "features/fft.h"
#include "features/lanes_alloc.h"

enum { BINS = EAR_FRAME / 2 + 1, LEVEL_FRAMES = 625 /* 10 s */ };

static const double rate_hz = 16000, least_mean_square = 1e-7, wanted_mean_square = 0.01;

typedef struct triangle {
    int first, count;
    float *weight;
} triangle;

struct ear_mel {
    fft *fft;
    float *window, *magnitude, *weights;
    triangle band[EAR_BANDS];
};

/* Slaney's scale: 15 mel up to 1 kHz, then 27 for every factor of 6.4. */
static double hz_of_mel(double mel)
{
    return mel < 15 ? mel * 200 / 3 : 1000 * exp((mel - 15) * log(6.4) / 27);
}

static double mel_of_hz(double hz)
{
    return hz < 1000 ? hz * 3 / 200 : 15 + log(hz / 1000) * 27 / log(6.4);
}

static void make_triangles(ear_mel *m)
{
    double edge_hz[EAR_BANDS + 2], most = mel_of_hz(rate_hz / 2);
    for (int b = 0; b < EAR_BANDS + 2; b++) edge_hz[b] = hz_of_mel(most * b / (EAR_BANDS + 1));
    float *weight = m->weights;
    for (int b = 0; b < EAR_BANDS; b++) {
        double low = edge_hz[b], middle = edge_hz[b + 1], high = edge_hz[b + 2];
        triangle *t = &m->band[b];
        *t = (triangle){.weight = weight};
        for (int k = 0; k < BINS; k++) {
            double hz = k * rate_hz / EAR_FRAME, rise = (hz - low) / (middle - low), fall = (high - hz) / (high - middle);
            double height = fmin(rise, fall);
            if (height <= 0) continue;
            if (t->count == 0) t->first = k;
            t->count++;
            *weight++ = (float)(height * 2 / (high - low));
        }
    }
}

ear_mel *ear_mel_create(void)
{
    ear_mel *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->fft = fft_create(EAR_FRAME);
    m->window = lanes_alloc(EAR_FRAME, sizeof(float));
    m->magnitude = lanes_alloc(BINS, sizeof(float));
    m->weights = lanes_alloc(2 * BINS, sizeof(float)); /* a bin lies in two triangles at most */
    if (!m->fft || !m->window || !m->magnitude || !m->weights) {
        ear_mel_destroy(m);
        return NULL;
    }
    for (int i = 0; i < EAR_FRAME; i++) m->window[i] = (float)(0.5 - 0.5 * cos(2 * M_PI * i / EAR_FRAME));
    make_triangles(m);
    return m;
}

void ear_mel_destroy(ear_mel *m)
{
    if (!m) return;
    fft_destroy(m->fft);
    free(m->window);
    free(m->magnitude);
    free(m->weights);
    free(m);
}

void ear_mel_power(ear_mel *m, const float samples[EAR_FRAME], float power[EAR_BANDS])
{
    float *in = fft_input(m->fft);
    for (int i = 0; i < EAR_FRAME; i++) in[i] = samples[i] * m->window[i];
    fft_magnitude(m->fft, m->magnitude);
    for (int k = 0; k < BINS; k++) m->magnitude[k] *= m->magnitude[k];
    for (int b = 0; b < EAR_BANDS; b++) {
        const triangle *t = &m->band[b];
        float sum = 0;
        for (int k = 0; k < t->count; k++) sum += t->weight[k] * m->magnitude[t->first + k];
        power[b] = sum;
    }
}

void ear_mel_logarithm(const float power[EAR_BANDS], float gain, float x[EAR_BANDS])
{
    for (int b = 0; b < EAR_BANDS; b++) x[b] = log10f(1 + 10000 * gain * power[b]);
}

float ear_level_gain(ear_level *l, const float samples[EAR_FRAME_HOP])
{
    double sum = 0;
    for (int i = 0; i < EAR_FRAME_HOP; i++) sum += (double)samples[i] * samples[i];
    if (l->frames < LEVEL_FRAMES) l->frames++;
    l->mean_square += (sum / EAR_FRAME_HOP - l->mean_square) / l->frames;
    return (float)(wanted_mean_square / fmax(l->mean_square, least_mean_square));
}
