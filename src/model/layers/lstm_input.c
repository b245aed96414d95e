/** What an LSTM's gates get from its input, both directions: a step's vector of I numbers -> (8H, 1).
 *  Rows: forward direction's input, forget, cell and output gate (H each), then the backward direction's four. It looks at
 *  one step alone, so that above a trunk it is still part of a frame. */
#include "base/error.h"
#include "model/layer.h"

static et_status rule(layer *l, et_error *error)
{
    int in = (int)shape_width(l->in[0]), gates = 4 * l->options.channels;
    if (l->options.channels < 1) return error_set(error, ET_ERROR_ARGUMENT, "%s: hidden units must be positive", l->name);
    l->out = l->in[0];
    l->out.channels = 2 * gates;
    l->out.length = 1;
    static const char *const names[2][2] = {{"forward.weight_input", "forward.bias"},
                                            {"backward.weight_input", "backward.bias"}};
    for (int d = 0; d < 2; d++) {
        layer_declare(l, names[d][0], TENSOR_WEIGHT, START_GLOROT, gates, in, 0);
        layer_declare(l, names[d][1], TENSOR_BIAS, START_FORGET, gates, 0, 0);
    }
    return ET_OK;
}

static void forward(const layer *l, const layer_call *c)
{
    int in = (int)shape_width(l->in[0]), gates = l->out.channels / 2, steps = c->items * l->out.steps;
    for (int n = 0; n < steps; n++)
        for (int g = 0; g < 2 * gates; g++) {
            const real *x = c->in[0] + (size_t)n * in;
            const real *w = layer_parameter(l, c, 2 * (g / gates)) + (size_t)(g % gates) * in;
            real sum = layer_parameter(l, c, 2 * (g / gates) + 1)[g % gates];
            for (int i = 0; i < in; i++) sum += w[i] * x[i];
            c->out[(size_t)n * 2 * gates + g] = sum;
        }
}

static void backward(const layer *l, const layer_call *c)
{
    int in = (int)shape_width(l->in[0]), gates = l->out.channels / 2, steps = c->items * l->out.steps;
    for (int n = 0; n < steps; n++)
        for (int g = 0; g < 2 * gates; g++) {
            const real *x = c->in[0] + (size_t)n * in;
            const real *w = layer_parameter(l, c, 2 * (g / gates)) + (size_t)(g % gates) * in;
            real *dw = layer_gradient(l, c, 2 * (g / gates)) + (size_t)(g % gates) * in;
            real dy = c->d_out[(size_t)n * 2 * gates + g];
            layer_gradient(l, c, 2 * (g / gates) + 1)[g % gates] += dy;
            for (int i = 0; i < in; i++) dw[i] += dy * x[i];
            for (int i = 0; c->d_in[0] && i < in; i++) c->d_in[0][(size_t)n * in + i] += dy * w[i];
        }
}

const layer_type layer_lstm_input = {
    .name = "lstm_input", .keeps_in = true, .rule = rule, .forward = forward, .backward = backward};
