/** Kernels for the stand-in's own test: a block's sum as it should be, and the same with one thing broken at a time. */
#ifndef CUDA_ON_HOST_BROKEN_KERNELS_H
#define CUDA_ON_HOST_BROKEN_KERNELS_H

#include "cuda/launch.h"

enum flaw { no_flaw, no_meeting, reads_past_end, writes_past_end, shared_past_end, meets_alone, two_meetings, lane_missing };

struct sum_arguments {
    const float *x; /* count    */
    float *sum;     /* a block  */
    int count;
    int flaw;
};

/* Tree over shared memory: needs a meeting after each halving. */
inline void block_tree_sum(sum_arguments a)
{
    SHARED(float, s);
    int i = (int)threadIdx.x, n = (int)blockDim.x, at = (int)blockIdx.x * n + i;
    s[i] = at < a.count + (a.flaw == reads_past_end) ? a.x[at] : 0;
    if (a.flaw == shared_past_end && i == 0) s[n] = 1;
    if (a.flaw == meets_alone && i == 0) __syncthreads();
    if (a.flaw == two_meetings && i % 2)
        __syncthreads();
    else
        __syncthreads();
    for (int half = n / 2; half; half /= 2) {
        if (i < half) s[i] += s[i + half];
        if (a.flaw != no_meeting) __syncthreads();
    }
    if (i == 0) a.sum[blockIdx.x + (a.flaw == writes_past_end)] = s[0];
}

/* The same by shuffles; a lane that has left is waited for in vain. */
inline void block_shuffle_sum(sum_arguments a)
{
    SHARED(float, scratch);
    int at = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    if (a.flaw == lane_missing && threadIdx.x == 7) return;
    float sum = block_sum(at < a.count ? a.x[at] : 0, scratch);
    if (threadIdx.x == 0) a.sum[blockIdx.x] = sum;
}

#endif
