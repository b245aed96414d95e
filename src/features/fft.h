/** Magnitude spectrum of real sound, by FFTW in single precision. Plans are made at creation, behind a mutex (FFTW's planner
 *  is not thread-safe), and by estimate, so that every run computes the same bits; running one takes no lock. */
#ifndef EMOTRACK_FEATURES_FFT_H
#define EMOTRACK_FEATURES_FFT_H

#include <stddef.h>

typedef struct fft fft;

/** @param size  power of two, >= 16
 *  @return NULL if memory is out */
fft *fft_create(size_t size);
void fft_destroy(fft *f);

/** The `size` samples that fft_magnitude transforms; zero at creation, written by the caller, kept by the transform. */
float *fft_input(fft *f);

/** @param magnitude  receives |X_k|, k = 0 .. size/2, unnormalised; room from lanes_alloc */
void fft_magnitude(fft *f, float *magnitude);

/** Smallest power of two >= count. */
size_t fft_size(size_t count);

#endif
