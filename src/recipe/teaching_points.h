/** What the teacher is taught: every song as a whole, as its first seconds, and as worse sound would give it.
 *
 *  First seconds: what a memory holds after 1, 2 and 4 s, with the song's own label; so the teacher knows how far so little sound is
 *  to be believed. Degraded: the song as a whole, shifted as some song is by a degradation; each song through two of them, in turn. */
#ifndef EMOTRACK_RECIPE_TEACHING_POINTS_H
#define EMOTRACK_RECIPE_TEACHING_POINTS_H

#include "recipe/teacher.h"
#include "recipe/training_set.h"

typedef struct teaching_points {
    int count, columns;
    int degraded; /**< how many of them are */
    float *point; /**< count x columns, standardised; the songs as a whole come first, as in the training set */
    int *set;
    double (*label)[TARGETS];
    double *ridge;
} teaching_points;

/** @param l         scaled
 *  @param net       whose scaled columns are meant
 *  @param degraded  data sets of some of the same songs from degraded sound (same id, same sound); may be none
 *  @param clip      of scaled columns; 0: none
 *  @param onsets    whether first seconds are taught
 *  @return ET_OK; ET_ERROR_MEMORY */
et_status teaching_points_create(teaching_points *out, const training_set *l, const network *net, const dataset *degraded,
                                 int degraded_count, const teacher_options *options, float clip, bool onsets,
                                 et_error *error);
void teaching_points_free(teaching_points *p);

#endif
