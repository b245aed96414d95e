#include "plot/envelope.h"

#include <math.h>

void envelope_begin(envelope *e, double rate_hz)
{
    *e = (envelope){.frames_per_bin = 64, .rate_hz = rate_hz};
}

static void halve(envelope *e)
{
    for (size_t i = 0; i < ENVELOPE_BINS / 2; i++) {
        e->low[i] = fmin(e->low[2 * i], e->low[2 * i + 1]);
        e->high[i] = fmax(e->high[2 * i], e->high[2 * i + 1]);
    }
    e->bins = ENVELOPE_BINS / 2;
    e->frames_per_bin *= 2;
}

void envelope_push(envelope *e, const float *samples, size_t frames, unsigned channels)
{
    for (size_t i = 0; i < frames; i++) {
        if (e->frames % e->frames_per_bin == 0) {
            if (e->bins == ENVELOPE_BINS) halve(e);
            e->low[e->bins] = e->high[e->bins] = 0;
            e->bins++;
        }
        for (unsigned c = 0; c < channels; c++) {
            double sample = samples[i * channels + c];
            if (!isfinite(sample)) continue;
            e->low[e->bins - 1] = fmin(e->low[e->bins - 1], sample);
            e->high[e->bins - 1] = fmax(e->high[e->bins - 1], sample);
        }
        e->frames++;
    }
}
