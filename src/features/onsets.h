/** Onset strength: how many dB the mel bands have risen since the frame before, on the mean over bands, falls left out
 *  (Boeck & Widmer 2013, "Maximum filter vibrato suppression", there without the filter); and where it peaks. */
#ifndef EMOTRACK_FEATURES_ONSETS_H
#define EMOTRACK_FEATURES_ONSETS_H

#include <stdbool.h>

#include "features/mel.h"

enum {
    ONSET_AROUND = 4, /* frames on either side that a peak is compared with                                        */
    ONSET_SETTLES = 5 /* frames after which one that overlaps the next by three quarters holds nothing of a start */
};

typedef struct onsets {
    float log_band[MEL_ROOM]; /* dB of the frame before                        */
    float largest_db;         /* of any band so far, falling with each frame   */
    float fall_db;
    int begun;                          /* frames since the sound began, no more counted than needed */
    float recent[2 * ONSET_AROUND + 1]; /* strengths, oldest first                       */
    float strongest;                    /* of late, falling with each frame              */
    float keep;
    int since; /* frames since the last peak                    */
} onsets;

typedef struct onset_values {
    float strength; /**< dB, >= 0                                                                                        */
    bool peak;      /**< the frame ONSET_AROUND before was an onset                                                      */
    bool begins;    /**< the sound begins (it was never so loud, by 20 dB): out of silence every start is an onset larger
                         than all of the music's, and frames before tell nothing of its rhythm. The rest is 0          */
} onset_values;

/** @param frames  time constant after which a loud passage no longer counts */
void onsets_init(onsets *o, double frames);
void onsets_reset(onsets *o);

/** @param band  26 mel bands of power; 80 dB below the loudest of late counts as silence */
onset_values onsets_frame(onsets *o, const float band[MEL_ROOM]);

#endif
