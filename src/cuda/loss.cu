/* Mirrors train/loss.c: one block, sums in double. */
#include "cuda/loss.h"

#include "cuda/launch.h"

namespace
{
enum { THREADS = 256 };

__device__ double half_mse(const loss_work &w, double *scratch)
{
    double square = 0;
    for (int i = (int)threadIdx.x; i < w.windows * w.targets; i += THREADS) {
        double e = (double)w.answer[i] - w.label[i];
        square += e * e;
        w.d_out[i] = (float)(e / w.windows);
    }
    return block_sum(square, scratch) / 2 / w.windows;
}

/* The derivative is added to what stands there: the block has met since, in the sums. */
__device__ double one_minus_ccc(const loss_work &w, int t, double weight, double *scratch)
{
    double n = w.windows, p = 0, y = 0, pp = 0, yy = 0, py = 0;
    for (int i = (int)threadIdx.x; i < w.windows; i += THREADS) {
        p += (double)w.answer[i * w.targets + t];
        y += (double)w.label[i * w.targets + t];
    }
    double mean_p = block_sum(p, scratch) / n, mean_y = block_sum(y, scratch) / n;
    for (int i = (int)threadIdx.x; i < w.windows; i += THREADS) {
        p = w.answer[i * w.targets + t] - mean_p, y = w.label[i * w.targets + t] - mean_y;
        pp += p * p, yy += y * y, py += p * y;
    }
    pp = block_sum(pp, scratch) / n, yy = block_sum(yy, scratch) / n, py = block_sum(py, scratch) / n;
    double s = pp + yy + (mean_p - mean_y) * (mean_p - mean_y) + 1e-12;
    for (int i = (int)threadIdx.x; i < w.windows; i += THREADS) {
        p = w.answer[i * w.targets + t] - mean_p, y = w.label[i * w.targets + t] - mean_y;
        double slope = 2 * y / s - 4 * py / (s * s) * (p + mean_p - mean_y);
        w.d_out[i * w.targets + t] -= (float)(weight * slope / n);
    }
    return weight * (1 - 2 * py / s);
}

__global__ void loss_kernel(loss_work w)
{
    SHARED(double, scratch); /* one a warp */
    double loss = 0;
    if (w.kind != LOSS_CCC)
        loss = half_mse(w, scratch);
    else
        for (int i = (int)threadIdx.x; i < w.windows * w.targets; i += THREADS) w.d_out[i] = 0;
    double weight = (w.kind == LOSS_CCC ? 1.0 : 0.1) / w.targets;
    for (int t = 0; w.kind != LOSS_MSE && t < w.targets; t++) loss += one_minus_ccc(w, t, weight, scratch);
    if (threadIdx.x == 0) w.results[w.numbers->result].loss = loss;
}
} // namespace

extern "C" device_fault batch_loss(loss_work w, cudaStream_t stream)
{
    return launch(loss_kernel, dim3(1), dim3(THREADS), sizeof(double) * THREADS / WARP, stream, w);
}
