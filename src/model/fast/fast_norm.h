/** Batch and layer normalisation. */
#ifndef EMOTRACK_MODEL_FAST_FAST_NORM_H
#define EMOTRACK_MODEL_FAST_FAST_NORM_H

#include <math.h>

#include "base/vector.h"
#include "model/network_internal.h"

enum { NORM_SCALE, NORM_OFFSET, NORM_MEAN, NORM_VARIANCE };
static const float norm_epsilon = 1e-5f;

typedef double dvec __attribute__((vector_size(4 * VECTOR_FLOATS)));
typedef float half_vec __attribute__((vector_size(2 * VECTOR_FLOATS), aligned(4), may_alias));

INLINE double sum_double(dvec v)
{
    double total = 0;
    for (int i = 0; i < VECTOR_FLOATS / 2; i++) total += v[i];
    return total;
}

INLINE int norm_rows(const layer *l, const layer_call *c)
{
    return c->items * l->out.steps * l->out.channels;
}

/* Sums of a row in double: of x, and of x times z. */
INLINE void row_sums(const float *x, const float *z, int length, double *sum_x, double *sum_xz)
{
    dvec first = {0}, second = {0};
    int p = 0;
    for (; p + VECTOR_FLOATS / 2 <= length; p += VECTOR_FLOATS / 2) {
        dvec a = __builtin_convertvector(*(const half_vec *)(x + p), dvec),
             b = __builtin_convertvector(*(const half_vec *)(z + p), dvec);
        first += a;
        second += a * b;
    }
    double rest = 0, rest_z = 0;
    for (; p < length; p++) {
        rest += (double)x[p];
        rest_z += (double)x[p] * (double)z[p];
    }
    *sum_x += sum_double(first) + rest;
    *sum_xz += sum_double(second) + rest_z;
}

static void batch_norm_forward_sums(const layer *l, const layer_call *c, double *sums)
{
    int channels = l->out.channels, length = l->out.length, rows = norm_rows(l, c);
    for (int r = 0; r < rows; r++) {
        const float *x = c->in[0] + (ptrdiff_t)r * length;
        row_sums(x, x, length, &sums[r % channels], &sums[channels + r % channels]);
    }
}

static void batch_norm_backward_sums(const layer *l, const layer_call *c, double *sums)
{
    int channels = l->out.channels, length = l->out.length, rows = norm_rows(l, c);
    for (int r = 0; r < rows; r++) {
        int k = r % channels;
        double sum_dy = 0, sum_dyx = 0;
        row_sums(c->d_out + (ptrdiff_t)r * length, c->in[0] + (ptrdiff_t)r * length, length, &sum_dy, &sum_dyx);
        sums[k] += sum_dy;
        sums[channels + k] += (sum_dyx - sum_dy * (double)c->shared[k]) * (double)c->shared[channels + k];
    }
}

static void batch_norm_forward(const layer *l, const layer_call *c)
{
    int channels = l->out.channels, length = l->out.length, rows = norm_rows(l, c);
    for (int r = 0; r < rows; r++) {
        int k = r % channels;
        float mean = c->training ? c->shared[k] : layer_parameter(l, c, NORM_MEAN)[k];
        float inverse =
            c->training ? c->shared[channels + k] : 1 / sqrtf(layer_parameter(l, c, NORM_VARIANCE)[k] + norm_epsilon);
        float scale = layer_parameter(l, c, NORM_SCALE)[k] * inverse,
              offset = layer_parameter(l, c, NORM_OFFSET)[k] - mean * scale;
        const float *x = c->in[0] + (ptrdiff_t)r * length;
        float *y = c->out + (ptrdiff_t)r * length;
        for (int p = 0; p < length; p += VECTOR_FLOATS) store_some(y + p, load(x + p) * scale + offset, length - p);
    }
}

