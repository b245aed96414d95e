/** Energy and zero crossings of a frame of raw sound. */
#ifndef EMOTRACK_FEATURES_ENERGY_H
#define EMOTRACK_FEATURES_ENERGY_H

#include <stddef.h>

/** sqrt(mean x^2). */
float energy_rms(const float *frame, size_t count);

/** Share of samples i = 1 .. count-2 at which the sound crosses zero: x[i-1] and x[i] have opposite signs, or x[i] is 0
 *  and its neighbours are not on the same side. */
float energy_zero_crossings(const float *frame, size_t count);

#endif
