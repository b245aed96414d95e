/** Mean and maximum over channels at each position: (C, L) -> (2, L); with one of the two only, (1, L). */
#include "base/error.h"
#include "model/layer.h"

static et_status rule(layer *l, et_error *error)
{
    if (!l->options.mean && !l->options.max) return error_set(error, ET_ERROR_ARGUMENT, "%s: pools nothing", l->name);
    l->out = l->in[0];
    l->out.channels = l->options.mean + l->options.max;
    return ET_OK;
}

static int winner(const real *x, int channels, int length)
{
    int best = 0;
    for (int k = 1; k < channels; k++)
        if (x[(size_t)k * length] > x[(size_t)best * length]) best = k;
    return best;
}

static void forward(const layer *l, const layer_call *c)
{
    int channels = l->in[0].channels, length = l->out.length, steps = c->items * l->out.steps;
    for (int n = 0; n < steps; n++)
        for (int p = 0; p < length; p++) {
            const real *x = c->in[0] + (size_t)n * channels * length + p;
            real *y = c->out + (size_t)n * l->out.channels * length + p, sum = 0;
            for (int k = 0; k < channels; k++) sum += x[(size_t)k * length];
            if (l->options.mean) y[0] = sum / (real)channels;
            if (l->options.max) y[l->options.mean ? length : 0] = x[(size_t)winner(x, channels, length) * length];
        }
}

static void backward(const layer *l, const layer_call *c)
{
    int channels = l->in[0].channels, length = l->out.length, steps = c->items * l->out.steps;
    if (c->d_in[0] == NULL) return;
    for (int n = 0; n < steps; n++)
        for (int p = 0; p < length; p++) {
            const real *x = c->in[0] + (size_t)n * channels * length + p;
            const real *dy = c->d_out + (size_t)n * l->out.channels * length + p;
            real *dx = c->d_in[0] + (size_t)n * channels * length + p;
            for (int k = 0; l->options.mean && k < channels; k++) dx[(size_t)k * length] += dy[0] / (real)channels;
            if (l->options.max) dx[(size_t)winner(x, channels, length) * length] += dy[l->options.mean ? length : 0];
        }
}

const layer_type layer_pool_channels = {
    .name = "pool_channels", .keeps_in = true, .rule = rule, .forward = forward, .backward = backward};
