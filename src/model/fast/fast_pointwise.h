/** Pointwise layers, dropout and sums of values. */
#ifndef EMOTRACK_MODEL_FAST_FAST_POINTWISE_H
#define EMOTRACK_MODEL_FAST_FAST_POINTWISE_H

#include "base/vector.h"
#include "model/layers/dropout.h"
#include "model/network_internal.h"

INLINE ptrdiff_t numbers_out(const layer *l, const layer_call *c)
{
    return (ptrdiff_t)c->items * (ptrdiff_t)shape_size(l->out);
}

INLINE int left_of(ptrdiff_t count, ptrdiff_t j)
{
    return count - j < VECTOR_FLOATS ? (int)(count - j) : VECTOR_FLOATS;
}

INLINE vec elu_value(vec x)
{
    return either((ivec)(x > all(0)), x, exp_vec(smaller(x, all(0))) - 1.0f);
}

INLINE vec elu_slope(vec y)
{
    return either((ivec)(y > all(0)), all(1), y + 1.0f);
}

INLINE vec sigmoid_slope(vec y)
{
    return y * (1.0f - y);
}

INLINE vec tanh_slope(vec y)
{
    return 1.0f - y * y;
}

#define FAST_POINTWISE(NAME, VALUE, SLOPE)                                                                      \
    static void NAME##_forward(const layer *l, const layer_call *c)                                             \
    {                                                                                                           \
        ptrdiff_t count = numbers_out(l, c);                                                                    \
        for (ptrdiff_t j = 0; j < count; j += VECTOR_FLOATS)                                                    \
            store_some(c->out + j, VALUE(load(c->in[0] + j)), left_of(count, j));                               \
    }                                                                                                           \
    static void NAME##_backward(const layer *l, const layer_call *c)                                            \
    {                                                                                                           \
        ptrdiff_t count = numbers_out(l, c);                                                                    \
        for (ptrdiff_t j = 0; c->d_in[0] && j < count; j += VECTOR_FLOATS)                                      \
            store_some(c->d_in[0] + j,                                                                          \
                       load(c->d_out + j) * SLOPE(load(c->out + j)) + load_unless(c->fresh[0], c->d_in[0] + j), \
                       left_of(count, j));                                                                      \
    }

FAST_POINTWISE(elu, elu_value, elu_slope)
FAST_POINTWISE(sigmoid, sigmoid_vec, sigmoid_slope)
FAST_POINTWISE(tanh, tanh_vec, tanh_slope)

static void add_forward(const layer *l, const layer_call *c)
{
    ptrdiff_t count = numbers_out(l, c);
    for (ptrdiff_t j = 0; j < count; j++) c->out[j] = c->in[0][j] + c->in[1][j];
}

static void add_to(float *to, const float *from, ptrdiff_t count, bool fresh)
{
    for (ptrdiff_t j = 0; j < count; j += VECTOR_FLOATS)
        store_some(to + j, load(from + j) + load_unless(fresh, to + j), left_of(count, j));
}

static void add_backward(const layer *l, const layer_call *c)
{
    for (int i = 0; i < 2; i++)
        if (c->d_in[i]) add_to(c->d_in[i], c->d_out, numbers_out(l, c), c->fresh[i]);
}

static void concatenate_backward(const layer *l, const layer_call *c)
{
    const float *dy = c->d_out;
    for (int n = 0; n < c->items * l->out.steps; n++)
        for (int i = 0; i < l->inputs; i++) {
            ptrdiff_t width = (ptrdiff_t)shape_width(l->in[i]);
            if (c->d_in[i]) add_to(c->d_in[i] + n * width, dy, width, c->fresh[i]);
            dy += width;
        }
}

/* The mask of one item: the same draws as the reference. */
static void dropout_item(const float *x, float *y, uint32_t size, uint32_t key, uint32_t threshold, float scale, bool adding)
{
    if (adding)
        for (uint32_t j = 0; j < size; j++) y[j] += dropout_hash(key + j) < threshold ? 0.0f : x[j] * scale;
    else
        for (uint32_t j = 0; j < size; j++) y[j] = dropout_hash(key + j) < threshold ? 0.0f : x[j] * scale;
}

static void dropout_items(const layer *l, const layer_call *c, const float *from, float *to, bool adding)
{
    size_t size = shape_size(l->out);
    uint32_t threshold = dropout_threshold((double)l->options.rate);
    for (int n = 0; n < c->items; n++)
        dropout_item(from + (size_t)n * size, to + (size_t)n * size, (uint32_t)size,
                     dropout_key(c->seed, c->first + (size_t)n), threshold, 1 / (1 - l->options.rate), adding);
}

static void dropout_forward(const layer *l, const layer_call *c)
{
    if (c->training && l->options.rate > 0)
        dropout_items(l, c, c->in[0], c->out, false);
    else
        memcpy(c->out, c->in[0], (size_t)numbers_out(l, c) * sizeof(float));
}

static void dropout_backward(const layer *l, const layer_call *c)
{
    if (c->d_in[0]) dropout_items(l, c, c->d_out, c->d_in[0], !c->fresh[0]);
}

#endif
