/** Eight numbers at a time. Sums are kept in eight lanes whatever the processor, and lanes are added in one fixed order, so
 *  SSE2, AVX2, AVX-512 and NEON give the same bits. */
#ifndef EMOTRACK_FEATURES_LANES_H
#define EMOTRACK_FEATURES_LANES_H

#include <stdint.h>
#include <string.h>

#include "features/lanes_alloc.h"

typedef float float8 __attribute__((vector_size(32)));
typedef int32_t int8 __attribute__((vector_size(32)));
typedef double double8 __attribute__((vector_size(64)));

static inline float8 load8(const float *from)
{
    float8 v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline void store8(float *to, float8 v)
{
    memcpy(to, &v, sizeof v);
}

static inline double8 load8d(const double *from)
{
    double8 v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline double8 widen8(float8 v)
{
    return __builtin_convertvector(v, double8);
}

static inline double add_lanes(double8 v)
{
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

/** `mask` ? a : b, lane by lane; `mask` is what a comparison of float8 gives. */
static inline float8 choose8(int8 mask, float8 a, float8 b)
{
    return (float8)((mask & (int8)a) | (~mask & (int8)b));
}

static inline float8 max8(float8 a, float8 b)
{
    return choose8(a > b, a, b);
}

#endif
