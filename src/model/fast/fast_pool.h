/** Max pooling with positions side by side: a row between margins of minus infinity, a tap is one load. */
#ifndef EMOTRACK_MODEL_FAST_FAST_POOL_H
#define EMOTRACK_MODEL_FAST_FAST_POOL_H

#include "base/vector.h"
#include "model/network_internal.h"

INLINE int pool_before(const layer *l)
{
    return (l->options.width - 1) / 2;
}

INLINE int pool_stride(const layer *l)
{
    return (l->out.length + 2 * l->options.width + 2 * VECTOR_FLOATS - 1) / VECTOR_FLOATS * VECTOR_FLOATS;
}

static size_t max_pool_scratch_size(const layer *l)
{
    return 3 * (size_t)pool_stride(l);
}

static void max_pool_forward(const layer *l, const layer_call *c)
{
    int length = l->out.length, rows = c->items * l->out.steps * l->out.channels;
    for (int r = 0; r < rows; r++) {
        put_between_margins(c->in[0] + (ptrdiff_t)r * length, length, -__builtin_inff(), pool_before(l), pool_stride(l),
                            c->scratch);
        for (int p = 0; p < length; p += VECTOR_FLOATS) {
            vec most = load(c->scratch + p);
            for (int t = 1; t < l->options.width; t++) most = larger(load(c->scratch + p + t), most);
            store_some(c->out + (ptrdiff_t)r * length + p, most, length - p);
        }
    }
}

/* Which tap each output took, the first that holds the maximum; -1 in the margins of `width` numbers. */
static void max_pool_taps(const layer *l, const float *x, const float *y, int32_t *tap)
{
    int width = l->options.width, length = l->out.length;
    for (int p = 0; p < width; p++) tap[p] = tap[width + length + p] = -1;
    for (int p = 0; p < length; p += VECTOR_FLOATS) {
        vec most = load(y + p);
        ivec taken = (ivec){0} - 1;
        for (int t = width - 1; t >= 0; t--) {
            ivec here = (ivec)(load(x + p + t) == most);
            taken = (here & t) | (~here & taken);
        }
        store_some((float *)(void *)(tap + width + p), (vec)taken, length - p);
    }
}

/* An input's derivative: those of the outputs that took it. */
static void max_pool_back_row(const layer *l, const int32_t *tap, const float *dy, float *dx, bool fresh)
{
    int width = l->options.width, before = pool_before(l), length = l->out.length;
    for (int q = 0; q < length; q += VECTOR_FLOATS) {
        vec total = load_unless(fresh, dx + q);
        for (int t = 0; t < width; t++) {
            ivec took = (ivec)load((const float *)(const void *)(tap + width + q + before - t));
            total += (vec)((ivec)load(dy + width + q + before - t) & (ivec)(took == (ivec){0} + t));
        }
        store_some(dx + q, total, length - q);
    }
}

static void max_pool_backward(const layer *l, const layer_call *c)
{
    int length = l->out.length, rows = c->items * l->out.steps * l->out.channels, stride = pool_stride(l);
    float *x = c->scratch, *dy = x + stride;
    int32_t *tap = (int32_t *)(void *)(dy + stride);
    for (int r = 0; c->d_in[0] && r < rows; r++) {
        put_between_margins(c->in[0] + (ptrdiff_t)r * length, length, -__builtin_inff(), pool_before(l), stride, x);
        put_between_margins(c->d_out + (ptrdiff_t)r * length, length, 0, l->options.width, stride, dy);
        max_pool_taps(l, x, c->out + (ptrdiff_t)r * length, tap);
        max_pool_back_row(l, tap, dy, c->d_in[0] + (ptrdiff_t)r * length, c->fresh[0]);
    }
}

#endif
