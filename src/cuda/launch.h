/** What every kernel's file begins with. Included by .cu files only; nvcc compiles them, and in the tests the host's C++
 *  compiler does, against tests/cuda_on_host. Rules that both need: a kernel takes one struct of plain data, its shared
 *  memory is dynamic, and it is launched through launch(). */
#ifndef EMOTRACK_CUDA_LAUNCH_H
#define EMOTRACK_CUDA_LAUNCH_H

#include <cuda_runtime.h>

#ifdef CUDA_ON_HOST
#define SHARED(type, name) type *name = static_cast<type *>(cuda_on_host::dynamic_shared())
#else
#define SHARED(type, name)                                        \
    extern __shared__ __align__(16) unsigned char shared_bytes[]; \
    type *name = reinterpret_cast<type *>(shared_bytes)
#endif

#ifdef CUDA_ON_HOST
#define UNROLL
#else
#define UNROLL _Pragma("unroll")
#endif

/** Queues `kernel` on `stream`. The status is of the launch alone; what happens inside shows when the stream is waited for.
 */
template <class Arguments>
cudaError_t launch(void (*kernel)(Arguments), dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream, Arguments a)
{
    void *pointers[] = {&a};
    return cudaLaunchKernel(kernel, grid, block, pointers, shared_bytes, stream);
}

enum { WARP = 32 };
#define WHOLE_WARP 0xffffffffu

/** Sum over the 32 lanes, the same in all; always in the same order. Of floats or doubles. */
template <class T> __device__ __forceinline__ T warp_sum(T x)
{
    for (int bits = WARP / 2; bits; bits /= 2) x += __shfl_xor_sync(WHOLE_WARP, x, bits);
    return x;
}

__device__ __forceinline__ float warp_max(float x)
{
    for (int bits = WARP / 2; bits; bits /= 2) x = fmaxf(x, __shfl_xor_sync(WHOLE_WARP, x, bits));
    return x;
}

/** Sum over a block of whole warps, the same in all threads. @param scratch  one number a warp, shared */
template <class T> __device__ __forceinline__ T block_sum(T x, T *scratch)
{
    x = warp_sum(x);
    int warp = (int)threadIdx.x / WARP, warps = (int)(blockDim.x + WARP - 1) / WARP;
    __syncthreads(); /* scratch may still be read from the last use */
    if (threadIdx.x % WARP == 0) scratch[warp] = x;
    __syncthreads();
    T sum = 0;
    for (int i = 0; i < warps; i++) sum += scratch[i];
    return sum;
}

#endif
