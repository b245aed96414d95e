/** train/loss.c on the device: the loss of a batch and its derivative by every answer. */
#ifndef EMOTRACK_CUDA_LOSS_H
#define EMOTRACK_CUDA_LOSS_H

#include "cuda/step_input.h"
#include "model/step_rule.h"

typedef struct loss_work {
    const float *answer, *label; /**< windows x R */
    int windows, targets;
    loss_kind kind;
    float *d_out; /**< windows x R */
    const step_numbers *numbers;
    step_result *results; /**< the loss goes to the place that the numbers name */
} loss_work;

#ifdef __cplusplus
extern "C" {
#endif
device_fault batch_loss(loss_work w, cudaStream_t stream);
#ifdef __cplusplus
}
#endif

#endif
