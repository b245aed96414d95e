/* Mirrors concatenate.c, add.c, gate.c and last.c: values joined, summed, weighed, cut. */
#include "cuda/each.h"
#include "cuda/layer.h"

namespace
{
/* ---- concatenate: (C1, L), (C2, L) ... -> (C1 + C2 ..., L) -------------------------------------------------------------
 */

/* Rows of `width` numbers between a dense matrix and columns of a wider one. */
struct rows_body {
    const float *from;
    float *to;
    size_t width, from_stride, to_stride;
    bool add;
    __device__ void at(size_t j) const
    {
        give(to + j / width * to_stride + j % width, add, from[j / width * from_stride + j % width]);
    }
};

device_fault concatenate_forward(const layer *l, const device_call *c)
{
    size_t steps = (size_t)c->items * (size_t)l->out.steps, whole = shape_width(l->out), before = 0;
    for (int i = 0; i < l->inputs; i++) {
        size_t width = shape_width(l->in[i]);
        TRY(each(steps * width, c->stream, rows_body{c->in[i], c->out + before, width, width, whole, false}));
        before += width;
    }
    return 0;
}

device_fault concatenate_backward(const layer *l, const device_call *c)
{
    size_t steps = (size_t)c->items * (size_t)l->out.steps, whole = shape_width(l->out), before = 0;
    for (int i = 0; i < l->inputs; i++) {
        size_t width = shape_width(l->in[i]);
        if (c->d_in[i])
            TRY(each(steps * width, c->stream, rows_body{c->d_out + before, c->d_in[i], width, whole, width, c->add[i]}));
        before += width;
    }
    return 0;
}

/* ---- add ----------------------------------------------------------------------------------------------------------------
 */

struct add_body {
    const float *a, *b;
    float *y;
    __device__ void at(size_t j) const { y[j] = a[j] + b[j]; }
};

device_fault add_forward(const layer *l, const device_call *c)
{
    return each(device_count(l, c), c->stream, add_body{c->in[0], c->in[1], c->out});
}

device_fault add_backward(const layer *l, const device_call *c)
{
    size_t count = device_count(l, c);
    for (int i = 0; i < 2; i++)
        if (c->d_in[i]) TRY(each(count, c->stream, rows_body{c->d_out, c->d_in[i], count, count, count, c->add[i]}));
    return 0;
}

/* ---- gate: U (C, L) * channel (C, 1) * spatial (C, L)
 * --------------------------------------------------------------------- */

enum { MAP, CHANNEL, SPATIAL };

struct gate_body {
    const float *map, *channel, *spatial;
    float *y;
    size_t length;
    __device__ void at(size_t j) const { y[j] = map[j] * channel[j / length] * spatial[j]; }
};

device_fault gate_forward(const layer *l, const device_call *c)
{
    return each(device_count(l, c), c->stream,
                gate_body{c->in[MAP], c->in[CHANNEL], c->in[SPATIAL], c->out, (size_t)l->out.length});
}

struct gate_map_body {
    const float *dy, *map, *channel, *spatial;
    float *d_map, *d_spatial;
    size_t length;
    bool add_map, add_spatial;
    __device__ void at(size_t j) const
    {
        float weight = channel[j / length];
        if (d_map) give(d_map + j, add_map, dy[j] * weight * spatial[j]);
        if (d_spatial) give(d_spatial + j, add_spatial, dy[j] * map[j] * weight);
    }
};

/* One channel of one step. */
struct gate_channel_body {
    const float *dy, *map, *spatial;
    float *d_channel;
    size_t length;
    bool add;
    __device__ void at(size_t row) const
    {
        float sum = 0;
        for (size_t j = row * length; j < (row + 1) * length; j++) sum += dy[j] * map[j] * spatial[j];
        give(d_channel + row, add, sum);
    }
};

device_fault gate_backward(const layer *l, const device_call *c)
{
    size_t length = (size_t)l->out.length, count = device_count(l, c);
    TRY(each(count, c->stream,
             gate_map_body{c->d_out, c->in[MAP], c->in[CHANNEL], c->in[SPATIAL], c->d_in[MAP], c->d_in[SPATIAL], length,
                           c->add[MAP], c->add[SPATIAL]}));
    if (!c->d_in[CHANNEL]) return 0;
    return each(count / length, c->stream,
                gate_channel_body{c->d_out, c->in[MAP], c->in[SPATIAL], c->d_in[CHANNEL], length, c->add[CHANNEL]});
}

/* ---- last: (K, C, L) -> (C, L) -------------------------------------------------------------------------------------------
 */

device_fault last_forward(const layer *l, const device_call *c)
{
    size_t width = shape_width(l->out), size = shape_size(l->in[0]);
    return each((size_t)c->items * width, c->stream, rows_body{c->in[0] + size - width, c->out, width, size, width, false});
}

struct last_body {
    const float *dy;
    float *dx;
    size_t width, size;
    bool add;
    __device__ void at(size_t j) const
    {
        size_t place = j % size;
        give(dx + j, add, place >= size - width ? dy[j / size * width + place - (size - width)] : 0);
    }
};

device_fault last_backward(const layer *l, const device_call *c)
{
    size_t width = shape_width(l->out), size = shape_size(l->in[0]);
    if (!c->d_in[0]) return 0;
    return each((size_t)c->items * size, c->stream, last_body{c->d_out, c->d_in[0], width, size, c->add[0]});
}
} // namespace

extern "C" const device_layer device_concatenate = {"concatenate", concatenate_forward, concatenate_backward, nullptr,
                                                    false};
extern "C" const device_layer device_add = {"add", add_forward, add_backward, nullptr, false};
extern "C" const device_layer device_gate = {"gate", gate_forward, gate_backward, nullptr, false};
extern "C" const device_layer device_last = {"last", last_forward, last_backward, nullptr, false};
