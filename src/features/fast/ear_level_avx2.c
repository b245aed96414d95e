#define LEVEL_KERNELS ear_kernels_avx2
#include "features/fast/ear_level.h"
