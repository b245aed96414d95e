/** Answering on the device: one launch of a captured graph takes new frames of many streams and answers their windows. The
 *  contract is model/backend.h's; this is what it does here.
 *
 *  What a frame leaves behind (its slot) stays on the device. The caller numbers the slots: with 50 interleaved windows of K
 *  frames a stream needs 50 K. Graphs are captured at creation for 1, 2, 4 ... streams; a call is rounded up to the next.
 *  After creation nothing is allocated. */
#ifndef EMOTRACK_CUDA_SESSION_H
#define EMOTRACK_CUDA_SESSION_H

#include "model/backend.h"

extern const session_backend device_sessions;

#endif
