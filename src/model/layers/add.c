/** Sum of two values of one shape: the skip of a residual block (He et al. 2016), CBAM's two gates. */
#include "base/error.h"
#include "model/layer.h"

static et_status rule(layer *l, et_error *error)
{
    l->out = l->in[0];
    if (shape_size(l->in[1]) != shape_size(l->out) || l->in[1].channels != l->out.channels)
        return error_set(error, ET_ERROR_ARGUMENT, "%s: adds values of different shape", l->name);
    return ET_OK;
}

static void forward(const layer *l, const layer_call *c)
{
    size_t count = (size_t)c->items * shape_size(l->out);
    for (size_t j = 0; j < count; j++) c->out[j] = c->in[0][j] + c->in[1][j];
}

static void backward(const layer *l, const layer_call *c)
{
    size_t count = (size_t)c->items * shape_size(l->out);
    for (int i = 0; i < 2; i++)
        for (size_t j = 0; c->d_in[i] && j < count; j++) c->d_in[i][j] += c->d_out[j];
}

const layer_type layer_add = {.name = "add", .rule = rule, .forward = forward, .backward = backward};
