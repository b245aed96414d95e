/** A kernel that treats every number alone. For .cu files. */
#ifndef EMOTRACK_CUDA_EACH_H
#define EMOTRACK_CUDA_EACH_H

#include "cuda/launch.h"

enum { EACH_THREADS = 256, EACH_BLOCKS_MOST = 8192 };

/** @param Body  plain data with `void at(size_t j) const` */
template <class Body> struct each_arguments {
    Body body;
    size_t count;
};

template <class Body> __global__ void each_kernel(each_arguments<Body> a)
{
    for (size_t j = (size_t)blockIdx.x * blockDim.x + threadIdx.x; j < a.count; j += (size_t)gridDim.x * blockDim.x)
        a.body.at(j);
}

/** Calls body.at(j) for j = 0 .. count - 1. */
template <class Body> cudaError_t each(size_t count, cudaStream_t stream, Body body)
{
    if (count == 0) return cudaSuccess;
    size_t blocks = (count + EACH_THREADS - 1) / EACH_THREADS;
    if (blocks > EACH_BLOCKS_MOST) blocks = EACH_BLOCKS_MOST;
    return launch(each_kernel<Body>, dim3((unsigned)blocks), dim3(EACH_THREADS), 0, stream,
                  each_arguments<Body>{body, count});
}

/** Writes or adds, as device_call.add says. */
__device__ __forceinline__ void give(float *at, bool add, float value)
{
    *at = add ? *at + value : value;
}

#endif
