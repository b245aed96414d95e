/* Mirrors max_pool.c, pool_channels.c and pool_positions.c. Backward asks, for every input, which outputs took it: no two
   threads add to one number. */
#include "cuda/each.h"
#include "cuda/layer.h"

namespace
{
/* ---- maximum over `width` positions, 'same' padding with minus infinity
 * --------------------------------------------------- */

struct pool_shape {
    int length, width;
    /* Position of the (first) maximum that output p sees in the row x. */
    __device__ int winner(const float *x, int p) const
    {
        int first = p - (width - 1) / 2, end = first + width;
        if (first < 0) first = 0;
        if (end > length) end = length;
        int best = first;
        for (int q = first + 1; q < end; q++)
            if (x[q] > x[best]) best = q;
        return best;
    }
};

struct max_forward_body {
    pool_shape s;
    const float *x;
    float *y;
    __device__ void at(size_t j) const
    {
        size_t row = j / (size_t)s.length * (size_t)s.length;
        y[j] = x[row + (size_t)s.winner(x + row, (int)(j - row))];
    }
};

struct max_backward_body {
    pool_shape s;
    const float *x, *dy;
    float *dx;
    bool add;
    __device__ void at(size_t j) const
    {
        size_t row = j / (size_t)s.length * (size_t)s.length;
        int q = (int)(j - row), first = q - s.width / 2, end = q + (s.width - 1) / 2 + 1;
        float sum = 0;
        for (int p = first < 0 ? 0 : first; p < end && p < s.length; p++)
            if (s.winner(x + row, p) == q) sum += dy[row + (size_t)p];
        give(dx + j, add, sum);
    }
};

device_fault max_forward(const layer *l, const device_call *c)
{
    return each(device_count(l, c), c->stream, max_forward_body{{l->out.length, l->options.width}, c->in[0], c->out});
}

device_fault max_backward(const layer *l, const device_call *c)
{
    if (!c->d_in[0]) return 0;
    return each(device_count(l, c), c->stream,
                max_backward_body{{l->out.length, l->options.width}, c->in[0], c->d_out, c->d_in[0], c->add[0]});
}

/* ---- over channels: (C, L) -> (1 or 2, L)
 * ----------------------------------------------------------------------------------- */

struct line {
    int count;     /* numbers pooled into one */
    size_t stride; /* from one to the next */
    __device__ int winner(const float *x) const
    {
        int best = 0;
        for (int k = 1; k < count; k++)
            if (x[(size_t)k * stride] > x[(size_t)best * stride]) best = k;
        return best;
    }
    __device__ float sum(const float *x) const
    {
        float s = 0;
        for (int k = 0; k < count; k++) s += x[(size_t)k * stride];
        return s;
    }
};

/* Pooled line i of step n begins at x + n * in_width + i * in_step; its results are `apart` numbers apart. */
struct line_pool {
    line pooled;
    size_t lines, in_width, in_step, out_width, apart;
    bool mean, max;
};

struct line_forward_body {
    line_pool s;
    const float *in;
    float *out;
    __device__ void at(size_t j) const
    {
        size_t n = j / s.lines, i = j % s.lines;
        const float *x = in + n * s.in_width + i * s.in_step;
        float *y = out + n * s.out_width + i;
        if (s.mean) y[0] = s.pooled.sum(x) / (float)s.pooled.count;
        if (s.max) y[s.mean ? s.apart : 0] = x[(size_t)s.pooled.winner(x) * s.pooled.stride];
    }
};

struct line_backward_body {
    line_pool s;
    const float *in, *d_out;
    float *d_in;
    bool add;
    __device__ void at(size_t j) const
    {
        size_t n = j / s.lines, i = j % s.lines, start = n * s.in_width + i * s.in_step;
        const float *dy = d_out + n * s.out_width + i;
        int best = s.max ? s.pooled.winner(in + start) : -1;
        for (int k = 0; k < s.pooled.count; k++) {
            float d = s.mean ? dy[0] / (float)s.pooled.count : 0;
            if (k == best) d += dy[s.mean ? s.apart : 0];
            give(d_in + start + (size_t)k * s.pooled.stride, add, d);
        }
    }
};

line_pool over_channels(const layer *l)
{
    size_t length = (size_t)l->out.length;
    return {{l->in[0].channels, length}, length, shape_width(l->in[0]), 1,
            shape_width(l->out),         length, l->options.mean,       l->options.max};
}

line_pool over_positions(const layer *l)
{
    size_t length = (size_t)l->in[0].length, channels = (size_t)l->in[0].channels;
    return {{l->in[0].length, 1}, channels, shape_width(l->in[0]), length,
            shape_width(l->out),  channels, l->options.mean,       l->options.max};
}

template <line_pool (*Over)(const layer *)> device_fault line_forward(const layer *l, const device_call *c)
{
    line_pool s = Over(l);
    return each((size_t)c->items * (size_t)l->out.steps * s.lines, c->stream, line_forward_body{s, c->in[0], c->out});
}

template <line_pool (*Over)(const layer *)> device_fault line_backward(const layer *l, const device_call *c)
{
    line_pool s = Over(l);
    if (!c->d_in[0]) return 0;
    return each((size_t)c->items * (size_t)l->out.steps * s.lines, c->stream,
                line_backward_body{s, c->in[0], c->d_out, c->d_in[0], c->add[0]});
}
} // namespace

extern "C" const device_layer device_max_pool = {"max_pool", max_forward, max_backward, nullptr, false};
extern "C" const device_layer device_pool_channels = {"pool_channels", line_forward<over_channels>,
                                                      line_backward<over_channels>, nullptr, false};
extern "C" const device_layer device_pool_positions = {"pool_positions", line_forward<over_positions>,
                                                       line_backward<over_positions>, nullptr, false};
