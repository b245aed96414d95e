/* Mirrors attend.c: y_q = sum_s softmax_s(q . k_s / sqrt(D / heads)) v_s. A block for each head of a window, a thread for
   each step. */
#include "cuda/each.h"
#include "cuda/layer.h"

namespace
{
enum { QUERY, KEY, VALUE };

struct attend_arguments {
    const float *query, *key, *value, *dy;
    float *y, *weight; /* weight: (items, heads, query, key) */
    float *d_score;    /* the same shape */
    float *d_query, *d_key, *d_value;
    int steps, width, heads;
    bool add_query, add_key, add_value;
};

/* First number of this block's head, and of its weights. */
struct attend_place {
    size_t item, weights;
    int size;
    float scale;
    __device__ explicit attend_place(const attend_arguments &a)
    {
        size = a.width / a.heads;
        item = (size_t)blockIdx.x * (size_t)a.steps * (size_t)a.width + (size_t)blockIdx.y * (size_t)size;
        weights = ((size_t)blockIdx.x * (size_t)a.heads + blockIdx.y) * (size_t)a.steps * (size_t)a.steps;
        scale = 1 / sqrtf((float)size);
    }
};

/* a . b over a head's channels */
__device__ float dot(const float *a, const float *b, int size)
{
    float sum = 0;
    for (int j = 0; j < size; j++) sum += a[j] * b[j];
    return sum;
}

__global__ void attend_forward_kernel(attend_arguments a)
{
    attend_place h(a);
    int q = (int)threadIdx.x;
    if (q >= a.steps) return;
    const float *query = a.query + h.item + (size_t)q * (size_t)a.width;
    float *weight = a.weight + h.weights + (size_t)q * (size_t)a.steps, most = -INFINITY, sum = 0;
    for (int s = 0; s < a.steps; s++) {
        weight[s] = dot(query, a.key + h.item + (size_t)s * (size_t)a.width, h.size) * h.scale;
        most = fmaxf(most, weight[s]);
    }
    for (int s = 0; s < a.steps; s++) sum += weight[s] = expf(weight[s] - most);
    for (int s = 0; s < a.steps; s++) weight[s] /= sum;
    for (int j = 0; j < h.size; j++) {
        float y = 0;
        for (int s = 0; s < a.steps; s++) y += weight[s] * a.value[h.item + (size_t)s * (size_t)a.width + (size_t)j];
        a.y[h.item + (size_t)q * (size_t)a.width + (size_t)j] = y;
    }
}

/* Row q: derivatives by the scores, and by the query. */
__device__ void row_backward(const attend_arguments &a, const attend_place &h, int q)
{
    size_t row = h.item + (size_t)q * (size_t)a.width, weights = h.weights + (size_t)q * (size_t)a.steps;
    float mean = 0;
    for (int s = 0; s < a.steps; s++) {
        float d = dot(a.dy + row, a.value + h.item + (size_t)s * (size_t)a.width, h.size);
        a.d_score[weights + (size_t)s] = d;
        mean += a.weight[weights + (size_t)s] * d;
    }
    for (int s = 0; s < a.steps; s++) {
        size_t at = weights + (size_t)s;
        a.d_score[at] = a.weight[at] * (a.d_score[at] - mean) * h.scale;
    }
    for (int j = 0; j < h.size; j++) {
        float d = 0;
        for (int s = 0; s < a.steps; s++)
            d += a.d_score[weights + (size_t)s] * a.key[h.item + (size_t)s * (size_t)a.width + (size_t)j];
        give(a.d_query + row + j, a.add_query, d);
    }
}

/* Column s: derivatives by key and value, sums over the queries. */
__device__ void column_backward(const attend_arguments &a, const attend_place &h, int s)
{
    for (int j = 0; j < h.size; j++) {
        float d_key = 0, d_value = 0;
        for (int q = 0; q < a.steps; q++) {
            size_t at = h.weights + (size_t)q * (size_t)a.steps + (size_t)s;
            size_t row = h.item + (size_t)q * (size_t)a.width + (size_t)j;
            d_key += a.d_score[at] * a.query[row];
            d_value += a.weight[at] * a.dy[row];
        }
        size_t place = h.item + (size_t)s * (size_t)a.width + (size_t)j;
        give(a.d_key + place, a.add_key, d_key);
        give(a.d_value + place, a.add_value, d_value);
    }
}

__global__ void attend_backward_kernel(attend_arguments a)
{
    attend_place h(a);
    int self = (int)threadIdx.x;
    if (self < a.steps) row_backward(a, h, self);
    __syncthreads();
    if (self < a.steps) column_backward(a, h, self);
}

device_fault run(void (*kernel)(attend_arguments), const layer *l, const device_call *c)
{
    attend_arguments a = {c->in[QUERY],     c->in[KEY],     c->in[VALUE], c->d_out,
                          c->out,           c->saved,       c->scratch,   c->d_in[QUERY],
                          c->d_in[KEY],     c->d_in[VALUE], l->out.steps, (int)shape_width(l->out),
                          l->options.heads, c->add[QUERY],  c->add[KEY],  c->add[VALUE]};
    auto threads = (unsigned)((a.steps + WARP - 1) / WARP * WARP);
    return launch(kernel, dim3((unsigned)c->items, (unsigned)a.heads), dim3(threads), 0, c->stream, a);
}

device_fault forward(const layer *l, const device_call *c)
{
    return run(attend_forward_kernel, l, c);
}

device_fault backward(const layer *l, const device_call *c)
{
    return run(attend_backward_kernel, l, c);
}

size_t scratch(const layer *l, int items, bool training)
{
    return training ? (size_t)items * l->saved : 0;
}
} // namespace

extern "C" const device_layer device_attend = {"attend", forward, backward, scratch, false};
