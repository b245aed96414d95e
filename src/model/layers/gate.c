/** Weighs a map by its attentions: U (C, L) * channel (C, 1) * spatial (C, L) -> (C, L). */
#include "base/error.h"
#include "model/layer.h"

enum { MAP, CHANNEL, SPATIAL };

static et_status rule(layer *l, et_error *error)
{
    l->out = l->in[MAP];
    if (l->in[CHANNEL].channels != l->out.channels || l->in[CHANNEL].length != 1 ||
        shape_size(l->in[SPATIAL]) != shape_size(l->out))
        return error_set(error, ET_ERROR_ARGUMENT, "%s: attention does not fit its map", l->name);
    return ET_OK;
}

static void forward(const layer *l, const layer_call *c)
{
    size_t length = (size_t)l->out.length, count = (size_t)c->items * shape_size(l->out);
    for (size_t j = 0; j < count; j++) c->out[j] = c->in[MAP][j] * c->in[CHANNEL][j / length] * c->in[SPATIAL][j];
}

static void backward(const layer *l, const layer_call *c)
{
    size_t length = (size_t)l->out.length, count = (size_t)c->items * shape_size(l->out);
    for (size_t j = 0; j < count; j++) {
        real u = c->in[MAP][j], channel = c->in[CHANNEL][j / length], spatial = c->in[SPATIAL][j], dy = c->d_out[j];
        if (c->d_in[MAP]) c->d_in[MAP][j] += dy * channel * spatial;
        if (c->d_in[CHANNEL]) c->d_in[CHANNEL][j / length] += dy * u * spatial;
        if (c->d_in[SPATIAL]) c->d_in[SPATIAL][j] += dy * u * channel;
    }
}

const layer_type layer_gate = {.name = "gate", .keeps_in = true, .rule = rule, .forward = forward, .backward = backward};
