/** What the processor can do, in the three levels for which kernels are compiled. */
#ifndef EMOTRACK_BASE_PROCESSOR_H
#define EMOTRACK_BASE_PROCESSOR_H

#include <stdbool.h>

enum { PROCESSOR_LEVELS = 3 /* baseline; x86-64-v3 (AVX2, FMA); x86-64-v4 (AVX-512 F, BW, CD, DQ, VL) */ };

/** Whether code compiled for level 0 .. 2 runs here. Level 0 always does. */
bool processor_runs(int level);

#endif
