#define LEVEL_TABLE kernels_avx512
#include "model/fast/level.h"
