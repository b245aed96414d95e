/** The outline of a sound of any length in bounded memory: smallest and largest sample of equal stretches of time. When the
 *  bins are used up, two become one. */
#ifndef EMOTRACK_TOOLS_PLOT_ENVELOPE_H
#define EMOTRACK_TOOLS_PLOT_ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

enum { ENVELOPE_BINS = 2048 };

typedef struct envelope {
    double low[ENVELOPE_BINS], high[ENVELOPE_BINS];
    size_t bins; /**< filled ones; the last may be partly filled */
    uint64_t frames_per_bin;
    uint64_t frames; /**< pushed so far */
    double rate_hz;
} envelope;

void envelope_begin(envelope *e, double rate_hz);

/** @param samples  interleaved; the loudest channel counts; samples that are not finite count as 0 */
void envelope_push(envelope *e, const float *samples, size_t frames, unsigned channels);

#endif
