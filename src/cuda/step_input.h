/** What a step of training takes from the host, packed one after another: filled in pinned memory, sent by one copy.
 *
 *  Two buffers are filled in turn, so that the host makes the next batch while the device works on this one. */
#ifndef EMOTRACK_CUDA_STEP_INPUT_H
#define EMOTRACK_CUDA_STEP_INPUT_H

#include <stdint.h>

#include "cuda/fault.h"

/** Numbers that change from step to step. A captured step reads them on the device. */
typedef struct step_numbers {
    uint64_t seed;            /**< of dropout */
    int result;               /**< place among the results */
    float step, root, shrink; /**< Adam's rate / (1 - b1^t), 1 / sqrt(1 - b2^t), and what AdamW leaves of a weight */
} step_numbers;

/** What a step's sizes are. Steps of one shape are one graph. */
typedef struct step_shape {
    int frames, windows;
    bool projected, chosen; /**< rows lie behind preprocessing; and are named, not sent */
} step_shape;

/** Sizes that are the same for all steps. */
typedef struct step_sizes {
    int window, targets;
    size_t row, projected_row; /**< floats */
} step_sizes;

/** Where the parts lie in a buffer, on either side. */
typedef struct step_view {
    step_numbers *numbers;
    float *label;         /**< windows x R */
    int *window_frames;   /**< windows x K */
    int *use_begin, *use; /**< of each frame, the places (window * K + k) that read it: frames + 1, windows x K */
    int *chosen;          /**< frames, or nothing */
    float *rows;          /**< frames x row, or nothing */
} step_view;

/** Bytes of a step's buffer. */
size_t step_bytes(const step_sizes *sizes, const step_shape *shape);

step_view step_view_of(void *base, const step_sizes *sizes, const step_shape *shape);

typedef struct step_input {
    void *here[2], *there;
    cudaEvent_t taken[2];
    int turn;
} step_input;

device_fault step_input_create(step_input *s, size_t bytes);
void step_input_destroy(step_input *s);

/** The buffer to fill now; waits until the device has taken what it held. */
device_fault step_input_begin(step_input *s, void **here);

/** Queues the copy of its first `bytes` bytes. */
device_fault step_input_send(step_input *s, size_t bytes, cudaStream_t stream);

#endif
