/** Matrix products by cuBLAS, rows stored one after another as everywhere in this project. */
#ifndef EMOTRACK_CUDA_PRODUCTS_H
#define EMOTRACK_CUDA_PRODUCTS_H

#include "cuda/fault.h"

/** What makes products, and how exactly. */
typedef struct multiplier {
    cublasHandle_t handle;
    cublasComputeType_t kind; /**< CUBLAS_COMPUTE_32F, or ..._FAST_TF32, ..._FAST_16BF: factors rounded, sums in float32 */
} multiplier;

/** A matrix in device memory. `transposed`: the product reads it the other way round. */
typedef struct matrix {
    const float *at;
    size_t stride; /**< numbers from one row to the next, as stored */
    bool transposed;
} matrix;

#ifdef __cplusplus
extern "C" {
#endif
/** y (rows x columns, stride y_stride) = a (rows x inner) b (inner x columns) + keep y. */
device_fault product(multiplier blas, int rows, int columns, int inner, matrix a, matrix b, float keep, float *y,
                     size_t y_stride);

/** Repeats a row: y[n][j] = row[j], for `rows` rows of `columns` numbers, stride y_stride. */
device_fault repeat_row(const float *row, int rows, int columns, float *y, size_t y_stride, cudaStream_t stream);

/** out[k] = sum over n of x[n][k], x: rows x columns with `stride` numbers from row to row. */
device_fault column_sum(const float *x, size_t stride, int rows, int columns, float *out, cudaStream_t stream);

/** out[k] = sum over n and p of x[n][k][p], x: steps x channels x length.
 *  @param scratch  channel_sum_scratch(channels) floats */
device_fault channel_sum(const float *x, int steps, int channels, int length, float *out, float *scratch,
                         cudaStream_t stream);
size_t channel_sum_scratch(int channels);
#ifdef __cplusplus
}
#endif

#endif
