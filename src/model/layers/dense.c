/** Fully connected, step by step: (C, L) read as a vector of C L numbers -> (O, 1):  y = W x + b. */
#include "base/error.h"
#include "model/layer.h"

enum { WEIGHT, BIAS };

static et_status rule(layer *l, et_error *error)
{
    int in = (int)shape_width(l->in[0]), out = l->options.channels;
    if (out < 1) return error_set(error, ET_ERROR_ARGUMENT, "%s: outputs must be positive", l->name);
    l->out = l->in[0];
    l->out.channels = out;
    l->out.length = 1;
    layer_declare(l, "weight", TENSOR_WEIGHT, START_GLOROT, out, in, 0);
    layer_declare(l, "bias", TENSOR_BIAS, START_ZERO, out, 0, 0);
    return ET_OK;
}

static void forward(const layer *l, const layer_call *c)
{
    int in = (int)shape_width(l->in[0]), out = l->out.channels, steps = c->items * l->out.steps;
    const real *weight = layer_parameter(l, c, WEIGHT), *bias = layer_parameter(l, c, BIAS);
    for (int n = 0; n < steps; n++)
        for (int o = 0; o < out; o++) {
            const real *x = c->in[0] + (size_t)n * in, *w = weight + (size_t)o * in;
            real sum = bias[o];
            for (int i = 0; i < in; i++) sum += w[i] * x[i];
            c->out[(size_t)n * out + o] = sum;
        }
}

static void backward(const layer *l, const layer_call *c)
{
    int in = (int)shape_width(l->in[0]), out = l->out.channels, steps = c->items * l->out.steps;
    const real *weight = layer_parameter(l, c, WEIGHT);
    for (int n = 0; n < steps; n++)
        for (int o = 0; o < out; o++) {
            const real *x = c->in[0] + (size_t)n * in;
            real dy = c->d_out[(size_t)n * out + o], *dw = layer_gradient(l, c, WEIGHT) + (size_t)o * in;
            layer_gradient(l, c, BIAS)[o] += dy;
            for (int i = 0; i < in; i++) dw[i] += dy * x[i];
            for (int i = 0; c->d_in[0] && i < in; i++) c->d_in[0][(size_t)n * in + i] += dy * weight[(size_t)o * in + i];
        }
}

const layer_type layer_dense = {.name = "dense", .keeps_in = true, .rule = rule, .forward = forward, .backward = backward};
