/** Dense and an LSTM's input as matrix products. Packed: panels of W transposed for forward, panels of W for backward. An
 *  LSTM's input is one matrix of both directions. */
#ifndef EMOTRACK_MODEL_FAST_FAST_DENSE_H
#define EMOTRACK_MODEL_FAST_FAST_DENSE_H

#include "base/product.h"
#include "model/network_internal.h"

/* A layer's matrix comes in one part (dense) or two (an LSTM's directions); tensors are weight, bias, weight, bias. */
INLINE int matrix_parts(const layer *l)
{
    return l->tensors / 2;
}

INLINE int matrix_in(const layer *l)
{
    return (int)shape_width(l->in[0]);
}

INLINE size_t forward_panels(const layer *l)
{
    return panels_size(l->out.channels, matrix_in(l));
}

static size_t matrix_packed_size(const layer *l)
{
    return forward_panels(l) + panels_size(matrix_in(l), l->out.channels) + (size_t)l->out.channels +
           VECTOR_FLOATS * TILE_VECTORS;
}

/* Where the parts of the packed block begin. */
INLINE const float *packed_bias(const layer *l, const layer_call *c)
{
    return c->packed + forward_panels(l) + panels_size(matrix_in(l), l->out.channels);
}

static void matrix_pack(const layer *l, const float *parameters, float *packed)
{
    int in = matrix_in(l), out = l->out.channels, parts = matrix_parts(l), rows = out / parts;
    float *back = packed + forward_panels(l), *bias = back + panels_size(in, out);
    for (int j = 0; j < out; j += TILE_COLUMNS)
        for (int i = 0; i < TILE_COLUMNS; i++) {
            int o = j + i;
            const float *w = o < out ? parameters + l->tensor[2 * (o / rows)].offset + (size_t)(o % rows) * in : NULL;
            float *to = packed + (size_t)j * in + i;
            for (int k = 0; k < in; k++) to[(size_t)k * TILE_COLUMNS] = w ? w[k] : 0;
        }
    for (int j = 0; j < in; j += TILE_COLUMNS)
        for (int o = 0; o < out; o++) {
            const float *w = parameters + l->tensor[2 * (o / rows)].offset + (size_t)(o % rows) * in;
            float *to = back + (size_t)j * out + (size_t)o * TILE_COLUMNS;
            int count = in - j < TILE_COLUMNS ? in - j : TILE_COLUMNS;
            memcpy(to, w + j, (size_t)count * sizeof *to);
            memset(to + count, 0, (size_t)(TILE_COLUMNS - count) * sizeof *to);
        }
    for (int part = 0; part < parts; part++)
        memcpy(bias + (size_t)part * rows, parameters + l->tensor[2 * part + 1].offset, (size_t)rows * sizeof *bias);
}

static void matrix_forward(const layer *l, const layer_call *c)
{
    int in = matrix_in(l), out = l->out.channels;
    multiply(&(product){.rows = c->items * l->out.steps,
                        .columns = out,
                        .depth = in,
                        .a = c->in[0],
                        .a_row = in,
                        .a_depth = 1,
                        .b = c->packed,
                        .b_depth = TILE_COLUMNS,
                        .b_panel = (ptrdiff_t)in * TILE_COLUMNS,
                        .c = c->out,
                        .c_row = out,
                        .start = packed_bias(l, c)});
}

static void add_rows(const float *x, int rows, int width, ptrdiff_t stride, float *to)
{
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < width; j++) to[j] += x[r * stride + j];
}

static void matrix_backward(const layer *l, const layer_call *c)
{
    int in = matrix_in(l), out = l->out.channels, steps = c->items * l->out.steps, parts = matrix_parts(l),
        rows = out / parts;
    for (int part = 0; part < parts; part++) {
        multiply(&(product){.rows = rows,
                            .columns = in,
                            .depth = steps,
                            .a = c->d_out + (ptrdiff_t)part * rows,
                            .a_row = 1,
                            .a_depth = out,
                            .b = c->in[0],
                            .b_depth = in,
                            .b_panel = TILE_COLUMNS,
                            .c = layer_gradient(l, c, 2 * part),
                            .c_row = in});
        add_rows(c->d_out + (ptrdiff_t)part * rows, steps, rows, out, layer_gradient(l, c, 2 * part + 1));
    }
    if (c->d_in[0] == NULL) return;
    multiply(&(product){.rows = steps,
                        .columns = in,
                        .depth = out,
                        .a = c->d_out,
                        .a_row = out,
                        .a_depth = 1,
                        .b = c->packed + forward_panels(l),
                        .b_depth = TILE_COLUMNS,
                        .b_panel = (ptrdiff_t)out * TILE_COLUMNS,
                        .c = c->d_in[0],
                        .fresh = c->fresh[0],
                        .c_row = in});
}

#endif
