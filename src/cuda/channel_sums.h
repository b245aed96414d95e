/** Two sums for each channel over all steps and positions, in double, always in the same order: a grid makes partial sums of
 *  chunks of steps, then one thread a channel adds the chunks. For .cu files. */
#ifndef EMOTRACK_CUDA_CHANNEL_SUMS_H
#define EMOTRACK_CUDA_CHANNEL_SUMS_H

#include "cuda/launch.h"

enum { SUM_CHUNKS = 32, SUM_THREADS = 256, SUM_TERMS = 4 * SUM_THREADS }; /* a chunk has at least so many terms */

/** Floats of scratch: chunks x channels x 2 doubles. */
static inline size_t channel_sums_scratch(int channels)
{
    return (size_t)SUM_CHUNKS * (size_t)channels * 4;
}

/** @param Terms  plain data with `void terms(size_t n, int k, int p, double *first, double *second) const`, which adds, and
 *                `void finish(int k, double first, double second) const`, which stores */
template <class Terms> struct channel_sums_arguments {
    Terms terms;
    int steps, channels, length, chunks;
    double *partial; /* chunks x channels x 2 */
};

template <class Terms> __global__ void channel_partial_sums(channel_sums_arguments<Terms> a)
{
    SHARED(double, scratch);
    int k = (int)blockIdx.x, chunk = (int)blockIdx.y, warp = (int)threadIdx.x / WARP;
    int begin = (int)((long long)a.steps * chunk / a.chunks), end = (int)((long long)a.steps * (chunk + 1) / a.chunks);
    double first = 0, second = 0;
    long long count = (long long)(end - begin) * a.length;
    for (long long j = threadIdx.x; j < count; j += SUM_THREADS)
        a.terms.terms((size_t)begin + (size_t)(j / a.length), k, (int)(j % a.length), &first, &second);
    first = warp_sum(first);
    second = warp_sum(second);
    if (threadIdx.x % WARP == 0) {
        scratch[2 * warp] = first;
        scratch[2 * warp + 1] = second;
    }
    __syncthreads();
    if (threadIdx.x != 0) return;
    for (int i = 1; i < SUM_THREADS / WARP; i++) {
        first += scratch[2 * i];
        second += scratch[2 * i + 1];
    }
    double *partial = a.partial + 2 * ((size_t)chunk * (size_t)a.channels + (size_t)k);
    partial[0] = first;
    partial[1] = second;
}

template <class Terms> __global__ void channel_total_sums(channel_sums_arguments<Terms> a)
{
    int k = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    if (k >= a.channels) return;
    double first = 0, second = 0;
    for (int chunk = 0; chunk < a.chunks; chunk++) {
        const double *partial = a.partial + 2 * ((size_t)chunk * (size_t)a.channels + (size_t)k);
        first += partial[0];
        second += partial[1];
    }
    a.terms.finish(k, first, second);
}

template <class Terms>
cudaError_t channel_sums(Terms terms, int steps, int channels, int length, float *scratch, cudaStream_t stream)
{
    long long wanted = (long long)steps * length / SUM_TERMS;
    int chunks = wanted < 1 ? 1 : wanted > SUM_CHUNKS ? SUM_CHUNKS : (int)wanted;
    if (chunks > steps) chunks = steps;
    channel_sums_arguments<Terms> a = {terms, steps, channels, length, chunks, reinterpret_cast<double *>(scratch)};
    cudaError_t error = launch(channel_partial_sums<Terms>, dim3((unsigned)channels, (unsigned)chunks), dim3(SUM_THREADS),
                               2 * sizeof(double) * SUM_THREADS / WARP, stream, a);
    if (error != cudaSuccess) return error;
    return launch(channel_total_sums<Terms>, dim3((unsigned)(channels + 63) / 64), dim3(64), 0, stream, a);
}

#endif
