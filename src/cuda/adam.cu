/* Mirrors train/optimiser.c. Squares are summed in double, in three kernels one after another: numbers of a piece, pieces of
 * a tensor, tensors; always in this order. */
#include "cuda/adam.h"

#include "cuda/launch.h"

namespace
{
enum { THREADS = 256, WARPS = THREADS / WARP };

__global__ void piece_squares(adam_work w)
{
    SHARED(double, scratch); /* one a warp */
    adam_piece piece = w.piece[blockIdx.x];
    double square = 0;
    for (int i = (int)threadIdx.x; i < piece.count; i += THREADS) {
        double g = w.gradients[piece.begin + i];
        square += g * g;
    }
    square = block_sum(square, scratch);
    if (threadIdx.x == 0) w.piece_square[blockIdx.x] = square;
}

__global__ void tensor_squares(adam_work w)
{
    SHARED(double, scratch); /* one a warp */
    double square = 0;
    for (int i = w.tensor_begin[blockIdx.x] + (int)threadIdx.x; i < w.tensor_begin[blockIdx.x + 1]; i += THREADS)
        square += w.piece_square[i];
    square = block_sum(square, scratch);
    if (threadIdx.x == 0) w.tensor_square[blockIdx.x] = square;
}

/* Every block adds all tensors for itself. */
__global__ void adam_kernel(adam_work w)
{
    SHARED(double, scratch); /* one a warp, then the factor of clipping */
    adam_piece piece = w.piece[blockIdx.x];
    double *factor = scratch + WARPS, square = 0;
    for (int t = (int)threadIdx.x; t < w.tensors; t += THREADS) square += w.tensor_square[t];
    square = block_sum(square, scratch);
    if (threadIdx.x == 0) {
        double norm = sqrt(w.clip_each_tensor ? w.tensor_square[piece.tensor] : square);
        *factor = w.clip > 0 && norm > w.clip ? w.clip / norm : 1;
        if (blockIdx.x == 0) w.results[w.numbers->result].norm = sqrt(square);
    }
    __syncthreads();
    step_numbers n = *w.numbers;
    float l2 = piece.decays ? w.l2 : 0, shrink = piece.decays ? n.shrink : 1;
    for (int i = piece.begin + (int)threadIdx.x; i < piece.begin + piece.count; i += THREADS) {
        float p = w.parameters[i], d = (float)(w.gradients[i] * *factor) + l2 * p;
        float m = w.beta1 * w.m[i] + (1 - w.beta1) * d, v = w.beta2 * w.v[i] + (1 - w.beta2) * d * d;
        w.m[i] = m;
        w.v[i] = v;
        w.parameters[i] = shrink * p - n.step * m / (sqrtf(v) * n.root + w.epsilon);
    }
}
} // namespace

extern "C" device_fault adam_step(adam_work w, cudaStream_t stream)
{
    size_t scratch = sizeof(double) * WARPS;
    TRY(launch(piece_squares, dim3((unsigned)w.pieces), dim3(THREADS), scratch, stream, w));
    TRY(launch(tensor_squares, dim3((unsigned)w.tensors), dim3(THREADS), scratch, stream, w));
    return launch(adam_kernel, dim3((unsigned)w.pieces), dim3(THREADS), scratch + sizeof(double), stream, w);
}
