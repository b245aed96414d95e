/** The teacher: kernel ridge regression of how a stretch of music was rated from the standardised columns that a memory holds
 *  of it, several data sets in one kernel, answers in the terms of one of them.
 *
 *    k(x, z) = exp(-width |x - z|^2 / columns) + linear x.z / columns
 *    K_ij    = k(x_i, x_j) + [set i = set j] (own_offset + own_shape k(x_i, x_j))        where there are several sets
 *    (K + diag(ridge)) alpha = y - mean of y in the point's set
 *
 *  What the sets share is learnt from all, what they rate differently from each alone: a Gaussian process's "intrinsic
 *  coregionalisation" (Bonilla, Chai, Williams 2008) with two fixed levels. A point that says little (the first second of a
 *  song) has a larger ridge: more noise is expected of it. Cholesky in double precision by LAPACK; kernels as products of
 *  matrices in single precision. */
#ifndef EMOTRACK_RECIPE_TEACHER_H
#define EMOTRACK_RECIPE_TEACHER_H

#include "data/song_set.h"
#include "model/network.h"

typedef struct teacher_options {
    double width, linear, own_offset, own_shape;
    double ridge;      /**< of a song as a whole */
    double part_ridge; /**< of its first seconds, and of it as degraded sound */
} teacher_options;

extern const teacher_options teacher_defaults; /* 0.2, 0.3, 3, 1, 0.5, 2 */

typedef struct teacher teacher;

/** @param point   n x columns, standardised; copied
 *  @param set     n numbers of data sets, 0 .. SONG_SETS_MOST - 1
 *  @param target  n x 2: valence, arousal, no NaN
 *  @param ridge   n numbers above 0
 *  @return ET_OK; ET_ERROR_ARGUMENT (n < 2), ET_ERROR_FORMAT (the kernel is not positive definite), ET_ERROR_MEMORY */
et_status teacher_fit(teacher **out, const float *point, const int *set, const double (*target)[TARGETS],
                      const double *ridge, int n, int columns, const teacher_options *options, et_error *error);
void teacher_destroy(teacher *t);

/** Answers for points as data set `set` would rate them (a number that was never taught: the shared part, around the mean of
 *  all). Any number of threads at a time.
 *  @param point  count x columns   @return ET_OK; ET_ERROR_MEMORY */
et_status teacher_answer(const teacher *t, const float *point, int count, int set, double (*out)[TARGETS], et_error *error);

/** The same at every row of a song, for what a memory that began with it holds.
 *  @param net  scales rows for the teacher   @param answer  receives malloc'ed rows x 2 */
et_status teacher_follow(const teacher *t, const network *net, int set, const song *s, double (**answer)[TARGETS],
                         et_error *error);

#endif
