/** VECTOR_FLOATS numbers side by side, as many as a register of this level of processor holds, and their exp and tanh.
 *  Only for the files that level.h gathers: it is compiled once for each level with that level's instructions. Products and
 *  sums written as a * b + c are fused where the level can (its files are compiled with -ffp-contract=fast). */
#ifndef EMOTRACK_BASE_VECTOR_H
#define EMOTRACK_BASE_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
enum { VECTOR_FLOATS = 16, TILE_VECTORS = 4 };
#include <immintrin.h>
#elif defined(__AVX2__)
enum { VECTOR_FLOATS = 8, TILE_VECTORS = 2 };
#include <immintrin.h>
#else
enum { VECTOR_FLOATS = 4, TILE_VECTORS = 2 };
#endif

/** Rows and columns of the piece of a product that stays in registers. */
enum { TILE_ROWS = 6, TILE_COLUMNS = VECTOR_FLOATS * TILE_VECTORS };

typedef float vec __attribute__((vector_size(4 * VECTOR_FLOATS)));
typedef int32_t ivec __attribute__((vector_size(4 * VECTOR_FLOATS)));
typedef float vec_anywhere __attribute__((vector_size(4 * VECTOR_FLOATS), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline, unused))

/** Reads VECTOR_FLOATS numbers, also where fewer are meant: buffers have that much room behind them. */
INLINE vec load(const float *p)
{
    return *(const vec_anywhere *)p;
}

INLINE void store(float *p, vec v)
{
    *(vec_anywhere *)p = v;
}

/** Writes the first `count` numbers. */
INLINE void store_some(float *p, vec v, int count)
{
    if (count >= VECTOR_FLOATS) {
        store(p, v);
        return;
    }
#if defined(__AVX512F__)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
#else
    for (int i = 0; i < count; i++) p[i] = v[i];
#endif
}

/** What is there, or zero where nothing is yet. */
INLINE vec load_unless(bool fresh, const float *p)
{
    return fresh ? (vec){0} : load(p);
}

INLINE vec all(float x)
{
    return x - (vec){0};
}

/** A row of `count` numbers at to[before ..], `margin` everywhere else in to[0 .. stride): stride is a multiple of VECTOR_FLOATS. */
INLINE void put_between_margins(const float *row, int count, float margin, int before, int stride, float *to)
{
    vec around = all(margin);
    for (int j = 0; j < before; j += VECTOR_FLOATS) store(to + j, around);
    for (int j = 0; j < count; j += VECTOR_FLOATS) store(to + before + j, load(row + j));
    int j = before + count;
    for (; j + VECTOR_FLOATS <= stride; j += VECTOR_FLOATS) store(to + j, around);
    for (; j < stride; j++) to[j] = margin;
}

INLINE vec either(ivec mask, vec yes, vec no)
{
    return (vec)((mask & (ivec)yes) | (~mask & (ivec)no));
}

INLINE vec larger(vec a, vec b)
{
    return either((ivec)(a > b), a, b);
}

INLINE vec smaller(vec a, vec b)
{
    return either((ivec)(a < b), a, b);
}

INLINE float sum(vec v)
{
#if defined(__AVX512F__)
    return _mm512_reduce_add_ps((__m512)v);
#else
    float part[VECTOR_FLOATS];
    memcpy(part, &v, sizeof part);
    for (int half = VECTOR_FLOATS / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) part[i] += part[i + half];
    return part[0];
#endif
}

/** Zero from number `count` on. */
INLINE vec first_numbers(vec v, int count)
{
    ivec lane;
    for (int i = 0; i < VECTOR_FLOATS; i++) lane[i] = i;
    return (vec)((ivec)v & (ivec)(lane < (int32_t)count - (ivec){0}));
}

/** exp(x) by 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2] (Moshier's Cephes, expf); error below 2 units in the last
 *  place. */
INLINE vec exp_vec(vec x)
{
    const vec shift = all(12582912.0f); /* 1.5 * 2^23: the sum's last bits are the rounded number */
    x = smaller(larger(x, all(-87.0f)), all(88.0f));
    vec shifted = x * 1.44269504088896341f + shift, n = shifted - shift;
    vec r = x - n * 0.693359375f + n * 2.12194440e-4f;
    vec p = all(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    ivec power = ((ivec)shifted - (0x4b400000 - 127)) << 23;
    return p * (vec)power;
}

/** tanh(x) as a rational function (the coefficients of Eigen's ptanh); error below 4 units in the last place. */
INLINE vec tanh_vec(vec x)
{
    x = smaller(larger(x, all(-7.90531110763549805f)), all(7.90531110763549805f));
    vec s = x * x, p = all(-2.76076847742355e-16f), q = all(1.19825839466702e-06f);
    p = p * s + 2.00018790482477e-13f;
    p = p * s + -8.60467152213735e-11f;
    p = p * s + 5.12229709037114e-08f;
    p = p * s + 1.48572235717979e-05f;
    p = p * s + 6.37261928875436e-04f;
    p = p * s + 4.89352455891786e-03f;
    q = q * s + 1.18534705686654e-04f;
    q = q * s + 2.26843463243900e-03f;
    q = q * s + 4.89352518554385e-03f;
    return x * p / q;
}

INLINE vec sigmoid_vec(vec x)
{
    return tanh_vec(x * 0.5f) * 0.5f + 0.5f;
}

#endif
