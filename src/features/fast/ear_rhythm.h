/** Rhythm filters, bands side by side. A group's sums over the frames stay in registers; the largest of all bands goes on. */
#ifndef EMOTRACK_FEATURES_FAST_EAR_RHYTHM_H
#define EMOTRACK_FEATURES_FAST_EAR_RHYTHM_H

#include <math.h>

#include "base/vector.h"
#include "features/ear_layers.h"

enum { RHYTHM_VECTORS = VECTOR_FLOATS == 16 ? 3 : 2 }; /* divides the 96 bands */

INLINE float largest_lane(vec v)
{
#if defined(__AVX512F__)
    return _mm512_reduce_max_ps((__m512)v);
#else
    float best = v[0];
    for (int i = 1; i < VECTOR_FLOATS; i++) best = v[i] > best ? v[i] : best;
    return best;
#endif
}

/* `outs` filters in bands from `band` on: best[o] becomes the largest. */
INLINE void rhythm_tile(int outs, const float *weight, const float *x, int taps, int band, vec *best)
{
    vec sum_of[TILE_ROWS][RHYTHM_VECTORS];
#pragma GCC unroll 6
    for (int o = 0; o < outs; o++)
#pragma GCC unroll 4
        for (int v = 0; v < RHYTHM_VECTORS; v++) sum_of[o][v] = all(0);
    for (int t = 0; t < taps; t++, weight += outs) {
        vec row[RHYTHM_VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < RHYTHM_VECTORS; v++) row[v] = load(x + t * EAR_BANDS + band + v * VECTOR_FLOATS);
#pragma GCC unroll 6
        for (int o = 0; o < outs; o++)
#pragma GCC unroll 4
            for (int v = 0; v < RHYTHM_VECTORS; v++) sum_of[o][v] = weight[o] * row[v] + sum_of[o][v];
    }
#pragma GCC unroll 6
    for (int o = 0; o < outs; o++)
#pragma GCC unroll 4
        for (int v = 0; v < RHYTHM_VECTORS; v++) best[o] = larger(best[o], sum_of[o][v]);
}

/* All bands of one group in one frame. */
static void rhythm_group(int outs, const float *weight, const float *x, int taps, vec *best)
{
    for (int o = 0; o < outs; o++) best[o] = all(-INFINITY);
    for (int band = 0; band < EAR_BANDS; band += RHYTHM_VECTORS * VECTOR_FLOATS) switch (outs) {
        case 6: rhythm_tile(6, weight, x, taps, band, best); break;
        case 5: rhythm_tile(5, weight, x, taps, band, best); break;
        case 4: rhythm_tile(4, weight, x, taps, band, best); break;
        case 3: rhythm_tile(3, weight, x, taps, band, best); break;
        case 2: rhythm_tile(2, weight, x, taps, band, best); break;
        default: rhythm_tile(1, weight, x, taps, band, best);
        }
}

static void ear_rhythm_frames(const ear_front *l, const float *x, int frames, int known, float *out, ptrdiff_t stride)
{
    int group = ear_group(l->live);
    const float *weight = l->kernel;
    for (int first = 0; first < l->live; first += group) {
        int outs = l->live - first < group ? l->live - first : group;
        for (int f = 0; f < frames; f++) {
            vec best[TILE_ROWS];
            int taps = known - f < l->taps ? known - f : l->taps;
            rhythm_group(outs, weight, x + (ptrdiff_t)f * EAR_BANDS, taps, best);
            for (int o = 0, c = first; o < outs; o++, c++) {
                float heard = l->sign[c] * largest_lane(best[o]) + l->after.bias[c];
                out[f * stride + c] = (heard > 0 ? heard : 0) * l->after.scale[c] + l->after.offset[c];
            }
        }
        weight += (ptrdiff_t)outs * l->taps;
    }
}

#endif
