/** Morlet wavelet psi(x) = cos(1.75 x) exp(-x^2 / 2), number by number. */
#include <tgmath.h>

#include "model/layers/pointwise.h"

static const real frequency = (real)1.75;

static real value(real x)
{
    return cos(frequency * x) * exp(-x * x / 2);
}

static real slope(real x, real y)
{
    return -frequency * sin(frequency * x) * exp(-x * x / 2) - x * y;
}

POINTWISE_LAYER(wavelet, value, slope, true);
