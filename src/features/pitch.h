/** Pitch candidates of a 60 ms frame by sub-harmonic summation (Hermes 1988, "Measurement of pitch by subharmonic
 *  summation", JASA 83): peaks of the spectrum sharpened, an axis of octaves, 15 harmonics summed with weights 0.85^(h-1). */
#ifndef EMOTRACK_FEATURES_PITCH_H
#define EMOTRACK_FEATURES_PITCH_H

#include <stddef.h>

enum { PITCH_SLOTS = 6 };

typedef struct pitch_candidates {
    int count;
    float hz[PITCH_SLOTS];      /**< 52 .. 620; 0 in slots >= count; slot 0 has the largest score, the others fall by peak */
    float voicing[PITCH_SLOTS]; /**< 0 .. 1 */
    float score[PITCH_SLOTS];   /**< sub-harmonic sum at the apex */
    float energy;               /**< rms of the windowed frame, for the gate */
} pitch_candidates;

typedef struct pitch pitch;

/** @param frame_size  samples of 60 ms
 *  @return NULL if memory is out */
pitch *pitch_create(double rate_hz, size_t frame_size);
void pitch_destroy(pitch *p);

/** @param frame  `frame_size` samples */
void pitch_frame(pitch *p, const float *frame, pitch_candidates *out);

#endif
