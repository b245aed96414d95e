/** The second teacher: what the songs' level leaves of the labels over time. Kernel ridge regression on points over time
 * (the remembered rows at which songs have labels), standardised columns through principal components:
 *
 *    k(x, z) = exp(-width |x - z|^2 / V),  (K + ridge I) alpha = label - level
 *
 *  V is the variance of the kept components together, so that `width` has no unit. Points of one song stand close to one
 *  another; of more than `most` every s-th is taken, with ridge / s, which comes to nearly the same. No mean is taken off
 * and the kernel falls to 0: far from what it knows it answers 0 and the level stands alone. Double precision, LAPACK. */
#ifndef EMOTRACK_RECIPE_RESIDUAL_H
#define EMOTRACK_RECIPE_RESIDUAL_H

#include "data/songs.h"

typedef struct residual_options {
    bool on;
    int components;      /**< 60 */
    double width, ridge; /**< 1.5, and 8 for labels twice a second */
    int most;            /**< 2500 */
} residual_options;

extern const residual_options residual_defaults; /* off */

typedef struct residual residual;

/** @param point  n x columns, standardised   @param left  n x 2: label minus level
 *  @param first  columns before this one are not looked at
 *  @return ET_OK; ET_ERROR_ARGUMENT (n < 2), ET_ERROR_FORMAT (nothing varies; not positive definite), ET_ERROR_MEMORY */
et_status residual_fit(residual **out, const float *point, const double (*left)[TARGETS], int n, int columns, int first,
                       const residual_options *options, et_error *error);
void residual_destroy(residual *r); /* NULL is allowed */

/** What is to be added to the level at a point. Any number of threads at a time. */
void residual_answer(const residual *r, const float *point, double out[TARGETS]);

/** Points that it keeps. */
int residual_points(const residual *r);

#endif
