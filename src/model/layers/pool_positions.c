/** Mean or maximum over positions of each channel: (C, L) -> (C, 1); both: the means, then the maxima, (2C, 1). */
#include "base/error.h"
#include "model/layer.h"

static et_status rule(layer *l, et_error *error)
{
    if (!l->options.mean && !l->options.max) return error_set(error, ET_ERROR_ARGUMENT, "%s: pools nothing", l->name);
    l->out = l->in[0];
    l->out.channels *= l->options.mean + l->options.max;
    l->out.length = 1;
    return ET_OK;
}

static int winner(const real *x, int length)
{
    int best = 0;
    for (int p = 1; p < length; p++)
        if (x[p] > x[best]) best = p;
    return best;
}

static void forward(const layer *l, const layer_call *c)
{
    int channels = l->in[0].channels, length = l->in[0].length, steps = c->items * l->out.steps;
    for (int n = 0; n < steps; n++)
        for (int k = 0; k < channels; k++) {
            const real *x = c->in[0] + ((size_t)n * channels + k) * length;
            real *y = c->out + (size_t)n * l->out.channels, sum = 0;
            for (int p = 0; p < length; p++) sum += x[p];
            if (l->options.mean) y[k] = sum / (real)length;
            if (l->options.max) y[(l->options.mean ? channels : 0) + k] = x[winner(x, length)];
        }
}

static void backward(const layer *l, const layer_call *c)
{
    int channels = l->in[0].channels, length = l->in[0].length, steps = c->items * l->out.steps;
    if (c->d_in[0] == NULL) return;
    for (int n = 0; n < steps; n++)
        for (int k = 0; k < channels; k++) {
            const real *x = c->in[0] + ((size_t)n * channels + k) * length, *dy = c->d_out + (size_t)n * l->out.channels;
            real *dx = c->d_in[0] + ((size_t)n * channels + k) * length;
            for (int p = 0; l->options.mean && p < length; p++) dx[p] += dy[k] / (real)length;
            if (l->options.max) dx[winner(x, length)] += dy[(l->options.mean ? channels : 0) + k];
        }
}

const layer_type layer_pool_positions = {
    .name = "pool_positions", .keeps_in = true, .rule = rule, .forward = forward, .backward = backward};
