#include <string.h>

#include "cuda/layer.h"

const device_layer *device_layer_of(const layer_type *type)
{
    static const device_layer *const all[] = {
        &device_relative,   &device_select,     &device_scale,         &device_project,        &device_conv,
        &device_batch_norm, &device_layer_norm, &device_max_pool,      &device_dropout,        &device_elu,
        &device_sigmoid,    &device_wavelet,    &device_tanh,          &device_concatenate,    &device_add,
        &device_gate,       &device_last,       &device_pool_channels, &device_pool_positions, &device_dense,
        &device_lstm_input, &device_lstm,       &device_attend,
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i]->name, type->name) == 0) return all[i];
    return NULL;
}