static void batch_norm_backward(const layer *l, const layer_call *c)
{
    int channels = l->out.channels, length = l->out.length, rows = norm_rows(l, c);
    for (int r = 0; r < rows; r++) {
        int k = r % channels;
        float mean = c->shared[k], inverse = c->shared[channels + k];
        float scale = layer_parameter(l, c, NORM_SCALE)[k] * inverse;
        float mean_dy = c->shared[2 * channels + k], mean_dyx = c->shared[3 * channels + k];
        const float *x = c->in[0] + (ptrdiff_t)r * length, *dy = c->d_out + (ptrdiff_t)r * length;
        float *dx = c->d_in[0] ? c->d_in[0] + (ptrdiff_t)r * length : NULL;
        vec sum_dy = all(0), sum_dyx = all(0);
        for (int p = 0; p < length; p += VECTOR_FLOATS) {
            vec normal = (load(x + p) - mean) * inverse, d = first_numbers(load(dy + p), length - p);
            if (dx)
                store_some(dx + p, (d - mean_dy - normal * mean_dyx) * scale + load_unless(c->fresh[0], dx + p), length - p);
            sum_dy += d;
            sum_dyx = first_numbers(d * normal, length - p) + sum_dyx;
        }
        layer_gradient(l, c, NORM_SCALE)[k] += sum(sum_dyx);
        layer_gradient(l, c, NORM_OFFSET)[k] += sum(sum_dy);
    }
}

static void layer_norm_forward(const layer *l, const layer_call *c)
{
    int length = l->out.length, channels = l->out.channels, width = length * channels, steps = c->items * l->out.steps;
    const float *scale = layer_parameter(l, c, NORM_SCALE), *offset = layer_parameter(l, c, NORM_OFFSET);
    for (int n = 0; n < steps; n++) {
        const float *x = c->in[0] + (ptrdiff_t)n * width;
        float *y = c->out + (ptrdiff_t)n * width;
        vec total = all(0), squares = all(0);
        for (int j = 0; j < width; j += VECTOR_FLOATS) total += first_numbers(load(x + j), width - j);
        float mean = sum(total) / (float)width;
        for (int j = 0; j < width; j += VECTOR_FLOATS) {
            vec off = first_numbers(load(x + j) - mean, width - j);
            squares = off * off + squares;
        }
        float inverse = 1 / sqrtf(sum(squares) / (float)width + norm_epsilon);
        for (int k = 0; k < channels; k++) {
            float a = inverse * scale[k], b = offset[k] - mean * a;
            for (int p = 0; p < length; p += VECTOR_FLOATS)
                store_some(y + k * length + p, load(x + k * length + p) * a + b, length - p);
        }
        c->saved[2 * n] = mean;
        c->saved[2 * n + 1] = inverse;
    }
}

/* One step: sums over each channel first, then the derivative by the input. */
static void layer_norm_back_step(const layer *l, const layer_call *c, const float *x, const float *dy, float *dx, float mean,
                                 float inverse)
{
    int length = l->out.length, channels = l->out.channels;
    const float *scale = layer_parameter(l, c, NORM_SCALE);
    float *d_scale = layer_gradient(l, c, NORM_SCALE), *d_offset = layer_gradient(l, c, NORM_OFFSET);
    float mean_g = 0, mean_gx = 0, width = (float)(length * channels);
    for (int k = 0; k < channels; k++) {
        vec sum_dy = all(0), sum_dyx = all(0);
        for (int p = 0; p < length; p += VECTOR_FLOATS) {
            vec d = load(dy + k * length + p), normal = (load(x + k * length + p) - mean) * inverse;
            sum_dy += first_numbers(d, length - p);
            sum_dyx += first_numbers(d * normal, length - p);
        }
        float total = sum(sum_dy), total_x = sum(sum_dyx);
        d_scale[k] += total_x;
        d_offset[k] += total;
        mean_g += total * scale[k] / width;
        mean_gx += total_x * scale[k] / width;
    }
    for (int k = 0; dx && k < channels; k++)
        for (int p = 0; p < length; p += VECTOR_FLOATS) {
            vec normal = (load(x + k * length + p) - mean) * inverse, g = load(dy + k * length + p) * scale[k];
            store_some(dx + k * length + p,
                       (g - mean_g - normal * mean_gx) * inverse + load_unless(c->fresh[0], dx + k * length + p),
                       length - p);
        }
}

static void layer_norm_backward(const layer *l, const layer_call *c)
{
    ptrdiff_t width = (ptrdiff_t)shape_width(l->out);
    for (int n = 0; n < c->items * l->out.steps; n++)
        layer_norm_back_step(l, c, c->in[0] + n * width, c->d_out + n * width, c->d_in[0] ? c->d_in[0] + n * width : NULL,
                             c->saved[2 * n], c->saved[2 * n + 1]);
}

#endif
