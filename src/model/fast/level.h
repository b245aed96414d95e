/** The kernels of one level of processor: a file level_*.c defines LEVEL_TABLE, is compiled with that level's instructions,
 *  and includes this. */
#include "model/fast/fast_conv.h"
#include "model/fast/fast_dense.h"
#include "model/fast/fast_lstm.h"
#include "model/fast/fast_norm.h"
#include "model/fast/fast_pointwise.h"
#include "model/fast/fast_pool.h"
#include "model/fast/levels.h"

/* All derivatives are set where nothing is there yet. */
#define KERNEL(LAYER, NAME, ...)                                                                                          \
    {                                                                                                                     \
        .type = &layer_##LAYER, .forward = NAME##_forward, .backward = NAME##_backward, .sets_fresh = true, ##__VA_ARGS__ \
    }

const layer_kernel LEVEL_TABLE[] = {
    KERNEL(dense, matrix, .packed_size = matrix_packed_size, .pack = matrix_pack),
    KERNEL(lstm_input, matrix, .packed_size = matrix_packed_size, .pack = matrix_pack),
    KERNEL(conv, conv, .packed_size = conv_packed_size, .pack = conv_pack, .scratch_size = conv_scratch_size),
    KERNEL(lstm, lstm, .packed_size = lstm_packed_size, .pack = lstm_pack),
    KERNEL(batch_norm, batch_norm, .forward_sums = batch_norm_forward_sums, .backward_sums = batch_norm_backward_sums),
    KERNEL(layer_norm, layer_norm),
    KERNEL(elu, elu),
    KERNEL(sigmoid, sigmoid),
    KERNEL(tanh, tanh),
    KERNEL(dropout, dropout),
    KERNEL(add, add),
    KERNEL(max_pool, max_pool, .scratch_size = max_pool_scratch_size),
    {.type = &layer_concatenate, .backward = concatenate_backward, .sets_fresh = true},
    {0},
};
