/** Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) over the tensors of a network, each tensor's gradient
 * first clipped to an L2 norm.
 *
 *    m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,  p -= rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)
 *
 *  Weight decay acts on weights alone (not on biases, scales or running averages): AdamW takes rate * decay * p off p; the
 *  reference's L2 factor (`l2`) adds decay * p to the gradient. */
#ifndef EMOTRACK_TRAIN_OPTIMISER_H
#define EMOTRACK_TRAIN_OPTIMISER_H

#include "model/network.h"

typedef struct optimiser_options {
    double beta1, beta2, epsilon; /**< 0.9, 0.999, 1e-8 */
    double decay;                 /**< factor of weight decay */
    bool l2;                      /**< the decay enters the gradient, as in plain Adam */
    double clip;                  /**< largest L2 norm of a gradient; 0: not clipped */
    bool clip_each_tensor;        /**< the norm of each tensor; else of all together */
} optimiser_options;

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
