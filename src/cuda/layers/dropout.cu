/* Mirrors dropout.c: the same hash of seed and place drops the same numbers. Answering passes numbers through. */
#include "cuda/each.h"
#include "cuda/layer.h"

namespace
{
#ifdef CUDA_ON_HOST
#include "model/layers/dropout.h"
#else
/* model/layers/dropout.h is plain C: here its functions are the device's. */
#pragma nv_diag_suppress 20014
#define inline inline __device__
#include "model/layers/dropout.h"
#undef inline
#endif

struct dropout_body {
    const float *x;
    float *y;
    size_t size;
    const uint64_t *step_seed;
    int layer;
    uint32_t threshold;
    float kept;
    bool add;
    __device__ void at(size_t j) const
    {
        uint32_t key = dropout_key(dropout_seed(*step_seed, layer), j / size);
        float factor = dropout_hash(key + (uint32_t)(j % size)) < threshold ? 0 : kept;
        give(y + j, add, x[j] * factor);
    }
};

dropout_body body(const layer *l, const device_call *c, const float *x, float *y, bool add)
{
    float rate = l->options.rate;
    auto threshold = (uint32_t)((double)rate * 4294967296.0);
    return {x,  y, shape_size(l->out), c->seed, c->number, c->training ? threshold : 0, c->training ? 1 / (1 - rate) : 1,
            add};
}

device_fault forward(const layer *l, const device_call *c)
{
    return each(device_count(l, c), c->stream, body(l, c, c->in[0], c->out, false));
}

device_fault backward(const layer *l, const device_call *c)
{
    if (!c->d_in[0]) return 0;
    return each(device_count(l, c), c->stream, body(l, c, c->d_out, c->d_in[0], c->add[0]));
}
} // namespace

extern "C" const device_layer device_dropout = {"dropout", forward, backward, nullptr, false};
