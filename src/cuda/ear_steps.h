/** What the learned ear does around its convolutions, on the device. A window's rows are numbered from its oldest frame; those
 *  that lie before the sound are 0 in every layer, as on the CPU (features/ear_network.h). */
#ifndef EMOTRACK_CUDA_EAR_STEPS_H
#define EMOTRACK_CUDA_EAR_STEPS_H

#include "cuda/fault.h"

/** What follows a convolution: ReLU, then the norm; one number a filter. */
typedef struct ear_norm {
    const float *bias, *scale, *offset;
} ear_norm;

/** Frames of a window in the sound, the last ones. */
typedef struct ear_windows {
    int streams;
    const int *known;
} ear_windows;

/** A layer's rows: channels x stride numbers a stream, of which `rows` are written, the last of them the newest frame's. */
typedef struct ear_rows {
    float *at;
    int channels, rows, stride;
} ear_rows;

typedef struct ear_middle_step {
    const float *convolved; /**< streams x filters x rows */
    int filters;
    ear_norm norm;
    const int *filter;  /**< channels: which filter gives it; -1: none, it is still */
    const float *still; /**< channels */
    ear_rows given;     /**< added; at NULL: nothing is */
    ear_rows out;
} ear_middle_step;

#ifdef __cplusplus
extern "C" {
#endif
/** x (streams x stride numbers) begins with scale * window + offset. */
device_fault ear_enter(ear_windows w, const float *window, float scale, float offset, float *x, size_t stride,
                       cudaStream_t stream);

/** Channels from `first` on: the largest of each filter's answers (streams x filters x rows x places). */
device_fault ear_after_front(ear_windows w, const float *convolved, int filters, int places, ear_norm norm, ear_rows out,
                             int first, cudaStream_t stream);

/** The last channel is 1 in the sound. */
device_fault ear_ones(ear_windows w, ear_rows out, cudaStream_t stream);

device_fault ear_after_middle(ear_windows w, const ear_middle_step *step, cudaStream_t stream);

/** Rows of ear_row (features/ear.h) from the three middle layers. */
device_fault ear_means(ear_windows w, const ear_rows middle[3], float *row, cudaStream_t stream);
#ifdef __cplusplus
}
#endif

#endif
