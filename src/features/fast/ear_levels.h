/** The ear's kernels by level of processor. */
#ifndef EMOTRACK_FEATURES_FAST_EAR_LEVELS_H
#define EMOTRACK_FEATURES_FAST_EAR_LEVELS_H

#include "features/ear_layers.h"

extern const ear_kernels ear_kernels_baseline;
#if defined(__x86_64__)
extern const ear_kernels ear_kernels_avx2;
extern const ear_kernels ear_kernels_avx512;
#endif

#endif
