/** Exponential linear unit (Clevert et al. 2016), alpha 1: x above zero, exp(x) - 1 below. */
#include <tgmath.h>

#include "model/layers/pointwise.h"

static real value(real x)
{
    return x > 0 ? x : expm1(x);
}

static real slope(real x, real y)
{
    (void)x;
    return y > 0 ? 1 : y + 1;
}

POINTWISE_LAYER(elu, value, slope, false);
