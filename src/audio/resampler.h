/** Any stream to the one that the descriptors take: mono, 44.1 kHz.
 *
 *  Channels are averaged, then libsoxr resamples (high quality) where the rate differs. The samples that come out do not
 *  depend on how those that go in are cut into blocks, bit for bit. NaN and infinite samples become 0 and are counted.
 *  Push and flush are real-time safe (no allocation, lock or system call); one thread at a time. */
#ifndef EMOTRACK_AUDIO_RESAMPLER_H
#define EMOTRACK_AUDIO_RESAMPLER_H

#include "emotrack.h"

enum { RESAMPLER_HZ = 44100 };

typedef struct resampler resampler;

/** @param rate_hz   4,000 .. 768,000
 *  @param channels  1 .. 256
 *  @return ET_OK, ET_ERROR_ARGUMENT, ET_ERROR_MEMORY */
et_status resampler_create(resampler **out, double rate_hz, unsigned channels, et_error *error);
void resampler_destroy(resampler *r);

/** Begins a new stream: as just created, to the bit. Makes the filter anew, so it allocates and is not real-time safe.
 *  @return ET_OK; ET_ERROR_MEMORY: the old stream goes on */
et_status resampler_reset(resampler *r);

/** Takes `frames` interleaved frames (at most `resampler_block()`) and gives what they make possible.
 *  @param samples  NULL means `frames` frames of silence (lost sound)
 *  @param out      room for `resampler_room()` floats
 *  @param not_finite  receives how many samples were NaN or infinite
 *  @return samples written to `out` */
size_t resampler_push(resampler *r, const float *samples, size_t frames, float *out, size_t *not_finite);

/** The same for sound that is mono and finite already. @param mono  `frames` samples */
size_t resampler_push_mono(resampler *r, const float *mono, size_t frames, float *out);

/** The stream has ended: the samples that the filter still holds. Call until it gives 0; then every second of sound has
 *  become 44,100 samples. Push nothing after it but a reset. */
size_t resampler_flush(resampler *r, float *out);

size_t resampler_block(const resampler *r); /* most frames in one push  */
size_t resampler_room(const resampler *r);  /* most samples that one push or flush gives */

/** Sound that the resampler holds back at most (filter and its blocks), in seconds; 0 at 44.1 kHz. Measured at creation. */
double resampler_delay_s(const resampler *r);

#endif
