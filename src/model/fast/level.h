/** The kernels of one level of processor: a file level_*.c defines LEVEL_TABLE, is compiled with that level's instructions,
 *  and includes this. */
#include "model/fast/fast_conv.h"
#include "model/fast/fast_dense.h"
#include "model/fast/fast_lstm.h"
#include "model/fast/fast_norm.h"
#include "model/fast/fast_pointwise.h"
#include "model/fast/fast_pool.h"
#include "model/fast/levels.h"

const layer_kernel LEVEL_TABLE[] = {
    {.type = &layer_dense,
     .forward = matrix_forward,
     .backward = matrix_backward,
     .sets_fresh = true,
     .packed_size = matrix_packed_size,
     .pack = matrix_pack},
    {.type = &layer_lstm_input,
     .forward = matrix_forward,
     .backward = matrix_backward,
     .sets_fresh = true,
     .packed_size = matrix_packed_size,
     .pack = matrix_pack},
    {.type = &layer_conv,
     .forward = conv_forward,
     .backward = conv_backward,
     .sets_fresh = true,
     .packed_size = conv_packed_size,
     .pack = conv_pack,
     .scratch_size = conv_scratch_size},
    {.type = &layer_lstm,
     .forward = lstm_forward,
     .backward = lstm_backward,
     .sets_fresh = true,
     .packed_size = lstm_packed_size,
     .pack = lstm_pack},
    {.type = &layer_batch_norm,
     .forward = batch_norm_forward,
     .backward = batch_norm_backward,
     .sets_fresh = true,
     .forward_sums = batch_norm_forward_sums,
     .backward_sums = batch_norm_backward_sums},
    {.type = &layer_layer_norm, .forward = layer_norm_forward, .backward = layer_norm_backward, .sets_fresh = true},
    {.type = &layer_elu, .forward = elu_forward, .backward = elu_backward, .sets_fresh = true},
    {.type = &layer_sigmoid, .forward = sigmoid_forward, .backward = sigmoid_backward, .sets_fresh = true},
    {.type = &layer_tanh, .forward = tanh_forward, .backward = tanh_backward, .sets_fresh = true},
    {.type = &layer_dropout, .forward = dropout_forward, .backward = dropout_backward, .sets_fresh = true},
    {.type = &layer_add, .forward = add_forward, .backward = add_backward, .sets_fresh = true},
    {.type = &layer_concatenate, .backward = concatenate_backward, .sets_fresh = true},
    {.type = &layer_max_pool,
     .forward = max_pool_forward,
     .backward = max_pool_backward,
     .sets_fresh = true,
     .scratch_size = max_pool_scratch_size},
    {0},
};
