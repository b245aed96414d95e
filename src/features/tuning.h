/** How far the sound's pitches lie from A4 = 440 Hz: the circular mean of the distances of spectral peaks (150 Hz to 4 kHz)
 *  from the nearest semitone, weighted by magnitude and forgotten with a time constant. */
#ifndef EMOTRACK_FEATURES_TUNING_H
#define EMOTRACK_FEATURES_TUNING_H

#include <stddef.h>

typedef struct tuning {
    double bin_hz;
    size_t first, end;    /* bins that may be peaks, first <= k < end */
    double keep;          /* of what was, at each frame               */
    double along, across; /* sum of weighted unit vectors           */
} tuning;

/** @param frames  time constant */
void tuning_init(tuning *t, double bin_hz, double frames);
void tuning_reset(tuning *t);

/** @param magnitude  spectrum from bin 0 up to 4 kHz at least; all 0 changes nothing */
void tuning_frame(tuning *t, const float *magnitude);

/** Semitones, -0.5 .. 0.5; 0 before there was a peak. */
double tuning_semitones(const tuning *t);

#endif
