/** The last step of a sequence: (K, C, L) -> (C, L). */
#include <string.h>

#include "model/layer.h"

static et_status rule(layer *l, et_error *error)
{
    (void)error;
    l->out = l->in[0];
    l->out.steps = 1;
    return ET_OK;
}

static void forward(const layer *l, const layer_call *c)
{
    size_t width = shape_width(l->out), size = shape_size(l->in[0]);
    for (int n = 0; n < c->items; n++)
        memcpy(c->out + (size_t)n * width, c->in[0] + (size_t)(n + 1) * size - width, width * sizeof *c->out);
}

static void backward(const layer *l, const layer_call *c)
{
    size_t width = shape_width(l->out), size = shape_size(l->in[0]);
    for (int n = 0; n < c->items; n++)
        for (size_t j = 0; j < width; j++) c->d_in[0][(size_t)(n + 1) * size - width + j] += c->d_out[(size_t)n * width + j];
}

const layer_type layer_last = {.name = "last", .mixes_frames = true, .rule = rule, .forward = forward, .backward = backward};
