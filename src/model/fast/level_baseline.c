#define LEVEL_TABLE kernels_baseline
#include "model/fast/level.h"
