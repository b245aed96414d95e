#include "model/layer.h"

const layer_type *const layer_types[] = {
    &layer_relative,   &layer_select,  &layer_scale,          &layer_project,    &layer_conv,          &layer_batch_norm,
    &layer_layer_norm, &layer_elu,     &layer_max_pool,       &layer_dropout,    &layer_concatenate,   &layer_add,
    &layer_gate,       &layer_sigmoid, &layer_wavelet,        &layer_tanh,       &layer_pool_channels, &layer_pool_positions,
    &layer_dense,      &layer_flatten, &layer_flatten_window, &layer_lstm_input, &layer_lstm,          &layer_attend,
    &layer_last,       NULL,
};

void layer_declare(layer *l, const char *name, tensor_kind kind, tensor_start start, int d0, int d1, int d2)
{
    int rank = d1 == 0 ? 1 : d2 == 0 ? 2 : 3;
    l->tensor[l->tensors++] = (layer_tensor){name, kind, start, rank, {d0, d1, d2}, 0};
}
