/** A random forest of regression trees (Breiman 2001), for one purpose: how much each column matters.
 *
 *  Every tree is grown on a bootstrap sample; every node tries a third of the columns (at least one) and takes the split
 *  that lowers the squared error most; leaves keep at least `leaf` rows. A column's importance is the squared error that its
 *  splits took away, over all trees, divided by the sum over the columns. */
#ifndef EMOTRACK_TRAIN_FOREST_H
#define EMOTRACK_TRAIN_FOREST_H

#include "emotrack.h"

typedef struct forest_options {
    int trees; /**< 200 in the reference research code */
    int leaf;  /**< 5 */
    uint64_t seed;
    int threads; /**< 0, 1: one. Trees are counted in order: the result does not depend on it */
} forest_options;

/** @param row         rows x columns, finite
 *  @param target      rows numbers
 *  @param importance  receives `columns` numbers that add up to 1 (all 0 if nothing can be split)
 *  @return ET_OK; ET_ERROR_ARGUMENT, ET_ERROR_MEMORY */
et_status forest_importance(const float *row, const float *target, int rows, int columns, const forest_options *options,
                            double *importance, et_error *error);

#endif
