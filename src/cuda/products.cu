#include "cuda/products.h"

#include "cuda/channel_sums.h"
#include "cuda/each.h"

/* cuBLAS stores columns one after another: our row-major y = a b is its y' = b' a'. */
extern "C" device_fault product(multiplier blas, int rows, int columns, int inner, matrix a, matrix b, float keep, float *y,
                                size_t y_stride)
{
    const float one = 1;
    return fault_of_blas(cublasGemmEx(blas.handle, b.transposed ? CUBLAS_OP_T : CUBLAS_OP_N,
                                      a.transposed ? CUBLAS_OP_T : CUBLAS_OP_N, columns, rows, inner, &one, b.at, CUDA_R_32F,
                                      (int)b.stride, a.at, CUDA_R_32F, (int)a.stride, &keep, y, CUDA_R_32F, (int)y_stride,
                                      blas.kind, CUBLAS_GEMM_DEFAULT));
}

namespace
{
struct repeat_body {
    const float *row;
    float *y;
    size_t columns, stride;
    __device__ void at(size_t j) const { y[j / columns * stride + j % columns] = row[j % columns]; }
};

struct sum_terms {
    const float *x;
    size_t channels, length;
    float *out;
    __device__ void terms(size_t n, int k, int p, double *first, double *) const
    {
        *first += (double)x[(n * channels + (size_t)k) * length + (size_t)p];
    }
    __device__ void finish(int k, double first, double) const { out[k] = (float)first; }
};

/* Threads: 32 neighbouring columns x 16 interleaved sets of rows. */
enum { ROW_SETS = 16 };

struct column_arguments {
    const float *x;
    size_t stride;
    int rows, columns;
    float *out;
};

__global__ void column_sum_kernel(column_arguments a)
{
    SHARED(float, partial); /* ROW_SETS x 32 */
    int column = (int)(blockIdx.x * WARP + threadIdx.x);
    float sum = 0;
    for (int n = (int)threadIdx.y; n < a.rows && column < a.columns; n += ROW_SETS)
        sum += a.x[(size_t)n * a.stride + column];
    partial[threadIdx.y * WARP + threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y != 0 || column >= a.columns) return;
    for (int set = 1; set < ROW_SETS; set++) sum += partial[set * WARP + (int)threadIdx.x];
    a.out[column] = sum;
}
} // namespace

extern "C" device_fault repeat_row(const float *row, int rows, int columns, float *y, size_t y_stride, cudaStream_t stream)
{
    return each((size_t)rows * (size_t)columns, stream, repeat_body{row, y, (size_t)columns, y_stride});
}

extern "C" size_t channel_sum_scratch(int channels)
{
    return channel_sums_scratch(channels);
}

extern "C" device_fault channel_sum(const float *x, int steps, int channels, int length, float *out, float *scratch,
                                    cudaStream_t stream)
{
    return channel_sums(sum_terms{x, (size_t)channels, (size_t)length, out}, steps, channels, length, scratch, stream);
}

extern "C" device_fault column_sum(const float *x, size_t stride, int rows, int columns, float *out, cudaStream_t stream)
{
    return launch(column_sum_kernel, dim3((unsigned)(columns + WARP - 1) / WARP), dim3(WARP, ROW_SETS),
                  sizeof(float) * WARP * ROW_SETS, stream, column_arguments{x, stride, rows, columns, out});
}
