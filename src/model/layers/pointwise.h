/** Layers that treat every number alone: y = f(x), and the slope f'(x) from x and y. */
#ifndef EMOTRACK_MODEL_LAYERS_POINTWISE_H
#define EMOTRACK_MODEL_LAYERS_POINTWISE_H

#include "model/layer.h"

static inline et_status pointwise_rule(layer *l, et_error *error)
{
    (void)error;
    l->out = l->in[0];
    return ET_OK;
}

static inline size_t pointwise_count(const layer *l, const layer_call *c)
{
    return (size_t)c->items * shape_size(l->out);
}

#define POINTWISE_LAYER(NAME, VALUE, SLOPE, KEEPS_IN)                                                    \
    static void forward(const layer *l, const layer_call *c)                                             \
    {                                                                                                    \
        size_t count = pointwise_count(l, c);                                                            \
        for (size_t j = 0; j < count; j++) c->out[j] = VALUE(c->in[0][j]);                               \
    }                                                                                                    \
    static void backward(const layer *l, const layer_call *c)                                            \
    {                                                                                                    \
        size_t count = pointwise_count(l, c);                                                            \
        if (c->d_in[0] == NULL) return;                                                                  \
        for (size_t j = 0; j < count; j++) c->d_in[0][j] += c->d_out[j] * SLOPE(c->in[0][j], c->out[j]); \
    }                                                                                                    \
    const layer_type layer_##NAME = {.name = #NAME,                                                      \
                                     .keeps_in = KEEPS_IN,                                               \
                                     .keeps_out = true,                                                  \
                                     .rule = pointwise_rule,                                             \
                                     .forward = forward,                                                 \
                                     .backward = backward}

#endif
