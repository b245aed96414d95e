/* Mirrors dense.c and lstm_input.c: y = W x + b, step by step. */
#include "cuda/layer.h"
#include "cuda/products.h"

namespace
{
/* A matrix with its bias: rows `outputs` of W (outputs x in); y and dy have `stride` numbers from step to step. */
struct map {
    int steps, in, outputs;
    size_t stride;
    const float *weight, *bias;
};

device_fault map_forward(const map &m, const float *x, float *y, const device_call *c)
{
    auto in = (size_t)m.in;
    TRY(repeat_row(m.bias, m.steps, m.outputs, y, m.stride, c->stream));
    return product(c->blas, m.steps, m.outputs, m.in, {x, in, false}, {m.weight, in, true}, 1, y, m.stride);
}

/* d_weight = dy' x, d_bias = sum of dy, dx = dy W. */
device_fault map_backward(const map &m, const float *x, const float *dy, float *dx, bool add, float *d_weight, float *d_bias,
                          const device_call *c)
{
    auto in = (size_t)m.in;
    TRY(product(c->blas, m.outputs, m.in, m.steps, {dy, m.stride, true}, {x, in, false}, 0, d_weight, in));
    TRY(column_sum(dy, m.stride, m.steps, m.outputs, d_bias, c->stream));
    if (!dx) return 0;
    return product(c->blas, m.steps, m.in, m.outputs, {dy, m.stride, false}, {m.weight, in, false}, add ? 1.0f : 0.0f, dx,
                   in);
}

/* ---- dense: (C, L) read as a vector of C L numbers -> (O, 1)
 * -------------------------------------------------------------- */

map dense_map(const layer *l, const device_call *c)
{
    return {c->items * l->out.steps, (int)shape_width(l->in[0]), l->out.channels,
            (size_t)l->out.channels, device_parameter(l, c, 0),  device_parameter(l, c, 1)};
}

device_fault dense_forward(const layer *l, const device_call *c)
{
    return map_forward(dense_map(l, c), c->in[0], c->out, c);
}

device_fault dense_backward(const layer *l, const device_call *c)
{
    return map_backward(dense_map(l, c), c->in[0], c->d_out, c->d_in[0], c->add[0], device_gradient(l, c, 0),
                        device_gradient(l, c, 1), c);
}

/* ---- lstm_input: I numbers -> (8H, 1), forward direction's gates, then the backward direction's
 * ------------------------------ */

map gates_map(const layer *l, const device_call *c, int direction)
{
    int gates = l->out.channels / 2;
    return {c->items * l->out.steps,
            (int)shape_width(l->in[0]),
            gates,
            2 * (size_t)gates,
            device_parameter(l, c, 2 * direction),
            device_parameter(l, c, 2 * direction + 1)};
}

device_fault gates_forward(const layer *l, const device_call *c)
{
    for (int d = 0; d < 2; d++) TRY(map_forward(gates_map(l, c, d), c->in[0], c->out + d * (l->out.channels / 2), c));
    return 0;
}

device_fault gates_backward(const layer *l, const device_call *c)
{
    for (int d = 0; d < 2; d++)
        TRY(map_backward(gates_map(l, c, d), c->in[0], c->d_out + d * (l->out.channels / 2), c->d_in[0], c->add[0] || d > 0,
                         device_gradient(l, c, 2 * d), device_gradient(l, c, 2 * d + 1), c));
    return 0;
}
} // namespace

extern "C" const device_layer device_dense = {"dense", dense_forward, dense_backward, nullptr, false};
extern "C" const device_layer device_lstm_input = {"lstm_input", gates_forward, gates_backward, nullptr, false};
