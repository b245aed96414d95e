/* Mirrors preprocessing.c: from a row of functionals to features. */
#include "cuda/each.h"
#include "cuda/layer.h"
#include "cuda/products.h"
extern "C" {
#include "features/names.h"
}

namespace
{
/* ---- relative: a column that scales with the power p of the gain is divided by (mean RMS energy)^p
 * ------------------------ */

struct relative_body {
    const float *x, *power, *floor;
    float *y;
    size_t columns, rms;
    __device__ void at(size_t j) const
    {
        float p = power[j % columns], level = fmaxf(x[j / columns * columns + rms], *floor);
        y[j] = p != 0 ? x[j] * exp2f(-p * log2f(level)) : x[j];
    }
};

device_fault relative_forward(const layer *l, const device_call *c)
{
    return each(device_count(l, c), c->stream,
                relative_body{c->in[0], device_parameter(l, c, 0), device_parameter(l, c, 1), c->out, (size_t)l->out.length,
                              (size_t)functional_mean(DESCRIPTOR_RMS)});
}

/* ---- select: some of the columns, in their own order
 * ---------------------------------------------------------------------- */

struct select_body {
    const float *x, *index;
    float *y;
    size_t in, columns;
    __device__ void at(size_t j) const { y[j] = x[j / columns * in + (size_t)index[j % columns]]; }
};

device_fault select_forward(const layer *l, const device_call *c)
{
    return each(device_count(l, c), c->stream,
                select_body{c->in[0], device_parameter(l, c, 0), c->out, (size_t)l->in[0].length, (size_t)l->out.length});
}

/* ---- scale: log(x + o) where a column is never negative, standardise, clip
 * -------------------------------------------------- */

struct scale_body {
    const float *in, *log_offset, *mean, *deviation, *clip;
    float *y;
    size_t columns;
    __device__ void at(size_t j) const
    {
        size_t k = j % columns;
        float x = in[j];
        if (log_offset[k] >= 0) x = logf(fmaxf(x + log_offset[k], 1e-30f));
        x = (x - mean[k]) / deviation[k];
        if (clip[k] > 0) x = fminf(fmaxf(x, -clip[k]), clip[k]);
        y[j] = x;
    }
};

device_fault scale_forward(const layer *l, const device_call *c)
{
    return each(device_count(l, c), c->stream,
                scale_body{c->in[0], device_parameter(l, c, 0), device_parameter(l, c, 1), device_parameter(l, c, 2),
                           device_parameter(l, c, 3), c->out, (size_t)l->out.length});
}

/* ---- project: principal components, y = W (x - mean)
 * ------------------------------------------------------------------------- */

struct centre_body {
    const float *x, *mean;
    float *y;
    size_t columns;
    __device__ void at(size_t j) const { y[j] = x[j] - mean[j % columns]; }
};

size_t project_scratch(const layer *l, int items, bool)
{
    return (size_t)items * (size_t)l->in[0].length;
}

device_fault project_forward(const layer *l, const device_call *c)
{
    auto columns = (size_t)l->in[0].length, features = (size_t)l->out.length;
    TRY(each((size_t)c->items * columns, c->stream, centre_body{c->in[0], device_parameter(l, c, 1), c->scratch, columns}));
    multiplier exact = {c->blas.handle, CUBLAS_COMPUTE_32F}; /* fitted, not trained: nothing would make up for rounding */
    return product(exact, c->items, (int)features, (int)columns, {c->scratch, columns, false},
                   {device_parameter(l, c, 0), columns, true}, 0, c->out, features);
}
} // namespace

extern "C" const device_layer device_relative = {"relative", relative_forward, nullptr, nullptr, false};
extern "C" const device_layer device_select = {"select", select_forward, nullptr, nullptr, false};
extern "C" const device_layer device_scale = {"scale", scale_forward, nullptr, nullptr, false};
extern "C" const device_layer device_project = {"project", project_forward, nullptr, project_scratch, false};
