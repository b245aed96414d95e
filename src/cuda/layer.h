/** The contract of a layer's second home. One file in cuda/layers/ mirrors one in model/layers/: same name, same shapes,
 *  same parameters, forward and backward; model/layer.h says what they mean. The differences:
 *  - all pointers are device memory, and work is queued on `stream` and not waited for;
 *  - backward writes parameter gradients (a tensor belongs to one layer), and writes or adds to `d_in` as `add` says;
 *  - a call gets the whole batch: no chunks, so `first` is 0 and batch norm makes its sums by itself.
 *  Sums are always made in the same order: same input, same bits on one device. */
#ifndef EMOTRACK_CUDA_LAYER_H
#define EMOTRACK_CUDA_LAYER_H

#include "cuda/products.h"
#include "model/layer.h"

typedef struct device_call {
    int items;
    float *parameters; /**< the arena; batch norm moves its running averages there */
    const float *in[LAYER_INPUTS_MOST];
    float *out;
    const float *d_out;
    float *d_in[LAYER_INPUTS_MOST]; /**< NULL: nobody asks */
    bool add[LAYER_INPUTS_MOST];    /**< d_in already holds what other readers gave */
    float *gradients;
    float *saved;   /**< items x layer->saved; NULL: nothing is kept (only where device_layer.saves_nothing_alone) */
    float *scratch; /**< device_layer.scratch() floats, 16-byte aligned */
    float *shared;  /**< layer->shared floats */
    bool training;
    const uint64_t *seed; /**< of this step, on the device: a captured step finds the next one's there */
    int number;           /**< the layer's place in the network's list */
    cudaStream_t stream;
    multiplier blas;
} device_call;

typedef struct device_layer {
    const char *name; /**< of the layer_type that it mirrors */
    device_fault (*forward)(const layer *l, const device_call *c);
    device_fault (*backward)(const layer *l, const device_call *c); /**< NULL in preprocessing */
    size_t (*scratch)(const layer *l, int items, bool training);    /**< floats of working room; NULL: none */
    bool saves_nothing_alone;                                       /**< `saved` may be NULL when not training */
} device_layer;

#ifdef __cplusplus
extern "C" {
#endif
extern const device_layer device_relative, device_select, device_scale, device_project;
extern const device_layer device_conv, device_batch_norm, device_layer_norm, device_max_pool, device_dropout;
extern const device_layer device_elu, device_sigmoid, device_wavelet, device_tanh;
extern const device_layer device_concatenate, device_add, device_gate, device_pool_channels, device_pool_positions;
extern const device_layer device_dense, device_lstm_input, device_lstm, device_attend, device_last;

/** The device's form of a layer, or NULL if it has none. */
const device_layer *device_layer_of(const layer_type *type);
#ifdef __cplusplus
}
#endif

static inline const float *device_parameter(const layer *l, const device_call *c, int tensor)
{
    return c->parameters + l->tensor[tensor].offset;
}

static inline float *device_gradient(const layer *l, const device_call *c, int tensor)
{
    return c->gradients + l->tensor[tensor].offset;
}

static inline size_t device_count(const layer *l, const device_call *c)
{
    return (size_t)c->items * shape_size(l->out);
}

#endif
