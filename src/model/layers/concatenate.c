/** Joins values along channels: (C1, L), (C2, L) ... -> (C1 + C2 ..., L). */
#include <string.h>

#include "base/error.h"
#include "model/layer.h"

static et_status rule(layer *l, et_error *error)
{
    l->out = l->in[0];
    for (int i = 1; i < l->inputs; i++) {
        if (l->in[i].length != l->out.length || l->in[i].steps != l->out.steps)
            return error_set(error, ET_ERROR_ARGUMENT, "%s: joins values of different length", l->name);
        l->out.channels += l->in[i].channels;
    }
    return ET_OK;
}

static void forward(const layer *l, const layer_call *c)
{
    int steps = c->items * l->out.steps;
    real *y = c->out;
    for (int n = 0; n < steps; n++)
        for (int i = 0; i < l->inputs; i++) {
            size_t width = shape_width(l->in[i]);
            memcpy(y, c->in[i] + (size_t)n * width, width * sizeof *y);
            y += width;
        }
}

static void backward(const layer *l, const layer_call *c)
{
    int steps = c->items * l->out.steps;
    const real *dy = c->d_out;
    for (int n = 0; n < steps; n++)
        for (int i = 0; i < l->inputs; i++) {
            size_t width = shape_width(l->in[i]);
            if (c->d_in[i])
                for (size_t j = 0; j < width; j++) c->d_in[i][(size_t)n * width + j] += dy[j];
            dy += width;
        }
}

const layer_type layer_concatenate = {.name = "concatenate", .rule = rule, .forward = forward, .backward = backward};
