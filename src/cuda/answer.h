/** Answering on the device: one launch of a captured graph takes new frames of many streams and answers their windows.
 *
 *  What a frame leaves behind (its slot) stays on the device. The caller numbers the slots: with 50 interleaved windows of K
 *  frames a stream needs 50 K. Graphs are captured at creation for 1, 2, 4 ... streams; a call is rounded up to the next.
 *  After creation nothing is allocated. One thread at a time. Answers are within 1e-4 of network_windows'. */
#ifndef EMOTRACK_CUDA_ANSWER_H
#define EMOTRACK_CUDA_ANSWER_H

#include "model/network.h"

typedef struct device_answer device_answer;

/** @param net    must outlive it; later changes of its parameters are not seen
 *  @param most   most frames, and most windows, of one call, 1 .. 1,048,576
 *  @param slots  number of slots, numbered from 0
 *  @return as fault_report, and ET_ERROR_ARGUMENT */
et_status device_answer_create(device_answer **out, const network *net, int most, int slots, et_error *error);
void device_answer_destroy(device_answer *a);

/** The GPU's name. */
const char *device_answer_name(const device_answer *a);

/** A call's work. Frames come first: a window may read a frame of the same call. */
typedef struct answer_call {
    int frames;
    const float *rows;       /**< frames x columns_in, after the memory */
    const int *frame_slot;   /**< frames: where each is kept; no slot twice */
    int windows;
    const int *window_slots; /**< windows x K: slots, oldest frame first */
    float *out;              /**< receives windows x R */
} answer_call;

/** @return ET_OK; ET_ERROR_ARGUMENT; ET_ERROR_DEVICE: the call gave nothing, and the device may be gone */
et_status device_answer_run(device_answer *a, const answer_call *call, et_error *error);

#endif
