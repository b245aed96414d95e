/** Convolution with positions side by side. Rows are copied between margins of zeros, so that every tap is one load;
 *  backward by the input is the same convolution with the taps reversed. Weights are packed in groups of output channels, a
 *  group's accumulators stay in registers. */
#ifndef EMOTRACK_MODEL_FAST_FAST_CONV_H
#define EMOTRACK_MODEL_FAST_FAST_CONV_H

#include "base/product.h"
#include "model/network_internal.h"

enum { CONV_ITEMS = 16, TAP_GROUP = 4 };

/* Convolution as both directions see it. */
typedef struct conv_shape {
    int in, out, length, width, dilation, before;
    bool fresh; /* backward: begins with zero */
} conv_shape;

INLINE conv_shape conv_forward_shape(const layer *l)
{
    int span = (l->options.width - 1) * l->options.dilation;
    return (conv_shape){l->in[0].channels,   l->out.channels, l->out.length, l->options.width,
                        l->options.dilation, span / 2,        false};
}

INLINE conv_shape conv_backward_shape(const layer *l)
{
    conv_shape s = conv_forward_shape(l);
    return (conv_shape){s.out, s.in, s.length, s.width, s.dilation, (s.width - 1) * s.dilation - s.before, false};
}

/* Numbers from one padded row to the next: margins, the row, and what the last vectors read behind it. */
INLINE int conv_stride(conv_shape s)
{
    return (s.length + (s.width - 1) * s.dilation + 2 * TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS;
}

/* Output channels of a group: as even as possible. */
INLINE int conv_group(int out)
{
    int groups = (out + TILE_ROWS - 1) / TILE_ROWS;
    return (out + groups - 1) / groups;
}

static size_t conv_packed_size(const layer *l)
{
    return 2 * (size_t)l->in[0].channels * (size_t)l->out.channels * (size_t)l->options.width;
}

static size_t conv_scratch_size(const layer *l)
{
    conv_shape s = conv_forward_shape(l);
    return (size_t)(s.in + s.out) * (size_t)conv_stride(s) * CONV_ITEMS + VECTOR_FLOATS;
}

/* Group after group: (input, tap, output of the group). */
static void conv_pack(const layer *l, const float *parameters, float *packed)
{
    conv_shape s = conv_forward_shape(l);
    const float *w = parameters + l->tensor[0].offset;
    int group = conv_group(s.out), back_group = conv_group(s.in);
    for (int first = 0; first < s.out; first += group)
        for (int i = 0; i < s.in; i++)
            for (int t = 0; t < s.width; t++)
                for (int o = first; o < s.out && o < first + group; o++) *packed++ = w[((size_t)o * s.in + i) * s.width + t];
    for (int first = 0; first < s.in; first += back_group)
        for (int o = 0; o < s.out; o++)
            for (int t = s.width - 1; t >= 0; t--)
                for (int i = first; i < s.in && i < first + back_group; i++)
                    *packed++ = w[((size_t)o * s.in + i) * s.width + t];
}

static void conv_pad(const float *rows, int count, int length, int before, int stride, float *padded)
{
    for (int r = 0; r < count; r++)
        put_between_margins(rows + (ptrdiff_t)r * length, length, 0, before, stride, padded + (ptrdiff_t)r * stride);
}

/* `outs` channels from `first` on, `vectors` of positions from p on; begins with bias, or with what is in y. */
INLINE void conv_tile(const conv_shape *s, int outs, int vectors, const float *weight, const float *padded,
                      const float *bias, int p, float *y)
{
    vec sum_of[TILE_ROWS][TILE_VECTORS];
    int stride = conv_stride(*s);
#pragma GCC unroll 6
    for (int o = 0; o < outs; o++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            sum_of[o][v] = bias ? all(bias[o]) : load_unless(s->fresh, y + (ptrdiff_t)o * s->length + p + v * VECTOR_FLOATS);
    for (int i = 0; i < s->in; i++) {
        const float *x = padded + (ptrdiff_t)i * stride + p;
        for (int t = 0; t < s->width; t++, x += s->dilation, weight += outs) {
            vec row[TILE_VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) row[v] = load(x + v * VECTOR_FLOATS);
#pragma GCC unroll 6
            for (int o = 0; o < outs; o++)
#pragma GCC unroll 4
                for (int v = 0; v < vectors; v++) sum_of[o][v] = weight[o] * row[v] + sum_of[o][v];
        }
    }
#pragma GCC unroll 6
    for (int o = 0; o < outs; o++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            store_some(y + (ptrdiff_t)o * s->length + p + v * VECTOR_FLOATS, sum_of[o][v],
                       s->length - p - v * VECTOR_FLOATS);
}

#define CONV_OF_CHANNELS(VECTORS)                                        \
    switch (outs) {                                                      \
    case 6: conv_tile(s, 6, VECTORS, weight, padded, bias, p, y); break; \
    case 5: conv_tile(s, 5, VECTORS, weight, padded, bias, p, y); break; \
    case 4: conv_tile(s, 4, VECTORS, weight, padded, bias, p, y); break; \
    case 3: conv_tile(s, 3, VECTORS, weight, padded, bias, p, y); break; \
    case 2: conv_tile(s, 2, VECTORS, weight, padded, bias, p, y); break; \
    default: conv_tile(s, 1, VECTORS, weight, padded, bias, p, y);       \
    }

static void conv_tile_of(const conv_shape *s, int outs, const float *weight, const float *padded, const float *bias, int p,
                         float *y)
{
    int left = s->length - p, vectors = left >= TILE_COLUMNS ? TILE_VECTORS : (left + VECTOR_FLOATS - 1) / VECTOR_FLOATS;
    switch (vectors) {
#if defined(__AVX512F__)
    case 4: CONV_OF_CHANNELS(4); break;
    case 3: CONV_OF_CHANNELS(3); break;
#endif
    case 2: CONV_OF_CHANNELS(2); break;
    default: CONV_OF_CHANNELS(1);
    }
}

/* One item: padded rows (in) -> y (out rows of length). */
static void conv_item(const conv_shape *s, const float *weight, const float *padded, const float *bias, float *y)
{
    int group = conv_group(s->out);
    for (int first = 0; first < s->out; first += group) {
        int outs = s->out - first < group ? s->out - first : group;
        for (int p = 0; p < s->length; p += TILE_COLUMNS)
            conv_tile_of(s, outs, weight, padded, bias ? bias + first : NULL, p, y + (ptrdiff_t)first * s->length);
        weight += (ptrdiff_t)outs * s->in * s->width;
    }
}

static void conv_forward(const layer *l, const layer_call *c)
{
    conv_shape s = conv_forward_shape(l);
    int items = c->items * l->out.steps;
    for (int n = 0; n < items; n++) {
        conv_pad(c->in[0] + (ptrdiff_t)n * s.in * s.length, s.in, s.length, s.before, conv_stride(s), c->scratch);
        conv_item(&s, c->packed, c->scratch, layer_parameter(l, c, 1), c->out + (ptrdiff_t)n * s.out * s.length);
    }
}

/* ---- gradient of the weights ---------------------------------------------------------------------------------------- */

/* `outs` output channels and `taps` taps of input channel i: sums over all items and positions. */
INLINE void conv_gradient_tile(const conv_shape *s, int outs, int taps, int items, const float *x, ptrdiff_t x_item,
                               const float *dy, ptrdiff_t dy_item, ptrdiff_t dy_row, float *gradient)
{
    vec sum_of[TILE_ROWS][TAP_GROUP];
#pragma GCC unroll 6
    for (int o = 0; o < outs; o++)
#pragma GCC unroll 4
        for (int t = 0; t < taps; t++) sum_of[o][t] = all(0);
    for (int n = 0; n < items; n++)
        for (int p = 0; p < s->length; p += VECTOR_FLOATS) {
            vec row[TAP_GROUP];
#pragma GCC unroll 4
            for (int t = 0; t < taps; t++) row[t] = load(x + n * x_item + t * s->dilation + p);
#pragma GCC unroll 6
            for (int o = 0; o < outs; o++) {
                vec d = load(dy + n * dy_item + o * dy_row + p);
#pragma GCC unroll 4
                for (int t = 0; t < taps; t++) sum_of[o][t] = d * row[t] + sum_of[o][t];
            }
        }
#pragma GCC unroll 6
    for (int o = 0; o < outs; o++)
#pragma GCC unroll 4
        for (int t = 0; t < taps; t++) gradient[(ptrdiff_t)o * s->in * s->width + t] += sum(sum_of[o][t]);
}

#define GRADIENT_OF_CHANNELS(TAPS)                                                                  \
    switch (outs) {                                                                                 \
    case 6: conv_gradient_tile(s, 6, TAPS, items, x, x_item, dy, dy_item, dy_row, gradient); break; \
    case 5: conv_gradient_tile(s, 5, TAPS, items, x, x_item, dy, dy_item, dy_row, gradient); break; \
    case 4: conv_gradient_tile(s, 4, TAPS, items, x, x_item, dy, dy_item, dy_row, gradient); break; \
    case 3: conv_gradient_tile(s, 3, TAPS, items, x, x_item, dy, dy_item, dy_row, gradient); break; \
    case 2: conv_gradient_tile(s, 2, TAPS, items, x, x_item, dy, dy_item, dy_row, gradient); break; \
    default: conv_gradient_tile(s, 1, TAPS, items, x, x_item, dy, dy_item, dy_row, gradient);       \
    }

static void conv_gradient_of(const conv_shape *s, int outs, int taps, int items, const float *x, ptrdiff_t x_item,
                             const float *dy, ptrdiff_t dy_item, ptrdiff_t dy_row, float *gradient)
{
    switch (taps) {
    case 4: GRADIENT_OF_CHANNELS(4); break;
    case 3: GRADIENT_OF_CHANNELS(3); break;
    case 2: GRADIENT_OF_CHANNELS(2); break;
    default: GRADIENT_OF_CHANNELS(1);
    }
}

/* x: padded for forward, dy: padded for backward, `items` of each. */
static void conv_gradient(const conv_shape *s, int items, const float *x, const float *dy, float *gradient)
{
    int stride = conv_stride(*s), group = conv_group(s->out), back_before = (s->width - 1) * s->dilation - s->before;
    for (int first = 0; first < s->out; first += group)
        for (int i = 0; i < s->in; i++)
            for (int t = 0; t < s->width; t += TAP_GROUP)
                conv_gradient_of(s, s->out - first < group ? s->out - first : group,
                                 s->width - t < TAP_GROUP ? s->width - t : TAP_GROUP, items,
                                 x + (ptrdiff_t)i * stride + t * s->dilation, (ptrdiff_t)s->in * stride,
                                 dy + (ptrdiff_t)first * stride + back_before, (ptrdiff_t)s->out * stride, stride,
                                 gradient + ((ptrdiff_t)first * s->in + i) * s->width + t);
}

static void conv_bias_gradient(const conv_shape *s, int items, const float *dy, float *gradient)
{
    for (int r = 0; r < items * s->out; r++) {
        vec part = all(0);
        for (int p = 0; p < s->length; p += VECTOR_FLOATS)
            part += first_numbers(load(dy + (ptrdiff_t)r * s->length + p), s->length - p);
        gradient[r % s->out] += sum(part);
    }
}

static void conv_backward(const layer *l, const layer_call *c)
{
    conv_shape s = conv_forward_shape(l), back = conv_backward_shape(l);
    back.fresh = c->fresh[0];
    int items = c->items * l->out.steps, stride = conv_stride(s);
    float *x = c->scratch, *dy = x + (ptrdiff_t)s.in * stride * CONV_ITEMS;
    const float *back_weight = c->packed + (ptrdiff_t)s.in * s.out * s.width;
    for (int first = 0; first < items; first += CONV_ITEMS) {
        int now = items - first < CONV_ITEMS ? items - first : CONV_ITEMS;
        const float *d_out = c->d_out + (ptrdiff_t)first * s.out * s.length;
        conv_pad(c->in[0] + (ptrdiff_t)first * s.in * s.length, s.in * now, s.length, s.before, stride, x);
        conv_pad(d_out, s.out * now, s.length, back.before, stride, dy);
        conv_gradient(&s, now, x, dy, layer_gradient(l, c, 0));
        conv_bias_gradient(&s, now, d_out, layer_gradient(l, c, 1));
        for (int n = 0; c->d_in[0] && n < now; n++)
            conv_item(&back, back_weight, dy + (ptrdiff_t)n * s.out * stride, NULL,
                      c->d_in[0] + (ptrdiff_t)(first + n) * s.in * s.length);
    }
}

#endif
