/** Losses over a batch of windows (model/step_rule.h says which), and their derivative by every answer. */
#ifndef EMOTRACK_TRAIN_LOSS_H
#define EMOTRACK_TRAIN_LOSS_H

#include "model/step_rule.h"

/** @param answer, label  windows x targets   @param d_out  receives the derivative, windows x targets
 *  @return the loss, summed in double */
double loss_of(loss_kind kind, const float *answer, const float *label, int windows, int targets, float *d_out);

#endif
