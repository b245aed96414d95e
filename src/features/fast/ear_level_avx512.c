#define LEVEL_KERNELS ear_kernels_avx512
#include "features/fast/ear_level.h"
