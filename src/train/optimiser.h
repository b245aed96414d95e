/** The optimiser that model/step_rule.h describes, on the CPU. */
#ifndef EMOTRACK_TRAIN_OPTIMISER_H
#define EMOTRACK_TRAIN_OPTIMISER_H

#include "model/network.h"
#include "model/step_rule.h"

typedef struct optimiser {
    optimiser_options options;
    int64_t steps;
    size_t count;
    float *m, *v; /**< count numbers each: what a checkpoint keeps besides the parameters */
} optimiser;

/** @param count  of the network's parameters @return ET_OK or ET_ERROR_MEMORY */
et_status optimiser_create(optimiser *o, const optimiser_options *options, size_t count, et_error *error);
void optimiser_destroy(optimiser *o);

/** One step on all trained tensors. The caller calls network_refresh afterwards.
 *  @param gradients  arena-sized, changed by clipping
 *  @return norm of the whole gradient before clipping */
double optimiser_step(optimiser *o, network *net, float *gradients, double rate);

/** The same for one tensor of `count` numbers that begins at `offset`: the arithmetic alone. */
void optimiser_update(optimiser *o, float *parameters, float *gradients, size_t offset, size_t count, bool decay,
                      double rate);

#endif
