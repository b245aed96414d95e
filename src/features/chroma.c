#include "features/chroma.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Where the Gaussian is half a semitone wide, bins are first added into places of 5 cents, then places are weighed: the
 * tuning only turns the places. The lowest bins are wider than a semitone, so that no tuning shows in them. */
enum { STEPS = 20 /* places a semitone */, PLACES = STEPS * CHROMA_COUNT, WIDE_MOST = 64 };

struct chroma_bank {
    size_t bins, wide; /* bins below `wide` are wider than a semitone */
    uint16_t *place;   /* of each bin                                 */
    float *octave;     /* weight of each bin                          */
    float wide_weight[WIDE_MOST][CHROMA_COUNT];
    float weight[PLACES][CHROMA_COUNT];
};

/* Semitones above C, any octave. */
static double pitch_of(double hz)
{
    return 12.0 * log2(hz / 440.0) + 9.0;
}

static void bump(double pitch, double width, double scale, float weight[CHROMA_COUNT])
{
    double value[CHROMA_COUNT], squares = 0.0;
    for (int c = 0; c < CHROMA_COUNT; c++) {
        double away = remainder(pitch - c, CHROMA_COUNT) / (0.5 * width);
        value[c] = exp(-0.5 * away * away);
        squares += value[c] * value[c];
    }
    for (int c = 0; c < CHROMA_COUNT; c++) weight[c] = (float)(scale * value[c] / sqrt(squares));
}

static double octave_weight(double hz)
{
    double octaves = log2(hz / 880.0) / 2.0;
    return exp(-0.5 * octaves * octaves);
}

chroma_bank *chroma_create(double bin_hz, size_t bins)
{
    chroma_bank *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->bins = bins;
    c->place = calloc(bins, sizeof *c->place);
    c->octave = calloc(bins, sizeof *c->octave);
    if (c->place == NULL || c->octave == NULL) {
        chroma_destroy(c);
        return NULL;
    }
    for (int p = 0; p < PLACES; p++) bump((double)p / STEPS, 1.0, 1.0, c->weight[p]);
    c->wide = 1;
    for (size_t k = 1; k < bins; k++) {
        double hz = (double)k * bin_hz, width = pitch_of(hz + bin_hz) - pitch_of(hz);
        if (width > 1.0 && k < WIDE_MOST) {
            bump(pitch_of(hz), width, octave_weight(hz), c->wide_weight[k]);
            c->wide = k + 1;
        }
        long place = lround(pitch_of(hz) * STEPS) % PLACES;
        c->place[k] = (uint16_t)(place < 0 ? place + PLACES : place);
        c->octave[k] = (float)octave_weight(hz);
    }
    return c;
}

void chroma_destroy(chroma_bank *c)
{
    if (c == NULL) return;
    free(c->place);
    free(c->octave);
    free(c);
}

void chroma_frame(const chroma_bank *c, const float *power, double tuning, float out[CHROMA_COUNT])
{
    float at[PLACES] = {0}, sum[CHROMA_COUNT] = {0}, largest = 0.0f;
    for (size_t k = 1; k < c->wide; k++)
        for (int i = 0; i < CHROMA_COUNT; i++) sum[i] += power[k] * c->wide_weight[k][i];
    for (size_t k = c->wide; k < c->bins; k++) at[c->place[k]] += power[k] * c->octave[k];
    int turn = (int)lround(tuning * STEPS);
    for (int p = 0; p < PLACES; p++) {
        const float *weight = c->weight[(p - turn + PLACES) % PLACES];
        for (int i = 0; i < CHROMA_COUNT; i++) sum[i] += at[p] * weight[i];
    }
    for (int i = 0; i < CHROMA_COUNT; i++) largest = fmaxf(largest, sum[i]);
    for (int i = 0; i < CHROMA_COUNT; i++) out[i] = largest > 0.0f ? sum[i] / largest : 0.0f;
}
