/** The learned ear on the device: windows of many streams in one batch, convolutions by cuDNN. The contract is
 *  model/backend.h's.
 *
 *      windows -> normed, 0 before the sound and behind its end -> five front layers -> three middle layers -> means
 *
 *  Only live filters are computed (features/ear_layers.h). Nothing is kept from call to call: a window is 80 kB each half
 *  second of a stream, less than what the networks' rows take, and a stream that moves to the CPU leaves nothing behind. */
#ifndef EMOTRACK_CUDA_EAR_H
#define EMOTRACK_CUDA_EAR_H

#include "model/backend.h"

extern const ear_backend device_ears;

#endif
