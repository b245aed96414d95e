/** Losses over a batch of windows, and their derivative by every answer.
 *    half MSE:  1/(2 n) sum over windows and targets of (p - y)^2
 *    CCC:       1 - ccc of each target over the batch (metrics.h), mean over targets
 *    mix:       the sum of both, CCC weighted by one tenth */
#ifndef EMOTRACK_TRAIN_LOSS_H
#define EMOTRACK_TRAIN_LOSS_H

typedef enum loss_kind { LOSS_MSE = 0, LOSS_CCC, LOSS_MIX } loss_kind;

/** @param answer, label  windows x targets   @param d_out  receives the derivative, windows x targets
 *  @return the loss, summed in double */
double loss_of(loss_kind kind, const float *answer, const float *label, int windows, int targets, float *d_out);

#endif
