/** What kernels need of two rows: their squared distance and their product. */
#ifndef EMOTRACK_TRAIN_DISTANCE_H
#define EMOTRACK_TRAIN_DISTANCE_H

/** @param x, z  n numbers each   @param distance, product  receive |x - z|^2 and x.z, the same bits on every processor */
void row_distance(const float *x, const float *z, int n, double *distance, double *product);

#endif
