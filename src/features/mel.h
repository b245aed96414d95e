/** Mel filter bank: 26 triangles of peak 1, equally spaced and linear in mel(f) = 1127 ln(1 + f/700), 20 Hz .. 8 kHz (or
 *  half the rate), on power spectra (Davis & Mermelstein 1980; HTK Book 5.4). */
#ifndef EMOTRACK_FEATURES_MEL_H
#define EMOTRACK_FEATURES_MEL_H

#include <stddef.h>

enum { MEL_BANDS = 26, MEL_ROOM = 32 /* whole groups of lanes */ };

typedef struct mel mel;

/** @param fft_size  length of the transform whose power is filtered
 *  @return NULL if memory is out */
mel *mel_create(double rate_hz, size_t fft_size);
void mel_destroy(mel *m);

/** Centre of band 0 .. 25 in Hz. */
double mel_centre_hz(const mel *m, int band);

/** @param power  fft_size/2 + 1 values, room from lanes_alloc
 *  @param band   receives 26 values, then zeros */
void mel_filter(const mel *m, const float *power, float band[MEL_ROOM]);

#endif
