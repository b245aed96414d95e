/** Maximum over `width` positions, stride 1, 'same' padding with minus infinity: floor half of width - 1 before them. */
#include "base/error.h"
#include "model/layer.h"

static et_status rule(layer *l, et_error *error)
{
    if (l->options.width < 1) return error_set(error, ET_ERROR_ARGUMENT, "%s: width must be positive", l->name);
    l->out = l->in[0];
    return ET_OK;
}

/* Position of the (first) maximum that output p sees. */
static int winner(const layer *l, const real *x, int p)
{
    int first = p - (l->options.width - 1) / 2, end = first + l->options.width;
    if (first < 0) first = 0;
    if (end > l->out.length) end = l->out.length;
    int best = first;
    for (int q = first + 1; q < end; q++)
        if (x[q] > x[best]) best = q;
    return best;
}

static void forward(const layer *l, const layer_call *c)
{
    int length = l->out.length, rows = c->items * l->out.steps * l->out.channels;
    for (int r = 0; r < rows; r++) {
        const real *x = c->in[0] + (size_t)r * length;
        for (int p = 0; p < length; p++) c->out[(size_t)r * length + p] = x[winner(l, x, p)];
    }
}

static void backward(const layer *l, const layer_call *c)
{
    int length = l->out.length, rows = c->items * l->out.steps * l->out.channels;
    if (c->d_in[0] == NULL) return;
    for (int r = 0; r < rows; r++) {
        const real *x = c->in[0] + (size_t)r * length;
        real *dx = c->d_in[0] + (size_t)r * length;
        for (int p = 0; p < length; p++) dx[winner(l, x, p)] += c->d_out[(size_t)r * length + p];
    }
}

const layer_type layer_max_pool = {
    .name = "max_pool", .keeps_in = true, .keeps_out = true, .rule = rule, .forward = forward, .backward = backward};
