/** Logarithm and exponential of eight floats, good to some 2e-7 of the value: the storage of every stage is float anyway. */
#ifndef EMOTRACK_FEATURES_LANES_MATH_H
#define EMOTRACK_FEATURES_LANES_MATH_H

#include "features/lanes.h"

/** log2 of positive, normal numbers. x = 2^e (1+f), sqrt(1/2) <= 1+f < sqrt(2); with s = f/(2+f),
 *  ln(1+f) = 2 (s + s^3/3 + s^5/5 + s^7/7 + s^9/9 + ...); the next term is below 1e-9. */
static inline float8 log2_8(float8 x)
{
    const int32_t sqrt_half = 0x3f3504f3;
    int8 bits = (int8)x;
    int8 exponent = (bits - sqrt_half) >> 23;
    float8 f = (float8)(bits - (exponent << 23)) - 1.0f;
    float8 s = f / (f + 2.0f), q = s * s;
    float8 series = s * (1.0f + q * (1.0f / 3 + q * (1.0f / 5 + q * (1.0f / 7 + q * (1.0f / 9)))));
    return __builtin_convertvector(exponent, float8) + series * (float)(2 * 1.4426950408889634);
}

static inline float8 log_8(float8 x)
{
    return log2_8(x) * (float)0.6931471805599453;
}

/** 2^x for -126 <= x < 127. x = i + r, |r| <= 1/2; Taylor series of e^(r ln 2) up to the 7th power (rest below 6e-9). */
static inline float8 exp2_8(float8 x)
{
    const float8 half = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
    int8 whole = __builtin_convertvector(x + choose8(x < 0, -half, half), int8);
    float8 t = (x - __builtin_convertvector(whole, float8)) * (float)0.6931471805599453;
    float8 series =
        1.0f + t * (1.0f + t * (1.0f / 2 +
                                t * (1.0f / 6 + t * (1.0f / 24 + t * (1.0f / 120 + t * (1.0f / 720 + t * (1.0f / 5040)))))));
    return (float8)((int8)series + (whole << 23));
}

static inline float8 exp_8(float8 x)
{
    return exp2_8(x * (float)1.4426950408889634);
}

#endif
