/** Answers for windows of frames that have the front layers behind them already, as training batches have. */
#ifndef EMOTRACK_TRAIN_PROJECTED_H
#define EMOTRACK_TRAIN_PROJECTED_H

#include "model/network.h"

/** @param rows     windows x K x F
 *  @param out      windows x R
 *  @return ET_OK; ET_ERROR_MEMORY */
et_status projected_answers(const network *net, const float *rows, int windows, float *out, et_error *error);

#endif
