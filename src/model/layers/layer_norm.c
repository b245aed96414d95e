/** Layer normalisation over all channels and positions of a step (Ba et al. 2016), scale and offset per channel. */
#include <tgmath.h>

#include "model/layer.h"

enum { SCALE, OFFSET };
static const real epsilon = (real)1e-5;

static et_status rule(layer *l, et_error *error)
{
    (void)error;
    l->out = l->in[0];
    layer_declare(l, "scale", TENSOR_BIAS, START_ONE, l->out.channels, 0, 0);
    layer_declare(l, "offset", TENSOR_BIAS, START_ZERO, l->out.channels, 0, 0);
    l->saved = 2 * (size_t)l->out.steps; /* mean, 1 / deviation */
    return ET_OK;
}

static void forward(const layer *l, const layer_call *c)
{
    int length = l->out.length, width = (int)shape_width(l->out), steps = c->items * l->out.steps;
    for (int n = 0; n < steps; n++) {
        const real *x = c->in[0] + (size_t)n * width;
        real mean = 0, variance = 0;
        for (int j = 0; j < width; j++) mean += x[j];
        mean /= (real)width;
        for (int j = 0; j < width; j++) variance += (x[j] - mean) * (x[j] - mean);
        real inverse = 1 / sqrt(variance / (real)width + epsilon);
        for (int j = 0; j < width; j++)
            c->out[(size_t)n * width + j] = (x[j] - mean) * inverse * layer_parameter(l, c, SCALE)[j / length] +
                                            layer_parameter(l, c, OFFSET)[j / length];
        c->saved[2 * n] = mean;
        c->saved[2 * n + 1] = inverse;
    }
}

static void backward(const layer *l, const layer_call *c)
{
    int length = l->out.length, width = (int)shape_width(l->out), steps = c->items * l->out.steps;
    const real *scale = layer_parameter(l, c, SCALE);
    for (int n = 0; n < steps; n++) {
        const real *x = c->in[0] + (size_t)n * width, *dy = c->d_out + (size_t)n * width;
        real mean = c->saved[2 * n], inverse = c->saved[2 * n + 1], mean_g = 0, mean_gx = 0;
        for (int j = 0; j < width; j++) {
            real normal = (x[j] - mean) * inverse, g = dy[j] * scale[j / length];
            mean_g += g / (real)width;
            mean_gx += g * normal / (real)width;
            layer_gradient(l, c, SCALE)[j / length] += dy[j] * normal;
            layer_gradient(l, c, OFFSET)[j / length] += dy[j];
        }
        if (c->d_in[0] == NULL) continue;
        for (int j = 0; j < width; j++)
            c->d_in[0][(size_t)n * width + j] +=
                inverse * (dy[j] * scale[j / length] - mean_g - (x[j] - mean) * inverse * mean_gx);
    }
}

const layer_type layer_layer_norm = {
    .name = "layer_norm", .keeps_in = true, .rule = rule, .forward = forward, .backward = backward};
