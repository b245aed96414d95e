#define LEVEL_KERNELS ear_kernels_baseline
#include "features/fast/ear_level.h"
