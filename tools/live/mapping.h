/** From the model's answers to what a fader, a lamp or a patch wants: held or let go in silence, spread, fitted to a room, smoothed,
 *  in the range that the other side has. One stream, one thread, no memory but its own. */
#ifndef EMOTRACK_TOOLS_LIVE_MAPPING_H
#define EMOTRACK_TOOLS_LIVE_MAPPING_H

#include "emotrack.h"

enum { PERCENTILES_MOST = 1001 };

/** Where the answers of a model stand among those that it gives for the songs that it knows, from the lowest to the highest at even
 *  steps: a table for each dimension. */
typedef struct percentiles {
    int count; /* 0: the model has no table */
    float value[2][PERCENTILES_MOST];
} percentiles;

/** Reads the model's metadata `percentiles`: {"valence": [...], "arousal": [...]}, 2 to 1001 numbers each, none below its
 *  predecessor.
 *  @return ET_OK; ET_ERROR_UNSUPPORTED (the model has none), ET_ERROR_FORMAT (it is no such table) */
et_status percentiles_read(percentiles *p, const et_model *model, et_error *error);

/** Where a value stands, 0 .. 1. */
double percentiles_rank(const percentiles *p, int dimension, double value);

typedef enum mapping_range { MAPPING_FULL, MAPPING_UNIT, MAPPING_PERCENTILE } mapping_range; /* -1..1, 0..1, 0..1 by rank */

typedef struct mapping_options {
    mapping_range range;
    double smooth_s;           /* time constant; 0: none */
    double hold_s;             /* of silence, before the answer is let go; negative: for ever */
    double decay_s;            /* time constant of letting go; 0: at once */
    double gain[2], offset[2]; /* of valence and arousal around the middle, before the range */
    bool switches;             /* either end of the range: the upper above the middle, the lower below it ... */
    double switch_width;       /* ... changed only this far beyond it, 0 .. 1 */
} mapping_options;

/** All zero but the options is a beginning. */
typedef struct mapping {
    mapping_options options;
    percentiles table;
    bool begun;
    bool on[2];
    double time_s, silent_since_s, value[2];
} mapping;

/** The next answer of the stream. @param mapped  receives valence and arousal; NaN stays NaN */
void mapping_step(mapping *m, const et_emotion *emotion, float mapped[2]);

#endif
