/** Songs over time, as the memory holds them at the times of their labels: what the forest grows on in the reference's recipe. */
#ifndef EMOTRACK_RECIPE_TIME_POINTS_H
#define EMOTRACK_RECIPE_TIME_POINTS_H

#include "recipe/training_set.h"
#include "track/memory.h"

struct window_options; /* label_windows.h */

/** Remembered rows at the times of labels. */
typedef struct time_points {
    int count, columns;
    float *point; /**< count x columns, standardised */
    double (*label)[TARGETS];
} time_points;

/** Of all songs of scale 0 with labels over time; a label that lacks one target is passed over, and so is one that does
 *  not train where frames are split.
 *  @param net        whose scaled columns are meant, and which the memory's change detector compares
 *  @param deviation  as memory_create takes it
 *  @param options    label offset and split are read
 *  @return ET_OK (count may be 0); ET_ERROR_MEMORY */
et_status time_points_create(time_points *out, const training_set *l, const network *net, const memory_constants *constants,
                             const float *deviation, const struct window_options *options, et_error *error);
void time_points_free(time_points *m);

#endif
