/** Onset strength: how many dB the mel bands have risen since the frame before, on the mean over bands, falls left out
 * (Boeck & Widmer 2013, "Maximum filter vibrato suppression", there without the filter); and where it peaks. */
#ifndef EMOTRACK_FEATURES_ONSETS_H
#define EMOTRACK_FEATURES_ONSETS_H

#include <stdbool.h>

#include "features/mel.h"

enum { ONSET_AROUND = 4 /* frames on either side that a peak is compared with */ };

typedef struct onsets {
    float log_band[MEL_ROOM]; /* dB of the frame before                        */
    float largest_db;         /* of any band so far, falling with each frame   */
    float fall_db;
    bool begun;
    float recent[2 * ONSET_AROUND + 1]; /* strengths, oldest first                       */
    float strongest;                    /* of late, falling with each frame              */
    float keep;
    int since; /* frames since the last peak                    */
} onsets;

typedef struct onset_values {
    float strength; /**< dB, >= 0; 0 in the first frame           */
    bool peak;      /**< the frame ONSET_AROUND before was an onset */
} onset_values;

/** @param frames  time constant after which a loud passage no longer counts */
void onsets_init(onsets *o, double frames);
void onsets_reset(onsets *o);

/** @param band  26 mel bands of power; 80 dB below the loudest of late counts as silence */
onset_values onsets_frame(onsets *o, const float band[MEL_ROOM]);

#endif
