#if defined(__x86_64__)
#define LEVEL_TABLE kernels_avx512
#include "model/fast/level.h"
#endif
