/** Training on the device: steps of network_trainer's forward and backward, frames that windows share computed once, and the
 *  optimiser's. The contract is model/backend.h's.
 *
 *  Parameters, gradients, moments and, where they are given, the rows of the whole data set live on the device. A step is
 *  one copy of its batch (numbers of rows, or the rows, and labels) and, from the second of its shape on, one launch. Same
 *  batches, same seeds: the same numbers dropped, the same order of sums, the same bits on one device. Against the CPU, in
 *  float32: answers within 1e-4, gradients within 1e-3 of the largest of their tensor. One thread at a time. */
#ifndef EMOTRACK_CUDA_TRAIN_H
#define EMOTRACK_CUDA_TRAIN_H

#include "model/backend.h"

extern const trainer_backend device_trainers;

#endif
