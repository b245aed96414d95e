/** The learning rate at each step.
 *    cosine:    rate * (1 + cos(pi step / steps)) / 2
 *    one cycle: up from rate/25 to rate over the first 30% of the steps, then down to rate/250,000, both along cosines
 *               (Smith and Topin 2018, "Super-convergence"; constants as PyTorch's OneCycleLR has them)
 *    seed:      halved every two epochs, as the reference research code does it
 *    constant */
#ifndef EMOTRACK_TRAIN_SCHEDULE_H
#define EMOTRACK_TRAIN_SCHEDULE_H

#include <stdint.h>

typedef enum schedule_kind { SCHEDULE_ONE_CYCLE = 0, SCHEDULE_COSINE, SCHEDULE_SEED, SCHEDULE_CONSTANT } schedule_kind;

/** @param step  0 .. steps - 1 @param steps_an_epoch  at least 1 */
double schedule_rate(schedule_kind kind, double rate, int64_t step, int64_t steps, int64_t steps_an_epoch);

#endif
