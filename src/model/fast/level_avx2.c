#define LEVEL_TABLE kernels_avx2
#include "model/fast/level.h"
