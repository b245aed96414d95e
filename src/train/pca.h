/** Principal components (Pearson 1901): eigenvectors of the covariance of the columns, by LAPACK (dsyev), in double. */
#ifndef EMOTRACK_TRAIN_PCA_H
#define EMOTRACK_TRAIN_PCA_H

#include "emotrack.h"

/** @param row         rows x columns
 *  @param components  how many to keep, 1 .. columns; 0: as many as explain `variance`
 *  @param variance    share of the variance to explain, (0, 1]; read where components is 0
 *  @param mean        receives `columns` means
 *  @param direction   receives malloc'ed components x columns, unit length, largest variance first, the largest entry of
 *  each positive (so that the sign is not chance)
 *  @param kept        receives the number of components
 *  @param explained   receives the share of variance that they explain
 *  @return ET_OK; ET_ERROR_ARGUMENT, ET_ERROR_FORMAT (nothing varies), ET_ERROR_MEMORY */
et_status pca_components(const float *row, int rows, int columns, int components, double variance, float *mean,
                         float **direction, int *kept, double *explained, et_error *error);

#endif
