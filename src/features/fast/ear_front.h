/** Front filters, places in the spectrum side by side. A group's sums over taps and bands stay in registers; of them the
 *  largest goes on. */
#ifndef EMOTRACK_FEATURES_FAST_EAR_FRONT_H
#define EMOTRACK_FEATURES_FAST_EAR_FRONT_H

#include <math.h>

#include "base/vector.h"
#include "features/ear_layers.h"

INLINE float largest_lane(vec v)
{
#if defined(__AVX512F__)
    return _mm512_reduce_max_ps((__m512)v);
#else
    float best = v[0];
    for (int i = 1; i < LANES; i++) best = v[i] > best ? v[i] : best;
    return best;
#endif
}

/* `outs` filters at `vectors` of places from p on: best[o] becomes the largest. */
INLINE void front_tile(const ear_front *l, int outs, int vectors, int width, const float *weight, const float *x, int taps,
                       int p, vec *best)
{
    vec sum_of[TILE_ROWS][TILE_VECTORS];
#pragma GCC unroll 6
    for (int o = 0; o < outs; o++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) sum_of[o][v] = all(0);
    for (int t = 0; t < taps; t++)
        for (int k = 0; k < width; k++, weight += outs) {
            const float *at = x + t * EAR_BANDS + p + k;
            vec row[TILE_VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) row[v] = load(at + v * LANES);
#pragma GCC unroll 6
            for (int o = 0; o < outs; o++)
#pragma GCC unroll 4
                for (int v = 0; v < vectors; v++) sum_of[o][v] = weight[o] * row[v] + sum_of[o][v];
        }
    ivec lane;
    for (int i = 0; i < LANES; i++) lane[i] = i;
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
        ivec inside = (ivec)(lane < (int32_t)(l->places - p - v * LANES) - (ivec){0});
#pragma GCC unroll 6
        for (int o = 0; o < outs; o++) best[o] = larger(best[o], either(inside, sum_of[o][v], all(-INFINITY)));
    }
}

#define FRONT_OF_FILTERS(VECTORS)                                              \
    switch (outs) {                                                            \
    case 6: front_tile(l, 6, VECTORS, width, weight, x, taps, p, best); break; \
    case 5: front_tile(l, 5, VECTORS, width, weight, x, taps, p, best); break; \
    case 4: front_tile(l, 4, VECTORS, width, weight, x, taps, p, best); break; \
    case 3: front_tile(l, 3, VECTORS, width, weight, x, taps, p, best); break; \
    case 2: front_tile(l, 2, VECTORS, width, weight, x, taps, p, best); break; \
    default: front_tile(l, 1, VECTORS, width, weight, x, taps, p, best);       \
    }

/* All places of one group in one frame. */
INLINE void front_group(const ear_front *l, int outs, int width, const float *weight, const float *x, int taps, vec *best)
{
    for (int o = 0; o < outs; o++) best[o] = all(-INFINITY);
    for (int p = 0; p < l->places; p += TILE_COLUMNS) {
        if (l->places - p > TILE_COLUMNS / 2)
            FRONT_OF_FILTERS(TILE_VECTORS)
        else
            FRONT_OF_FILTERS(TILE_VECTORS / 2)
    }
}

static void front_timbre(const ear_front *l, int outs, const float *weight, const float *x, int taps, vec *best)
{
    front_group(l, outs, l->width, weight, x, taps, best);
}

static void front_rhythm(const ear_front *l, int outs, const float *weight, const float *x, int taps, vec *best)
{
    front_group(l, outs, 1, weight, x, taps, best);
}

static void ear_front_frames(const ear_front *l, const float *x, int frames, int known, float *out, ptrdiff_t stride)
{
    int group = ear_group(l->live);
    const float *weight = l->kernel;
    for (int first = 0; first < l->live; first += group) {
        int outs = l->live - first < group ? l->live - first : group;
        for (int f = 0; f < frames; f++) {
            vec best[TILE_ROWS];
            int taps = known - f < l->taps ? known - f : l->taps;
            (l->width == 1 ? front_rhythm : front_timbre)(l, outs, weight, x + (ptrdiff_t)f * EAR_BANDS, taps, best);
            for (int o = 0, c = first; o < outs; o++, c++) {
                float heard = l->sign[c] * largest_lane(best[o]) + l->after.bias[c];
                out[f * stride + c] = (heard > 0 ? heard : 0) * l->after.scale[c] + l->after.offset[c];
            }
        }
        weight += (ptrdiff_t)outs * l->taps * l->width;
    }
}

#endif
