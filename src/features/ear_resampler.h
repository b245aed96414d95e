/** Sound at 44.1 kHz, a hop of 441 samples at a time, to 160 samples at 16 kHz: a low-pass of 128 taps under Kaiser's
 *  window, one phase of it for each of the 160 places that a sample can have (Crochiere and Rabiner, "Multirate digital
 *  signal processing", 1983, chapter 4). Flat to 7 kHz, 70 dB down from 8.8 kHz on. */
#ifndef EMOTRACK_FEATURES_EAR_RESAMPLER_H
#define EMOTRACK_FEATURES_EAR_RESAMPLER_H

#include <stddef.h>

enum {
    EAR_RESAMPLER_IN = 441,
    EAR_RESAMPLER_OUT = 160,
    EAR_RESAMPLER_DELAY = 23 /* samples at 16 kHz (1.4 ms): after n hops, 160 n - 23 samples are known */
};

typedef struct ear_resampler ear_resampler;

/** @return NULL if memory is out */
ear_resampler *ear_resampler_create(void);
void ear_resampler_destroy(ear_resampler *r);
void ear_resampler_reset(ear_resampler *r);

/** @param in   441 samples, finite
 *  @param out  receives the next 160 samples. The first 23 of a stream lie before it: sample n of the stream, at n / 16,000
 *  s, is the (n + 23)rd from 0 on */
void ear_resampler_hop(ear_resampler *r, const float in[EAR_RESAMPLER_IN], float out[EAR_RESAMPLER_OUT]);

#endif
