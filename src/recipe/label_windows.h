/** Windows of the songs' own rows with the labels over time: training as the reference research code does it, and any
 *  network that learns from labels alone.
 *
 *  A window ends `lag` frames before the row that its label speaks of, that is the last row that has heard no more than the
 *  sound up to the label's time + offset. Every window is seen once an epoch, in an order of its own each epoch. */
#ifndef EMOTRACK_RECIPE_LABEL_WINDOWS_H
#define EMOTRACK_RECIPE_LABEL_WINDOWS_H

#include "recipe/training_set.h"
#include "track/memory.h"
#include "train/fit.h"

typedef struct windows windows;

typedef struct window_options {
    int batch;
    double label_offset_s;
    bool split_frames; /**< the reference's leaky split: windows at random 60 / 20 / 20, whatever song they are of */
    double label_scale, label_shift; /**< targets are label * scale + shift (1 and 0; the reference scales to 0 .. 1) */
    uint64_t seed;
} window_options;

/** @param net        preprocessing fitted: rows pass memory, scaling and projection once, here
 *  @param constants  of the memory, time_constant_s 0 for none
 *  @param deviation  as memory_create takes it
 *  Songs in PART_TRAIN are trained on, those in PART_VALIDATION validate; songs without labels over time are passed over. */
et_status windows_create(windows **out, const network *net, const memory_constants *constants, const float *deviation,
                         const dataset *datasets, int count, const window_options *options, int first_target,
                         et_error *error);
void windows_destroy(windows *w);

fit_source windows_source(windows *w);

#endif
