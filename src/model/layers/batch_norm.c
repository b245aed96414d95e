/** Batch normalisation per channel over frames and positions (Ioffe and Szegedy 2015):  y = scale (x - mean) / sqrt(var +
 *  eps) + offset. Training uses the batch's statistics and moves the running averages by a tenth; answering uses the running
 *  averages. */
#include <tgmath.h>

#include "model/layer.h"

enum { SCALE, OFFSET, MEAN, VARIANCE };
static const double epsilon = 1e-5, decay = 0.1;

static et_status rule(layer *l, et_error *error)
{
    (void)error;
    int channels = l->in[0].channels;
    l->out = l->in[0];
    layer_declare(l, "scale", TENSOR_BIAS, START_ONE, channels, 0, 0);
    layer_declare(l, "offset", TENSOR_BIAS, START_ZERO, channels, 0, 0);
    layer_declare(l, "mean", TENSOR_STATE, START_ZERO, channels, 0, 0);
    layer_declare(l, "variance", TENSOR_STATE, START_ONE, channels, 0, 0);
    l->shared = 4 * (size_t)channels; /* mean, 1 / deviation; mean of dy, mean of dy * normalised x */
    l->sums = 2 * (size_t)channels;
    return ET_OK;
}

static void forward(const layer *l, const layer_call *c)
{
    int channels = l->out.channels, length = l->out.length, rows = c->items * l->out.steps * channels;
    for (int r = 0; r < rows; r++) {
        int k = r % channels;
        real mean = c->training ? c->shared[k] : layer_parameter(l, c, MEAN)[k];
        real inverse = c->training ? c->shared[channels + k] : 1 / sqrt(layer_parameter(l, c, VARIANCE)[k] + (real)epsilon);
        real scale = layer_parameter(l, c, SCALE)[k] * inverse;
        real offset = layer_parameter(l, c, OFFSET)[k] - mean * scale;
        for (int p = 0; p < length; p++) c->out[(size_t)r * length + p] = c->in[0][(size_t)r * length + p] * scale + offset;
    }
}

static void backward(const layer *l, const layer_call *c)
{
    int channels = l->out.channels, length = l->out.length, rows = c->items * l->out.steps * channels;
    for (int r = 0; r < rows; r++) {
        int k = r % channels;
        real mean = c->shared[k], inverse = c->shared[channels + k];
        real mean_dy = c->shared[2 * channels + k], mean_dyx = c->shared[3 * channels + k];
        real scale = layer_parameter(l, c, SCALE)[k] * inverse, sum = 0, sum_x = 0;
        for (int p = 0; p < length; p++) {
            real x = (c->in[0][(size_t)r * length + p] - mean) * inverse, dy = c->d_out[(size_t)r * length + p];
            if (c->d_in[0]) c->d_in[0][(size_t)r * length + p] += scale * (dy - mean_dy - x * mean_dyx);
            sum += dy;
            sum_x += dy * x;
        }
        layer_gradient(l, c, SCALE)[k] += sum_x;
        layer_gradient(l, c, OFFSET)[k] += sum;
    }
}

static void forward_sums(const layer *l, const layer_call *c, double *sums)
{
    int channels = l->out.channels, length = l->out.length, rows = c->items * l->out.steps * channels;
    for (int r = 0; r < rows; r++)
        for (int p = 0; p < length; p++) {
            double x = (double)c->in[0][(size_t)r * length + p];
            sums[r % channels] += x;
            sums[channels + r % channels] += x * x;
        }
}

static void backward_sums(const layer *l, const layer_call *c, double *sums)
{
    int channels = l->out.channels, length = l->out.length, rows = c->items * l->out.steps * channels;
    for (int r = 0; r < rows; r++)
        for (int p = 0; p < length; p++) {
            int k = r % channels;
            double dy = (double)c->d_out[(size_t)r * length + p];
            sums[k] += dy;
            sums[channels + k] += dy * (double)((c->in[0][(size_t)r * length + p] - c->shared[k]) * c->shared[channels + k]);
        }
}

static void forward_share(const layer *l, const double *sums, size_t items, real *shared, real *parameters)
{
    int channels = l->out.channels;
    double count = (double)items * l->out.steps * l->out.length;
    for (int k = 0; k < channels; k++) {
        double mean = sums[k] / count, variance = fmax(sums[channels + k] / count - mean * mean, 0.0);
        shared[k] = (real)mean;
        shared[channels + k] = (real)(1 / sqrt(variance + epsilon));
        real *running_mean = parameters + l->tensor[MEAN].offset + k;
        real *running_variance = parameters + l->tensor[VARIANCE].offset + k;
        double unbiased = count > 1 ? variance * count / (count - 1) : variance;
        *running_mean = (real)((1 - decay) * (double)*running_mean + decay * mean);
        *running_variance = (real)((1 - decay) * (double)*running_variance + decay * unbiased);
    }
}

static void backward_share(const layer *l, const double *sums, size_t items, real *shared)
{
    double count = (double)items * l->out.steps * l->out.length;
    for (int k = 0; k < 2 * l->out.channels; k++) shared[2 * l->out.channels + k] = (real)(sums[k] / count);
}

const layer_type layer_batch_norm = {
    .name = "batch_norm",
    .keeps_in = true,
    .rule = rule,
    .forward = forward,
    .backward = backward,
    .forward_sums = forward_sums,
    .backward_sums = backward_sums,
    .forward_share = forward_share,
    .backward_share = backward_share,
};
