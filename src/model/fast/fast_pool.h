/** Max pooling with positions side by side: a row between margins of minus infinity, a tap is one load. */
#ifndef EMOTRACK_MODEL_FAST_POOL_H
#define EMOTRACK_MODEL_FAST_POOL_H

#include "model/fast/vector.h"
#include "model/network_internal.h"

INLINE int pool_front(const layer *l)
{
    return (l->options.width - 1) / 2;
}

INLINE int pool_stride(const layer *l)
{
    return (l->out.length + l->options.width + 2 * LANES - 1) / LANES * LANES;
}

static size_t max_pool_scratch_size(const layer *l)
{
    return 2 * (size_t)pool_stride(l);
}

static void max_pool_forward(const layer *l, const layer_call *c)
{
    int length = l->out.length, rows = c->items * l->out.steps * l->out.channels;
    for (int r = 0; r < rows; r++) {
        put_between_margins(c->in[0] + (ptrdiff_t)r * length, length, -__builtin_inff(), pool_front(l), pool_stride(l),
                            c->scratch);
        for (int p = 0; p < length; p += LANES) {
            vec most = load(c->scratch + p);
            for (int t = 1; t < l->options.width; t++) most = larger(load(c->scratch + p + t), most);
            store_some(c->out + (ptrdiff_t)r * length + p, most, length - p);
        }
    }
}

/* The first tap that holds the maximum takes the derivative. */
static void max_pool_back_row(const layer *l, const float *x, const float *y, const float *dy, float *dx)
{
    for (int p = 0; p < l->out.length; p += LANES) {
        vec most = load(y + p), d = first_lanes(load(dy + p), l->out.length - p);
        ivec open = ~(ivec){0};
        for (int t = 0; t < l->options.width; t++) {
            ivec here = open & (ivec)(load(x + p + t) == most);
            store(dx + p + t, load(dx + p + t) + (vec)(here & (ivec)d));
            open &= ~here;
        }
    }
}

static void max_pool_backward(const layer *l, const layer_call *c)
{
    int length = l->out.length, rows = c->items * l->out.steps * l->out.channels, stride = pool_stride(l);
    float *x = c->scratch, *dx = x + stride;
    for (int r = 0; c->d_in[0] && r < rows; r++) {
        put_between_margins(c->in[0] + (ptrdiff_t)r * length, length, -__builtin_inff(), pool_front(l), stride, x);
        for (int p = 0; p < stride; p += LANES) store(dx + p, all(0));
        max_pool_back_row(l, x, c->out + (ptrdiff_t)r * length, c->d_out + (ptrdiff_t)r * length, dx);
        float *to = c->d_in[0] + (ptrdiff_t)r * length;
        for (int p = 0; p < length; p += LANES)
            store_some(to + p, load(dx + pool_front(l) + p) + load_unless(c->fresh[0], to + p), length - p);
    }
}

#endif
