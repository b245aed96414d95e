/** train/optimiser.c on the device: parameters, gradients and moments are read where they lie. */
#ifndef EMOTRACK_CUDA_ADAM_H
#define EMOTRACK_CUDA_ADAM_H

#include "cuda/step_input.h"
#include "model/step_rule.h"

enum { ADAM_PIECE = 1024 };

/** At most ADAM_PIECE neighbouring numbers of one trained tensor: a block's work. */
typedef struct adam_piece {
    int begin, count;
    int tensor; /**< among the trained ones */
    bool decays;
} adam_piece;

typedef struct adam_work {
    const adam_piece *piece;
    const int *tensor_begin; /**< tensors + 1: the first piece of each */
    int pieces, tensors;
    float *parameters, *m, *v; /**< arenas */
    const float *gradients;
    double *piece_square, *tensor_square; /**< room: of the gradient's numbers, summed */
    const step_numbers *numbers;
    step_result *results; /**< the norm goes to the place that the numbers name */
    float beta1, beta2, epsilon, l2;
    double clip;
    bool clip_each_tensor;
} adam_work;

#ifdef __cplusplus
extern "C" {
#endif
/** Norms, clipping and the step of Adam or AdamW. `gradients` stay as they are: clipping happens on the way. */
device_fault adam_step(adam_work w, cudaStream_t stream);
#ifdef __cplusplus
}
#endif

#endif
