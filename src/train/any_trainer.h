/** Forward and backward of batches where there is something to do it: on the CPU (network_trainer) or on a GPU (backend.h).
 */
#ifndef EMOTRACK_TRAIN_ANY_TRAINER_H
#define EMOTRACK_TRAIN_ANY_TRAINER_H

#include "model/network.h"

typedef struct any_trainer any_trainer;

/** @param threads  of the CPU
 *  @param device   "cpu" or NULL; "cuda"; "auto": a GPU if there is one, and the CPU from the batch on at which it fails
 *  @return as network_trainer_create; with "cuda" also what backend_load says */
et_status any_trainer_create(any_trainer **out, network *net, int most_frames, int most_windows, int threads,
                             const char *device, et_error *error);
void any_trainer_destroy(any_trainer *t);

/** As network_trainer_forward. @return ET_OK; with "cuda" ET_ERROR_DEVICE or _MEMORY; with "auto" ET_ERROR_MEMORY if the CPU
 *  cannot take over */
et_status any_trainer_forward(any_trainer *t, const network_batch *batch, float *out, et_error *error);

/** As network_trainer_backward, of the last forward's batch, whose arrays must still be there. */
et_status any_trainer_backward(any_trainer *t, const float *d_out, float *gradients, et_error *error);

/** Whether a GPU does it now. */
bool any_trainer_on_device(const any_trainer *t);

#endif
