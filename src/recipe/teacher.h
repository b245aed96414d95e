/** The teacher: kernel ridge regression of a song's level from the mean of its standardised columns, several data sets in
 * one kernel, answers in the terms of one of them.
 *
 *    k(x, z) = exp(-width |x - z|^2) + linear x.z / columns + 1
 *    K_ij    = k(x_i, x_j) + [set i = set j] (own_offset + own_shape k(x_i, x_j))
 *    (K + ridge W^-1) alpha = y - mean(y)                              W: weights of the points on its diagonal
 *
 *  What the sets share is learnt from all, what they rate differently from each alone: a Gaussian process's "intrinsic
 *  coregionalisation" (Bonilla, Chai, Williams 2008) with two fixed levels. Answers for the points it was taught without the
 *  point itself come from the same factorisation (y_i - alpha_i / inverse_ii; Rasmussen and Williams 2006, 5.4.2). Then
 * slope and offset per target undo the shrinkage. Double precision, Cholesky by LAPACK. */
#ifndef EMOTRACK_RECIPE_TEACHER_H
#define EMOTRACK_RECIPE_TEACHER_H

#include "data/songs.h"

typedef struct teacher_options {
    double width, linear, own_offset, own_shape, ridge;
} teacher_options;

extern const teacher_options teacher_defaults; /* 0.01, 0.3, 3, 1, 1 */

typedef struct teacher teacher;

/** @param point   n x columns, standardised; copied
 *  @param set     n numbers of data sets
 *  @param target  n x 2: valence, arousal, no NaN
 *  @param weight  n numbers above 0: what each label is worth; NULL: 1 each
 *  @return ET_OK; ET_ERROR_ARGUMENT (n < 2), ET_ERROR_FORMAT (the kernel is not positive definite), ET_ERROR_MEMORY */
et_status teacher_fit(teacher **out, const float *point, const int *set, const double (*target)[TARGETS],
                      const double *weight, int n, int columns, const teacher_options *options, et_error *error);
void teacher_destroy(teacher *t);

/** The answer for a point as data set `set` would rate it (a number that was never taught: the shared part alone). Any
 * number of threads at a time. */
void teacher_answer(const teacher *t, const float *point, int set, double out[TARGETS]);

/** What it would have answered for taught point i had it not been taught with it (before calibration). */
void teacher_left_out(const teacher *t, int i, double out[TARGETS]);

/** teacher_answer of one that was not taught with point i (its mean label and calibration apart). */
void teacher_without(const teacher *t, int i, const float *point, int set, double out[TARGETS]);

/** Answers in the terms of `set` become slope * answer + offset from now on; those of other sets stay. */
void teacher_calibrate(teacher *t, int set, const double slope[TARGETS], const double offset[TARGETS]);

/** Least squares line through (answer, label): what calibration takes. Slope 1, offset 0 where it is not defined. */
void fit_line(const double *answer, const double *label, int n, double *slope, double *offset);

#endif
