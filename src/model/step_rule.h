/** What a step of training does with a batch, wherever it is done: loss, optimiser, precision.
 *
 *  Losses over a batch of windows, p answers and y labels:
 *    half MSE:  1/(2 n) sum over windows and targets of (p - y)^2
 *    CCC:       1 - ccc of each target over the batch (train/metrics.h), mean over targets
 *    mix:       the sum of both, CCC weighted by one tenth
 *
 *  Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) over the tensors of a network, each tensor's gradient
 *  (or the whole gradient) first clipped to an L2 norm:
 *    m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,  p -= rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)
 *  Weight decay acts on weights alone (not on biases, scales or running averages): AdamW takes rate * decay * p off p; the
 *  reference's L2 factor (`l2`) adds decay * p to the gradient. */
#ifndef EMOTRACK_MODEL_STEP_RULE_H
#define EMOTRACK_MODEL_STEP_RULE_H

#include <stdbool.h>

typedef enum loss_kind { LOSS_MSE = 0, LOSS_CCC, LOSS_MIX } loss_kind;

typedef struct optimiser_options {
    double beta1, beta2, epsilon; /**< 0.9, 0.999, 1e-8 */
    double decay;                 /**< factor of weight decay */
    bool l2;                      /**< the decay enters the gradient, as in plain Adam */
    double clip;                  /**< largest L2 norm of a gradient; 0: not clipped */
    bool clip_each_tensor;        /**< the norm of each tensor; else of all together */
} optimiser_options;

/** What the factors of matrix products are rounded to on a GPU; sums, parameters and all else stay float32. */
typedef enum precision_kind {
    PRECISION_FLOAT32 = 0, /**< the only one on the CPU */
    PRECISION_TF32,        /**< 10 bits behind the point */
    PRECISION_BF16         /**< 7 bits */
} precision_kind;

typedef struct step_rule {
    loss_kind loss;
    optimiser_options optimiser;
    precision_kind precision;
} step_rule;

/** What a step tells. */
typedef struct step_result {
    double loss, norm; /**< of the batch before the step; of the whole gradient before clipping */
} step_result;

enum { STEP_RESULTS_MOST = 256 }; /* steps that may be made before their results are asked for */

#endif
