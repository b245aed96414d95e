/** Scaled dot-product attention over the steps of a sequence, head by head (Vaswani et al. 2017):
 *  queries, keys, values (K, D each) -> (K, D):  y_q = sum_s softmax_s(q . k_s / sqrt(D / heads)) v_s. */
#include <tgmath.h>

#include "base/error.h"
#include "model/layer.h"

enum { QUERY, KEY, VALUE };

static et_status rule(layer *l, et_error *error)
{
    size_t width = shape_width(l->in[0]);
    int heads = l->options.heads;
    if (heads < 1 || width % (size_t)heads != 0)
        return error_set(error, ET_ERROR_ARGUMENT, "%s: %zu key channels cannot be shared by %d heads", l->name, width,
                         heads);
    if (shape_size(l->in[KEY]) != shape_size(l->in[0]) || shape_size(l->in[VALUE]) != shape_size(l->in[0]))
        return error_set(error, ET_ERROR_ARGUMENT, "%s: queries, keys and values differ in shape", l->name);
    l->out = l->in[0];
    l->saved = (size_t)heads * l->out.steps * l->out.steps; /* the weights: heads x query x key */
    l->scratch = (size_t)l->out.steps;
    return ET_OK;
}

static void head_forward(const layer *l, const layer_call *c, int n, int head, int q)
{
    int steps = l->out.steps, width = (int)shape_width(l->out), size = width / l->options.heads;
    size_t item = (size_t)n * steps * width + (size_t)head * size;
    const real *query = c->in[QUERY] + item + (size_t)q * width;
    real *weight = c->saved + (((size_t)n * l->options.heads + head) * steps + q) * steps, most = 0, sum = 0;
    for (int s = 0; s < steps; s++) {
        weight[s] = 0;
        for (int j = 0; j < size; j++) weight[s] += query[j] * c->in[KEY][item + (size_t)s * width + j];
        weight[s] /= sqrt((real)size);
        if (s == 0 || weight[s] > most) most = weight[s];
    }
    for (int s = 0; s < steps; s++) sum += weight[s] = exp(weight[s] - most);
    for (int s = 0; s < steps; s++) weight[s] /= sum;
    for (int j = 0; j < size; j++) {
        real y = 0;
        for (int s = 0; s < steps; s++) y += weight[s] * c->in[VALUE][item + (size_t)s * width + j];
        c->out[item + (size_t)q * width + j] = y;
    }
}

static void forward(const layer *l, const layer_call *c)
{
    for (int n = 0; n < c->items; n++)
        for (int head = 0; head < l->options.heads; head++)
            for (int q = 0; q < l->out.steps; q++) head_forward(l, c, n, head, q);
}

static void head_backward(const layer *l, const layer_call *c, int n, int head, int q)
{
    int steps = l->out.steps, width = (int)shape_width(l->out), size = width / l->options.heads;
    size_t item = (size_t)n * steps * width + (size_t)head * size, row = item + (size_t)q * width;
    const real *weight = c->saved + (((size_t)n * l->options.heads + head) * steps + q) * steps;
    real *d_weight = c->scratch, mean = 0;
    for (int s = 0; s < steps; s++) {
        d_weight[s] = 0;
        for (int j = 0; j < size; j++) {
            d_weight[s] += c->d_out[row + j] * c->in[VALUE][item + (size_t)s * width + j];
            c->d_in[VALUE][item + (size_t)s * width + j] += weight[s] * c->d_out[row + j];
        }
        mean += weight[s] * d_weight[s];
    }
    for (int s = 0; s < steps; s++) {
        real d_score = weight[s] * (d_weight[s] - mean) / sqrt((real)size);
        for (int j = 0; j < size; j++) {
            c->d_in[QUERY][row + j] += d_score * c->in[KEY][item + (size_t)s * width + j];
            c->d_in[KEY][item + (size_t)s * width + j] += d_score * c->in[QUERY][row + j];
        }
    }
}

static void backward(const layer *l, const layer_call *c)
{
    for (int n = 0; n < c->items; n++)
        for (int head = 0; head < l->options.heads; head++)
            for (int q = 0; q < l->out.steps; q++) head_backward(l, c, n, head, q);
}

const layer_type layer_attend = {
    .name = "attend", .keeps_in = true, .mixes_frames = true, .rule = rule, .forward = forward, .backward = backward};
