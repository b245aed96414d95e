/** Ring of samples between the thread that captures and the thread that computes.
 *
 *  One producer, one consumer, no locks (C11 atomics). What does not fit is counted, with its place in the stream, and never
 *  overwrites what waits. Push and pop are real-time safe. */
#ifndef EMOTRACK_AUDIO_RING_H
#define EMOTRACK_AUDIO_RING_H

#include "emotrack.h"

typedef struct ring ring;

/** @param frames    at least so many frames fit; rounded up to a power of two; 1 .. 2^26
 *  @param channels  floats in a frame, 1 .. 256
 *  @return ET_OK; ET_ERROR_ARGUMENT (out of range), ET_ERROR_LIMIT (more than 2^28 samples), ET_ERROR_MEMORY */
et_status ring_create(ring **out, size_t frames, unsigned channels, et_error *error);
void ring_destroy(ring *r);

/** Producer: appends frames; those that find no room are lost and counted. @return frames that found room */
size_t ring_push(ring *r, const float *samples, size_t frames);

/** Producer: `frames` frames of the stream never came. The consumer hears of them at their place, as soon as a frame after
 *  them has found room. */
void ring_push_lost(ring *r, uint64_t frames);

/** Consumer: takes the next frames of the stream, in order. Lost ones are reported where they were lost: a call gives either
 *  samples (`*lost` 0) or the count of frames lost at this place (`*lost` > 0, return 0).
 *  @return frames written to `samples`, at most `frames` */
size_t ring_pop(ring *r, float *samples, size_t frames, uint64_t *lost);

/** Consumer or producer: frames that wait. */
size_t ring_waiting(const ring *r);

/** Any thread: frames lost since creation. */
uint64_t ring_lost(const ring *r);

#endif
