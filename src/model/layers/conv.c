/** Convolution along the feature axis, stride 1, 'same' padding: (w - 1) d zeros in all, floor half before them.
 *  (Ci, L) -> (Co, L):  y[o][p] = b[o] + sum_i,t  w[o][i][t] x[i][p + t d - before] */
#include "base/error.h"
#include "model/layer.h"

enum { WEIGHT, BIAS };

static et_status rule(layer *l, et_error *error)
{
    const layer_options *o = &l->options;
    if (o->channels < 1 || o->width < 1 || o->dilation < 1)
        return error_set(error, ET_ERROR_ARGUMENT, "%s: channels, width and dilation must be positive", l->name);
    int in = l->in[0].channels;
    l->out = l->in[0];
    l->out.channels = o->channels;
    layer_declare(l, "weight", TENSOR_WEIGHT, START_GLOROT, o->channels, in, o->width);
    layer_declare(l, "bias", TENSOR_BIAS, START_ZERO, o->channels, 0, 0);
    return ET_OK;
}

/* Positions p for which p + shift lies in the signal. */
static void taps(int length, int shift, int *begin, int *end)
{
    *begin = shift < 0 ? -shift : 0;
    *end = shift > 0 ? length - shift : length;
}

static void forward(const layer *l, const layer_call *c)
{
    int in = l->in[0].channels, out = l->out.channels, length = l->out.length, width = l->options.width;
    int before = (width - 1) * l->options.dilation / 2;
    const real *weight = layer_parameter(l, c, WEIGHT), *bias = layer_parameter(l, c, BIAS);
    int steps = c->items * l->out.steps;
    for (int n = 0; n < steps; n++)
        for (int o = 0; o < out; o++) {
            real *y = c->out + ((size_t)n * out + o) * length;
            for (int p = 0; p < length; p++) y[p] = bias[o];
            for (int i = 0; i < in; i++)
                for (int t = 0; t < width; t++) {
                    const real *x = c->in[0] + ((size_t)n * in + i) * length;
                    real w = weight[((size_t)o * in + i) * width + t];
                    int shift = t * l->options.dilation - before, begin, end;
                    taps(length, shift, &begin, &end);
                    for (int p = begin; p < end; p++) y[p] += w * x[p + shift];
                }
        }
}

static void backward_tap(const layer *l, const layer_call *c, int n, int o, int i, int t)
{
    int in = l->in[0].channels, out = l->out.channels, length = l->out.length, width = l->options.width;
    int shift = t * l->options.dilation - (width - 1) * l->options.dilation / 2, begin, end;
    taps(length, shift, &begin, &end);
    const real *x = c->in[0] + ((size_t)n * in + i) * length;
    const real *dy = c->d_out + ((size_t)n * out + o) * length;
    size_t place = ((size_t)o * in + i) * width + t;
    real sum = 0;
    for (int p = begin; p < end; p++) sum += dy[p] * x[p + shift];
    layer_gradient(l, c, WEIGHT)[place] += sum;
    if (c->d_in[0] == NULL) return;
    real *dx = c->d_in[0] + ((size_t)n * in + i) * length;
    real w = layer_parameter(l, c, WEIGHT)[place];
    for (int p = begin; p < end; p++) dx[p + shift] += w * dy[p];
}

static void backward(const layer *l, const layer_call *c)
{
    int steps = c->items * l->out.steps, out = l->out.channels, length = l->out.length;
    for (int n = 0; n < steps; n++)
        for (int o = 0; o < out; o++) {
            const real *dy = c->d_out + ((size_t)n * out + o) * length;
            real sum = 0;
            for (int p = 0; p < length; p++) sum += dy[p];
            layer_gradient(l, c, BIAS)[o] += sum;
            for (int i = 0; i < l->in[0].channels; i++)
                for (int t = 0; t < l->options.width; t++) backward_tap(l, c, n, o, i, t);
        }
}

const layer_type layer_conv = {.name = "conv", .keeps_in = true, .rule = rule, .forward = forward, .backward = backward};
