/** How far answers are from labels. All sums are in double, two passes, in the order given. Pairs with a NaN are left out.
 *
 *  y: labels, p: answers, n pairs, my and mp their means, all moments divided by n:
 *    rmse = sqrt(mean (p - y)^2)
 *    mae  = mean |p - y|
 *    r    = cov(p, y) / (sd(p) sd(y))                              Pearson's correlation; NaN if either never changes
 *    r2   = r^2                                                    what the reference research code calls R2
 *    nse  = 1 - sum (p - y)^2 / sum (y - my)^2                     Nash and Sutcliffe (1970); scikit-learn's r2_score
 *    ccc  = 2 cov(p, y) / (var(p) + var(y) + (mp - my)^2)          Lin (1989), "A concordance correlation coefficient" */
#ifndef EMOTRACK_EVALUATE_METRICS_H
#define EMOTRACK_EVALUATE_METRICS_H

#include <stddef.h>

typedef struct metrics {
    size_t n;
    double rmse, mae, r, r2, nse, ccc;
} metrics;

/** @param label, answer  n numbers each; a pair with a NaN is skipped
 *  @return all NaN where no pair is left; nse is NaN where the labels never change */
metrics metrics_of(const double *label, const double *answer, size_t n);

/** Median and 90th percentile as `metrics` need them elsewhere: linear between ranks (numpy's default). `values` is sorted.
 *  @return NaN for n = 0 */
double percentile(double *values, size_t n, double percent);

#endif
