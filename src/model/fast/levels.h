/** Kernels by level of processor: a table ends with an entry without type; a NULL form means the reference's. */
#ifndef EMOTRACK_MODEL_FAST_LEVELS_H
#define EMOTRACK_MODEL_FAST_LEVELS_H

#include "model/network_internal.h"

extern const layer_kernel kernels_baseline[];
#if defined(__x86_64__)
extern const layer_kernel kernels_avx2[];   /* AVX2 and FMA */
extern const layer_kernel kernels_avx512[]; /* AVX-512 F, BW, CD, DQ, VL */
#endif

#endif
