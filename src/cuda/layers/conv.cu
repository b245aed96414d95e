/* Mirrors conv.c:  y[o][p] = b[o] + sum_i,t  w[o][i][t] x[i][p + t d - before].
 *
 * Forward: a block makes 64 positions of 20 output channels of one step; the inputs and weights that it needs pass through
 * shared memory, some input channels at a time; a thread makes 4 channels x 2 positions. The derivative by x is the same
 * kernel with the weights turned round. The derivative by w: a block makes 8 x 8 channels, all taps, of a chunk of steps. */
#include "cuda/each.h"
#include "cuda/layer.h"
#include "cuda/products.h"

namespace
{
enum { WEIGHT, BIAS };
enum { POSITIONS = 64, OUT_GROUP = 4, GROUPS = 5, OUTS = OUT_GROUP * GROUPS, SHARED_FLOATS = 11000 };

struct slide_arguments {
    const float *x, *weight, *bias; /* bias NULL: none */
    float *y;
    int in, out, length, width, dilation, before;
    size_t out_stride, in_stride; /* of the weights */
    bool turned, add;
    int tiles, together; /* tiles of positions in a step; input channels at a time */
};

__device__ float slide_weight(const slide_arguments &a, int o, int i, int t)
{
    if (o >= a.out) return 0;
    return a.weight[(size_t)o * a.out_stride + (size_t)i * a.in_stride + (size_t)(a.turned ? a.width - 1 - t : t)];
}

/* Brings input channels i .. i + count - 1 and their weights into shared memory. */
__device__ void slide_load(const slide_arguments &a, int i, int count, int first, int span, const float *x, float *sx,
                           float *sw)
{
    int self = (int)(threadIdx.y * blockDim.x + threadIdx.x), threads = (int)(blockDim.x * blockDim.y);
    for (int j = self; j < count * span; j += threads) {
        int q = first + j % span;
        sx[j] = q >= 0 && q < a.length ? x[(size_t)(i + j / span) * (size_t)a.length + (size_t)q] : 0;
    }
    for (int j = self; j < count * a.width * OUTS; j += threads) {
        int o = (int)blockIdx.y * OUTS + j % OUTS, t = j / OUTS % a.width;
        sw[j] = slide_weight(a, o, i + j / OUTS / a.width, t);
    }
}

__device__ void slide_store(const slide_arguments &a, size_t step, int tile, int half, const float *sum)
{
    int p = tile * POSITIONS + half * WARP + (int)threadIdx.x;
    for (int g = 0; g < OUT_GROUP; g++) {
        int o = (int)blockIdx.y * OUTS + (int)threadIdx.y * OUT_GROUP + g;
        if (p < a.length && o < a.out)
            give(a.y + (step * (size_t)a.out + (size_t)o) * (size_t)a.length + (size_t)p, a.add,
                 sum[g] + (a.bias ? a.bias[o] : 0));
    }
}

/* Threads: 32 positions x 5 groups of output channels. */
__global__ void __launch_bounds__(WARP *GROUPS) slide_kernel(slide_arguments a)
{
    SHARED(float, sx);
    int tile = (int)blockIdx.x % a.tiles, span = POSITIONS + (a.width - 1) * a.dilation;
    size_t step = blockIdx.x / (unsigned)a.tiles;
    float *sw = sx + ((a.together * span + 3) & ~3);
    const float *x = a.x + step * (size_t)a.in * (size_t)a.length;
    float near[OUT_GROUP] = {0, 0, 0, 0}, far[OUT_GROUP] = {0, 0, 0, 0};
    for (int i = 0; i < a.in; i += a.together) {
        int count = a.in - i < a.together ? a.in - i : a.together;
        __syncthreads();
        slide_load(a, i, count, tile * POSITIONS - a.before, span, x, sx, sw);
        __syncthreads();
        for (int k = 0; k < count; k++)
            for (int t = 0; t < a.width; t++) {
                const float *at = sx + k * span + (int)threadIdx.x + t * a.dilation;
                float4 w = reinterpret_cast<const float4 *>(sw + (k * a.width + t) * OUTS)[threadIdx.y];
                float x0 = at[0], x1 = at[WARP];
                near[0] += w.x * x0, near[1] += w.y * x0, near[2] += w.z * x0, near[3] += w.w * x0;
                far[0] += w.x * x1, far[1] += w.y * x1, far[2] += w.z * x1, far[3] += w.w * x1;
            }
    }
    slide_store(a, step, tile, 0, near);
    slide_store(a, step, tile, 1, far);
}

device_fault slide(slide_arguments a, int steps, cudaStream_t stream)
{
    int span = POSITIONS + (a.width - 1) * a.dilation, each_channel = span + OUTS * a.width;
    a.tiles = (a.length + POSITIONS - 1) / POSITIONS;
    a.together = SHARED_FLOATS / each_channel;
    if (a.together > a.in) a.together = a.in;
    size_t shared = sizeof(float) * (size_t)(((a.together * span + 3) & ~3) + a.together * OUTS * a.width);
    return launch(slide_kernel, dim3((unsigned)(steps * a.tiles), (unsigned)((a.out + OUTS - 1) / OUTS)), dim3(WARP, GROUPS),
                  shared, stream, a);
}

/* ---- derivative by the weights
 * ---------------------------------------------------------------------------------------------- */

enum {
    SQUARE = 8,
    WEIGHT_THREADS = 256,
    WEIGHT_CHUNKS = 32,
    TRIPLES = SQUARE * SQUARE * 64 / WEIGHT_THREADS,
    DY_STRIDE = 65
};

struct weight_arguments {
    const float *x, *dy;
    float *partial; /* chunks x out x in x width */
    int in, out, length, width, dilation, before, steps, chunks;
    int in_together; /* input channels of a block, at most 8 */
};

/* A block's place: channels from o and i on, of chunk blockIdx.z. */
struct weight_place {
    int o, i, outs, ins, span;
};

__device__ void weight_load(const weight_arguments &a, const weight_place &w, int step, int first, float *sx, float *sdy)
{
    for (int j = (int)threadIdx.x; j < w.ins * w.span; j += WEIGHT_THREADS) {
        int q = first - a.before + j % w.span;
        size_t row = ((size_t)step * (size_t)a.in + (size_t)(w.i + j / w.span)) * (size_t)a.length;
        sx[j] = q >= 0 && q < a.length ? a.x[row + (size_t)q] : 0;
    }
    for (int j = (int)threadIdx.x; j < w.outs * POSITIONS; j += WEIGHT_THREADS) {
        int p = first + j % POSITIONS;
        size_t row = ((size_t)step * (size_t)a.out + (size_t)(w.o + j / POSITIONS)) * (size_t)a.length;
        sdy[j / POSITIONS * DY_STRIDE + j % POSITIONS] = p < a.length ? a.dy[row + (size_t)p] : 0;
    }
}

/* Triple e of a block: (output, input, tap). */
__device__ void weight_add(const weight_arguments &a, const weight_place &w, const float *sx, const float *sdy, float *sum)
{
    UNROLL
    for (int k = 0; k < TRIPLES; k++) {
        int e = (int)threadIdx.x + k * WEIGHT_THREADS;
        if (e >= w.outs * w.ins * a.width) break;
        const float *x = sx + e / a.width % w.ins * w.span + e % a.width * a.dilation;
        const float *dy = sdy + e / a.width / w.ins * DY_STRIDE;
        for (int p = 0; p < POSITIONS; p++) sum[k] += dy[p] * x[p];
    }
}

__global__ void __launch_bounds__(WEIGHT_THREADS) weight_kernel(weight_arguments a)
{
    SHARED(float, sdy);
    weight_place w;
    w.o = (int)blockIdx.x * SQUARE;
    w.i = (int)blockIdx.y * a.in_together;
    w.outs = a.out - w.o < SQUARE ? a.out - w.o : SQUARE;
    w.ins = a.in - w.i < a.in_together ? a.in - w.i : a.in_together;
    w.span = POSITIONS + (a.width - 1) * a.dilation;
    float *sx = sdy + SQUARE * DY_STRIDE, sum[TRIPLES];
    for (int k = 0; k < TRIPLES; k++) sum[k] = 0;
    int chunk = (int)blockIdx.z, end = (int)((long long)a.steps * (chunk + 1) / a.chunks);
    for (int step = (int)((long long)a.steps * chunk / a.chunks); step < end; step++)
        for (int first = 0; first < a.length; first += POSITIONS) {
            __syncthreads();
            weight_load(a, w, step, first, sx, sdy);
            __syncthreads();
            weight_add(a, w, sx, sdy, sum);
        }
    UNROLL
    for (int k = 0; k < TRIPLES; k++) {
        int e = (int)threadIdx.x + k * WEIGHT_THREADS;
        if (e >= w.outs * w.ins * a.width) break;
        size_t o = (size_t)(w.o + e / a.width / w.ins), i = (size_t)(w.i + e / a.width % w.ins);
        a.partial[(((size_t)chunk * (size_t)a.out + o) * (size_t)a.in + i) * (size_t)a.width + (size_t)(e % a.width)] =
            sum[k];
    }
}

struct chunk_sum_body {
    const float *partial;
    float *out;
    size_t count;
    int chunks;
    __device__ void at(size_t j) const
    {
        float sum = 0;
        for (int k = 0; k < chunks; k++) sum += partial[(size_t)k * count + j];
        out[j] = sum;
    }
};

device_fault weight_gradient(weight_arguments a, float *out, cudaStream_t stream)
{
    int span = POSITIONS + (a.width - 1) * a.dilation;
    a.chunks = a.steps < WEIGHT_CHUNKS ? a.steps : WEIGHT_CHUNKS;
    a.in_together = SHARED_FLOATS / span < SQUARE ? SHARED_FLOATS / span : SQUARE;
    if (a.in_together > a.in) a.in_together = a.in;
    size_t shared = sizeof(float) * (size_t)(SQUARE * DY_STRIDE + a.in_together * span);
    dim3 grid((unsigned)(a.out + SQUARE - 1) / SQUARE, (unsigned)((a.in + a.in_together - 1) / a.in_together),
              (unsigned)a.chunks);
    TRY(launch(weight_kernel, grid, dim3(WEIGHT_THREADS), shared, stream, a));
    size_t count = (size_t)a.out * (size_t)a.in * (size_t)a.width;
    return each(count, stream, chunk_sum_body{a.partial, out, count, a.chunks});
}

/* ---- the layer
 * ---------------------------------------------------------------------------------------------------------------- */

size_t scratch(const layer *l, int, bool training)
{
    size_t sums = channel_sum_scratch(l->out.channels);
    size_t partial = (size_t)WEIGHT_CHUNKS * (size_t)l->out.channels * (size_t)l->in[0].channels * (size_t)l->options.width;
    return training ? (partial > sums ? partial : sums) : 0;
}

slide_arguments arguments(const layer *l, const device_call *c)
{
    slide_arguments a = {};
    a.weight = device_parameter(l, c, WEIGHT);
    a.length = l->out.length;
    a.width = l->options.width;
    a.dilation = l->options.dilation;
    return a;
}

device_fault forward(const layer *l, const device_call *c)
{
    slide_arguments a = arguments(l, c);
    a.x = c->in[0];
    a.y = c->out;
    a.bias = device_parameter(l, c, BIAS);
    a.in = l->in[0].channels;
    a.out = l->out.channels;
    a.before = (a.width - 1) * a.dilation / 2;
    a.in_stride = (size_t)a.width;
    a.out_stride = (size_t)a.in * (size_t)a.width;
    return slide(a, c->items * l->out.steps, c->stream);
}

device_fault backward(const layer *l, const device_call *c)
{
    int steps = c->items * l->out.steps, in = l->in[0].channels, out = l->out.channels;
    slide_arguments a = arguments(l, c);
    int reach = (a.width - 1) * a.dilation;
    TRY(channel_sum(c->d_out, steps, out, a.length, device_gradient(l, c, BIAS), c->scratch, c->stream));
    TRY(weight_gradient({c->in[0], c->d_out, c->scratch, in, out, a.length, a.width, a.dilation, reach / 2, steps, 0, 0},
                        device_gradient(l, c, WEIGHT), c->stream));
    if (!c->d_in[0]) return 0;
    a.x = c->d_out;
    a.y = c->d_in[0];
    a.add = c->add[0];
    a.in = out;
    a.out = in;
    a.turned = true;
    a.before = reach - reach / 2;
    a.in_stride = (size_t)in * (size_t)a.width;
    a.out_stride = (size_t)a.width;
    return slide(a, steps, c->stream);
}
} // namespace

extern "C" const device_layer device_conv = {"conv", forward, backward, scratch, false};
