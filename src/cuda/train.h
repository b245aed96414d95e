/** Training on the device: network_trainer's forward and backward, frames that windows share computed once. The contract is
 *  model/backend.h's.
 *
 *  Same batch, same seed: the same numbers dropped, the same order of sums, the same bits on one device. Against the CPU:
 *  answers within 1e-4, gradients within 1e-3 of the largest of their tensor. Parameters and gradients are copied each step
 *  (9.7 MB for the main network); everything between stays on the device. One thread at a time. */
#ifndef EMOTRACK_CUDA_TRAIN_H
#define EMOTRACK_CUDA_TRAIN_H

#include "model/backend.h"

et_status device_trainer_create(backend_trainer **out, network *net, int most_frames, int most_windows, et_error *error);
void device_trainer_destroy(backend_trainer *t);
et_status device_trainer_forward(backend_trainer *t, const network_batch *batch, float *out, et_error *error);
et_status device_trainer_backward(backend_trainer *t, const float *d_out, float *gradients, et_error *error);

#endif
