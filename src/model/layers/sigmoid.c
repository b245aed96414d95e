/** Logistic function 1 / (1 + exp(-x)). */
#include <tgmath.h>

#include "model/layers/pointwise.h"

static real value(real x)
{
    return 1 / (1 + exp(-x));
}

static real slope(real x, real y)
{
    (void)x;
    return y * (1 - y);
}

POINTWISE_LAYER(sigmoid, value, slope, false);
