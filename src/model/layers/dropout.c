/** Dropout (Srivastava et al. 2014), inverted: in training a number is zero with probability `rate`, else divided by 1 -
 *  rate. */
#include "model/layers/dropout.h"

#include "base/error.h"
#include "model/layer.h"

static et_status rule(layer *l, et_error *error)
{
    if (!(l->options.rate >= 0 && l->options.rate < 1))
        return error_set(error, ET_ERROR_ARGUMENT, "%s: dropout rate %g is not in [0, 1)", l->name, (double)l->options.rate);
    l->out = l->in[0];
    return ET_OK;
}

static real factor(const layer *l, uint32_t key, uint32_t place)
{
    bool dropped = dropout_hash(key + place) < dropout_threshold((double)l->options.rate);
    return dropped ? 0 : 1 / (1 - l->options.rate);
}

static void forward(const layer *l, const layer_call *c)
{
    uint32_t size = (uint32_t)shape_size(l->out);
    for (int n = 0; n < c->items; n++) {
        uint32_t key = dropout_key(c->seed, c->first + (size_t)n);
        const real *x = c->in[0] + (size_t)n * size;
        real *y = c->out + (size_t)n * size;
        for (uint32_t j = 0; j < size; j++) y[j] = c->training ? x[j] * factor(l, key, j) : x[j];
    }
}

static void backward(const layer *l, const layer_call *c)
{
    uint32_t size = (uint32_t)shape_size(l->out);
    if (c->d_in[0] == NULL) return;
    for (int n = 0; n < c->items; n++) {
        uint32_t key = dropout_key(c->seed, c->first + (size_t)n);
        for (uint32_t j = 0; j < size; j++)
            c->d_in[0][(size_t)n * size + j] += c->d_out[(size_t)n * size + j] * factor(l, key, j);
    }
}

const layer_type layer_dropout = {.name = "dropout", .rule = rule, .forward = forward, .backward = backward};
