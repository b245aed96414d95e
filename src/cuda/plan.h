/** A network laid out on the device: memory for every value of its list, and the list run forward and backward.
 *
 *  Mirrors what model/answer.c and model/network_trainer.c do on the CPU. All work is queued on the device's stream. After
 *  creation nothing is allocated. */
#ifndef EMOTRACK_CUDA_PLAN_H
#define EMOTRACK_CUDA_PLAN_H

#include "cuda/device.h"
#include "cuda/layer.h"
#include "model/network_internal.h"

typedef struct plan {
    const network *net;
    const device *device;
    int most_frames, most_windows;
    bool training;
    const device_layer *home[LAYERS_MOST];
    int root[VALUES_MOST];        /**< the value in whose place a value lies */
    int last_reader[VALUES_MOST]; /**< the first layer of the way back that writes d_value */
    bool in_slot[VALUES_MOST];    /**< windows read it: its derivative begins with theirs */
    float *value[VALUES_MOST], *d_value[VALUES_MOST], *saved[LAYERS_MOST], *shared[LAYERS_MOST];
    float *parameters, *gradients, *scratch;
    const uint64_t *seed; /**< of the step, on the device; whoever trains sets it */
} plan;

/** @param net      must outlive the plan
 *  @param training  memory for the way back; else dropout is a view and nothing is kept
 *  @return as fault_report; ET_ERROR_UNSUPPORTED for a layer without a form for the device */
et_status plan_create(plan **out, const network *net, const device *d, int most_frames, int most_windows, bool training,
                      et_error *error);
void plan_destroy(plan *p);

/** Copies the network's parameters to the device and waits for it. */
device_fault plan_upload(plan *p);

/** Runs the layers of frames, or those of windows, on values that lie there. @param first  the first layer that is needed */
device_fault plan_forward(plan *p, bool windows, int items, int first);
device_fault plan_backward(plan *p, bool windows, int items);

#endif
