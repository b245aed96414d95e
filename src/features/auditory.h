/** Auditory spectrum (Hermansky 1990, perceptual linear prediction: equal loudness and the power law of hearing) and its
 *  RASTA-filtered form (Hermansky & Morgan 1994), of which ComParE takes the lengths and the 26 filtered bands. */
#ifndef EMOTRACK_FEATURES_AUDITORY_H
#define EMOTRACK_FEATURES_AUDITORY_H

#include <stdbool.h>

#include "features/mel.h"

enum { RASTA_MEMORY = 4 };

/** y[n] = b0 l[n] + b1 l[n-1] - b1 l[n-3] - b0 l[n-4] + r y[n-1]. */
typedef struct rasta_filter {
    double b0, b1, r;
} rasta_filter;

typedef struct auditory {
    rasta_filter filter;
    bool steady_start;
    int frames;                             /* seen, no more counted than the start needs */
    float loudness[MEL_ROOM];               /* E_b, equal-loudness weight at the band's centre */
    float log_loudness[MEL_ROOM];           /* ln E_b                                          */
    float past_log[RASTA_MEMORY][MEL_ROOM]; /* l_b of the frames before, latest first          */
    float filtered[MEL_ROOM];               /* y_b of the frame before                         */
} auditory;

typedef struct auditory_values {
    float length;       /**< mean of the auditory spectrum          */
    float rasta_length; /**< mean of the filtered auditory spectrum */
    float rasta[MEL_ROOM];
} auditory_values;

/** @param steady_start  false: as the reference, the filter begins with the first frame and is held for five; true: it
 *  begins with the first frame that is not digital silence, as if the level after five frames had always been there */
void auditory_init(auditory *a, const mel *bank, bool steady_start);
void auditory_reset(auditory *a);

/** @param band  26 mel bands of power, then zeros */
void auditory_frame(auditory *a, const float band[MEL_ROOM], auditory_values *out);

#endif
