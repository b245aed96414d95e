/* Mirrors batch_norm.c and layer_norm.c. */
#include "cuda/channel_sums.h"
#include "cuda/each.h"
#include "cuda/layer.h"

namespace
{
enum { SCALE, OFFSET, MEAN, VARIANCE };
const float epsilon = 1e-5f;

/* ---- batch norm: per channel over frames and positions
 * -------------------------------------------------------------------- */

struct map_shape {
    size_t channels, length;
    __device__ size_t at(size_t n, int k, int p) const { return (n * channels + (size_t)k) * length + (size_t)p; }
    __device__ size_t channel(size_t j) const { return j / length % channels; }
};

/* Sums of x and x^2 become the batch's mean and 1 / deviation, and move the running averages by a tenth. */
struct batch_statistics {
    map_shape s;
    const float *x;
    double count;
    float *mean, *inverse, *running_mean, *running_variance;
    __device__ void terms(size_t n, int k, int p, double *first, double *second) const
    {
        double value = (double)x[s.at(n, k, p)];
        *first += value;
        *second += value * value;
    }
    __device__ void finish(int k, double first, double second) const
    {
        const double decay = 0.1;
        double m = first / count, v = fmax(second / count - m * m, 0.0);
        mean[k] = (float)m;
        inverse[k] = (float)(1 / sqrt(v + 1e-5));
        double unbiased = count > 1 ? v * count / (count - 1) : v;
        running_mean[k] = (float)((1 - decay) * (double)running_mean[k] + decay * m);
        running_variance[k] = (float)((1 - decay) * (double)running_variance[k] + decay * unbiased);
    }
};

struct batch_forward_body {
    map_shape s;
    const float *x, *scale, *offset, *mean, *variance, *inverse; /* `inverse` when training, else NULL */
    float *y;
    __device__ void at(size_t j) const
    {
        size_t k = s.channel(j);
        float weight = scale[k] * (inverse ? inverse[k] : 1 / sqrtf(variance[k] + epsilon));
        y[j] = x[j] * weight + (offset[k] - mean[k] * weight);
    }
};

device_fault batch_forward(const layer *l, const device_call *c)
{
    int channels = l->out.channels, length = l->out.length, steps = c->items * l->out.steps;
    map_shape s = {(size_t)channels, (size_t)length};
    float *mean = c->parameters + l->tensor[MEAN].offset, *variance = c->parameters + l->tensor[VARIANCE].offset;
    batch_forward_body body = {
        s, c->in[0], device_parameter(l, c, SCALE), device_parameter(l, c, OFFSET), mean, variance, nullptr, c->out};
    if (c->training) {
        TRY(channel_sums(
            batch_statistics{s, c->in[0], (double)steps * length, c->shared, c->shared + channels, mean, variance}, steps,
            channels, length, c->scratch, c->stream));
        body.mean = c->shared;
        body.inverse = c->shared + channels;
    }
    return each(device_count(l, c), c->stream, body);
}

/* Sums of dy and dy * normalised x: gradients of offset and scale, and their means for dx. */
struct batch_gradients {
    map_shape s;
    const float *x, *dy, *mean, *inverse;
    double count;
    float *mean_dy, *mean_dyx, *d_scale, *d_offset;
    __device__ void terms(size_t n, int k, int p, double *first, double *second) const
    {
        size_t j = s.at(n, k, p);
        *first += (double)dy[j];
        *second += (double)dy[j] * (double)((x[j] - mean[k]) * inverse[k]);
    }
    __device__ void finish(int k, double first, double second) const
    {
        mean_dy[k] = (float)(first / count);
        mean_dyx[k] = (float)(second / count);
        d_offset[k] = (float)first;
        d_scale[k] = (float)second;
    }
};

struct batch_backward_body {
    map_shape s;
    const float *x, *dy, *scale, *mean, *inverse, *mean_dy, *mean_dyx;
    float *dx;
    bool add;
    __device__ void at(size_t j) const
    {
        size_t k = s.channel(j);
        float normal = (x[j] - mean[k]) * inverse[k];
        give(dx + j, add, scale[k] * inverse[k] * (dy[j] - mean_dy[k] - normal * mean_dyx[k]));
    }
};

device_fault batch_backward(const layer *l, const device_call *c)
{
    int channels = l->out.channels, length = l->out.length, steps = c->items * l->out.steps;
    map_shape s = {(size_t)channels, (size_t)length};
    float *mean = c->shared, *inverse = mean + channels, *mean_dy = inverse + channels, *mean_dyx = mean_dy + channels;
    TRY(channel_sums(batch_gradients{s, c->in[0], c->d_out, mean, inverse, (double)steps * length, mean_dy, mean_dyx,
                                     device_gradient(l, c, SCALE), device_gradient(l, c, OFFSET)},
                     steps, channels, length, c->scratch, c->stream));
    if (!c->d_in[0]) return 0;
    return each(device_count(l, c), c->stream,
                batch_backward_body{s, c->in[0], c->d_out, device_parameter(l, c, SCALE), mean, inverse, mean_dy, mean_dyx,
                                    c->d_in[0], c->add[0]});
}

size_t sums_scratch(const layer *l, int, bool training)
{
    return training ? channel_sums_scratch(l->out.channels) : 0;
}

/* ---- layer norm: a block for each step, over its channels and positions
 * ------------------------------------------------------- */

enum { STEP_THREADS = 256 };

struct layer_arguments {
    const float *x, *scale, *offset, *dy;
    float *y, *dx, *saved; /* saved: mean, 1 / deviation of each step */
    int width, length;
    bool add;
};

__global__ void layer_forward_kernel(layer_arguments a)
{
    SHARED(float, scratch);
    const float *x = a.x + (size_t)blockIdx.x * (size_t)a.width;
    float *y = a.y + (size_t)blockIdx.x * (size_t)a.width, sum = 0, squares = 0;
    for (int j = (int)threadIdx.x; j < a.width; j += STEP_THREADS) sum += x[j];
    float mean = block_sum(sum, scratch) / (float)a.width;
    for (int j = (int)threadIdx.x; j < a.width; j += STEP_THREADS) squares += (x[j] - mean) * (x[j] - mean);
    float inverse = 1 / sqrtf(block_sum(squares, scratch) / (float)a.width + epsilon);
    for (int j = (int)threadIdx.x; j < a.width; j += STEP_THREADS)
        y[j] = (x[j] - mean) * inverse * a.scale[j / a.length] + a.offset[j / a.length];
    if (threadIdx.x == 0 && a.saved) {
        a.saved[2 * blockIdx.x] = mean;
        a.saved[2 * blockIdx.x + 1] = inverse;
    }
}

__global__ void layer_backward_kernel(layer_arguments a)
{
    SHARED(float, scratch);
    size_t start = (size_t)blockIdx.x * (size_t)a.width;
    const float *x = a.x + start, *dy = a.dy + start;
    float mean = a.saved[2 * blockIdx.x], inverse = a.saved[2 * blockIdx.x + 1], g_sum = 0, gx_sum = 0;
    for (int j = (int)threadIdx.x; j < a.width; j += STEP_THREADS) {
        float g = dy[j] * a.scale[j / a.length];
        g_sum += g;
        gx_sum += g * (x[j] - mean) * inverse;
    }
    float mean_g = block_sum(g_sum, scratch) / (float)a.width, mean_gx = block_sum(gx_sum, scratch) / (float)a.width;
    for (int j = (int)threadIdx.x; j < a.width; j += STEP_THREADS)
        give(a.dx + start + j, a.add,
             inverse * (dy[j] * a.scale[j / a.length] - mean_g - (x[j] - mean) * inverse * mean_gx));
}

struct layer_gradients {
    map_shape s;
    const float *x, *dy, *saved;
    float *d_scale, *d_offset;
    __device__ void terms(size_t n, int k, int p, double *first, double *second) const
    {
        size_t j = s.at(n, k, p);
        *first += (double)dy[j];
        *second += (double)dy[j] * (double)((x[j] - saved[2 * n]) * saved[2 * n + 1]);
    }
    __device__ void finish(int k, double first, double second) const
    {
        d_offset[k] = (float)first;
        d_scale[k] = (float)second;
    }
};

device_fault layer_run(void (*kernel)(layer_arguments), const layer *l, const device_call *c)
{
    layer_arguments a = {c->in[0],
                         device_parameter(l, c, SCALE),
                         device_parameter(l, c, OFFSET),
                         c->d_out,
                         c->out,
                         c->d_in[0],
                         c->saved,
                         (int)shape_width(l->out),
                         l->out.length,
                         c->add[0]};
    return launch(kernel, dim3((unsigned)(c->items * l->out.steps)), dim3(STEP_THREADS), STEP_THREADS / WARP * sizeof(float),
                  c->stream, a);
}

device_fault layer_forward(const layer *l, const device_call *c)
{
    return layer_run(layer_forward_kernel, l, c);
}

device_fault layer_backward(const layer *l, const device_call *c)
{
    map_shape s = {(size_t)l->out.channels, (size_t)l->out.length};
    TRY(channel_sums(
        layer_gradients{s, c->in[0], c->d_out, c->saved, device_gradient(l, c, SCALE), device_gradient(l, c, OFFSET)},
        c->items * l->out.steps, l->out.channels, l->out.length, c->scratch, c->stream));
    return c->d_in[0] ? layer_run(layer_backward_kernel, l, c) : 0;
}
} // namespace

extern "C" const device_layer device_batch_norm = {"batch_norm", batch_forward, batch_backward, sums_scratch, true};
extern "C" const device_layer device_layer_norm = {"layer_norm", layer_forward, layer_backward, sums_scratch, true};
