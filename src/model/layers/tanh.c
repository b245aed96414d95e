/** Hyperbolic tangent: the head's range is [-1, 1]. */
#include <tgmath.h>

#include "model/layers/pointwise.h"

static real value(real x)
{
    return tanh(x);
}

static real slope(real x, real y)
{
    (void)x;
    return 1 - y * y;
}

POINTWISE_LAYER(tanh, value, slope, false);
