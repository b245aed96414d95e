/** Spectral contrast: how far peaks stand above valleys in seven octave bands (Jiang et al. 2002, "Music type classification
 *  by spectral contrast feature"): the mean magnitude of the largest fiftieth of a band's bins over that of the smallest, in
 *  dB of magnitude taken as power, as librosa has it. */
#ifndef EMOTRACK_FEATURES_CONTRAST_H
#define EMOTRACK_FEATURES_CONTRAST_H

#include <stddef.h>

enum { CONTRAST_BANDS = 7, CONTRAST_MOST = 32 /* bins that a fiftieth may have */ };

typedef struct contrast {
    size_t first[CONTRAST_BANDS], end[CONTRAST_BANDS]; /* bins of each band: 0, 200, 400 .. 6400 Hz, the last bin */
    size_t taken[CONTRAST_BANDS];                      /* bins that are a peak or a valley                       */
} contrast;

/** @param bins  of a spectrum from 0 Hz to more than 6.4 kHz; a fiftieth of the highest band is cut to CONTRAST_MOST */
void contrast_init(contrast *c, double bin_hz, size_t bins);

/** @param magnitude  `bins` values; valleys count as 1e-6 of the spectrum's largest value at least
 *  @param out        dB, 0 .. 60 */
void contrast_frame(const contrast *c, const float *magnitude, float out[CONTRAST_BANDS]);

#endif
