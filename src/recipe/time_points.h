/** Songs over time, as the memory holds them: for the residual teacher and for openings.
 *
 *  An opening: how the mean of the first 1, 1.5 ... 5 s after a memory's fresh start differs from the song's level, in
 *  standardised columns. Memories begin with a song, and afresh within one when the music changes: openings are taken at the
 *  song's start and every five seconds on. */
#ifndef EMOTRACK_RECIPE_TIME_POINTS_H
#define EMOTRACK_RECIPE_TIME_POINTS_H

#include "recipe/training_set.h"
#include "track/memory.h"

struct window_options; /* windows.h */

enum { OPENING_ROWS = 9 }; /* 1 .. 5 s in steps of 0.5 s */

/** Remembered rows at the times of labels. */
typedef struct time_points {
    int count, columns;
    float *point; /**< count x columns, standardised */
    int *lesson;  /**< the song, as a number of the lessons */
    double (*label)[TARGETS];
} time_points;

/** Of all lessons of scale 0 with labels over time; a label that lacks one target is passed over, and so is one that does
 * not train where frames are split.
 *  @param net        whose scaled columns are meant, and which the memory's ear compares
 *  @param deviation  as memory_create takes it
 *  @param options    label offset and split are read
 *  @return ET_OK (count may be 0); ET_ERROR_MEMORY */
et_status time_points_create(time_points *out, const training_set *l, const network *net, const memory_constants *constants,
                             const float *deviation, const struct window_options *options, et_error *error);
void time_points_free(time_points *m);

/** @param shifts  receives malloc'ed count x OPENING_ROWS x columns: mean of 1 .. 5 s minus the song's level */
et_status onset_shifts(float **shifts, int *count, const training_set *l, const network *net, et_error *error);

#endif
