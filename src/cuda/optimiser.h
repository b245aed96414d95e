/** The optimiser of a network whose parameters lie on the device: moments there, the count of steps here. */
#ifndef EMOTRACK_CUDA_OPTIMISER_H
#define EMOTRACK_CUDA_OPTIMISER_H

#include "cuda/adam.h"
#include "model/network_internal.h"

typedef struct device_optimiser {
    optimiser_options options;
    int64_t steps;
    float *m, *v;   /**< device: parameter_count each */
    adam_work work; /**< what every step hands to the kernels */
    adam_piece *piece;
    int *tensor_begin;
    double *squares;
} device_optimiser;

/** @param parameters, gradients  of the device, arenas of the network */
device_fault device_optimiser_create(device_optimiser *o, const network *net, const optimiser_options *options,
                                     float *parameters, const float *gradients, cudaStream_t stream);
void device_optimiser_destroy(device_optimiser *o);

/** Counts a step: fills what the kernels read of it. */
void device_optimiser_count(device_optimiser *o, double rate, step_numbers *out);

/** Queues it. */
device_fault device_optimiser_step(const device_optimiser *o, const step_numbers *numbers, step_result *results,
                                   cudaStream_t stream);

#endif
