/** Fifteen descriptors of the shape of a power spectrum, as ComParE defines them: bands, roll-off, flux, moments, entropy,
 *  slope, sharpness (Zwicker & Fastl, Psychoacoustics, 9.2; Bark scale of Traunmueller 1990), harmonicity. */
#ifndef EMOTRACK_FEATURES_SPECTRAL_H
#define EMOTRACK_FEATURES_SPECTRAL_H

#include <stddef.h>

/** Places in a row of spectral values. */
enum {
    SPECTRAL_BAND_250_650,
    SPECTRAL_BAND_1000_4000,
    SPECTRAL_ROLL_OFF, /* four: 25, 50, 75, 90 % */
    SPECTRAL_FLUX = SPECTRAL_ROLL_OFF + 4,
    SPECTRAL_CENTROID,
    SPECTRAL_ENTROPY,
    SPECTRAL_VARIANCE,
    SPECTRAL_SKEWNESS,
    SPECTRAL_KURTOSIS,
    SPECTRAL_SLOPE,
    SPECTRAL_SHARPNESS,
    SPECTRAL_HARMONICITY,
    SPECTRAL_COUNT
};

typedef struct spectral spectral;

/** @return NULL if memory is out */
spectral *spectral_create(double rate_hz, size_t fft_size);
void spectral_destroy(spectral *s);
void spectral_reset(spectral *s);

/** @param magnitude  |X_k|, fft_size/2 + 1 values, room from lanes_alloc
 *  @param power      |X_k|^2, the same */
void spectral_frame(spectral *s, const float *magnitude, const float *power, float out[SPECTRAL_COUNT]);

#endif
