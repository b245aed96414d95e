#include "features/octave_spline.h"

#include <math.h>

#include "base/clones.h"
#include "features/lanes.h"

/* The second derivatives M_k of the spline solve
 *     h[k-1] M[k-1] + 2 (h[k-1] + h[k]) M[k] + h[k] M[k+1] = 6 ((b[k+1]-b[k]) / h[k] - (b[k]-b[k-1]) / h[k-1]),
 * M_0 = M_last = 0. Elimination runs up the axis, substitution down; either multiplies what came before by some 0.27 a step.
 * So the axis is cut into CHAINS pieces that run side by side, each WARM_UP steps early: 0.3^16 of a neighbour is below
 * float. */
enum { CHAINS = 8, WARM_UP = 16, POINTS = 4 };

typedef float float4 __attribute__((vector_size(16)));
typedef double double2 __attribute__((vector_size(16)));
typedef int32_t int4 __attribute__((vector_size(16)));

struct octave_spline {
    size_t bins, piece; /* knots of one chain */
    /* All of these begin WARM_UP knots below knot 0 and are 0 there and beyond the last knot. */
    float *rise_above, *rise_below; /* right side from the two differences */
    float *below, *above;           /* elimination and substitution factors */
    float *side, *reduced;          /* right side, before and after elimination */
    float *second;                  /* M_k */
    float *point;                   /* four weights each: of b at the knot below and above, of M there */
    int32_t *at;                    /* the knot below each point */
};

static double octave_of(size_t k, double bin_hz)
{
    if (k == 0) return 2.0 * log2(bin_hz) - log2(2.0 * bin_hz);
    return log2((double)k * bin_hz);
}

static void factor(octave_spline *s, double bin_hz)
{
    double above = 0.0; /* of the knot below */
    for (size_t k = 1; k + 1 < s->bins; k++) {
        double here = octave_of(k, bin_hz);
        double h_below = here - octave_of(k - 1, bin_hz), h_above = octave_of(k + 1, bin_hz) - here;
        double pivot = 2.0 * (h_below + h_above) - h_below * above;
        above = h_above / pivot;
        size_t i = WARM_UP + k;
        s->below[i] = (float)(h_below / pivot);
        s->above[i] = (float)above;
        s->rise_above[i] = (float)(6.0 / (h_above * pivot));
        s->rise_below[i] = (float)(6.0 / (h_below * pivot));
    }
}

static void place_points(octave_spline *s, double bin_hz, double low_hz)
{
    double low = log2(low_hz), high = octave_of(s->bins - 1, bin_hz);
    size_t k = 0;
    for (size_t m = 0; m < s->bins; m++) {
        double v = low + (double)m * (high - low) / (double)(s->bins - 1);
        while (k + 2 < s->bins && octave_of(k + 1, bin_hz) <= v) k++;
        double h = octave_of(k + 1, bin_hz) - octave_of(k, bin_hz);
        double a = fmax(0.0, (octave_of(k + 1, bin_hz) - v) / h), b = 1.0 - a;
        float *w = s->point + POINTS * m;
        w[0] = (float)a;
        w[1] = (float)b;
        w[2] = (float)((a * a * a - a) * h * h / 6.0);
        w[3] = (float)((b * b * b - b) * h * h / 6.0);
        s->at[m] = (int32_t)k;
    }
}

octave_spline *octave_spline_create(size_t bins, double bin_hz, double low_hz)
{
    octave_spline *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->bins = bins;
    s->piece = (bins + CHAINS - 1) / CHAINS;
    size_t room = s->piece * CHAINS + 2 * WARM_UP;
    float **tables[] = {&s->rise_above, &s->rise_below, &s->below, &s->above, &s->side, &s->reduced, &s->second};
    int missing = 0;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        *tables[i] = lanes_alloc(room, sizeof(float));
        missing += *tables[i] == NULL;
    }
    s->point = lanes_alloc(POINTS * whole_lanes(bins), sizeof *s->point);
    s->at = lanes_alloc(bins, sizeof *s->at);
    if (missing || !s->point || !s->at) {
        octave_spline_destroy(s);
        return NULL;
    }
    factor(s, bin_hz);
    place_points(s, bin_hz, low_hz);
    return s;
}

void octave_spline_destroy(octave_spline *s)
{
    if (s == NULL) return;
    float *tables[] = {s->rise_above, s->rise_below, s->below, s->above, s->side, s->reduced, s->second, s->point};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) free(tables[i]);
    free(s->at);
    free(s);
}

CPU_CLONES static void right_side(const octave_spline *s, const float *restrict b)
{
    const float *restrict up = s->rise_above + WARM_UP, *restrict down = s->rise_below + WARM_UP;
    float *restrict side = s->side + WARM_UP;
    for (size_t k = 1; k + 1 < s->bins; k++) side[k] = up[k] * (b[k + 1] - b[k]) - down[k] * (b[k] - b[k - 1]);
}

/* Knots of chain c: c * piece .. (c+1) * piece - 1. What a chain writes while it warms up is written again, later in the
 * same loop, by the chain that it belongs to. */
CPU_CLONES static void eliminate(const octave_spline *s)
{
    const float *restrict side = s->side, *restrict below = s->below;
    float *restrict reduced = s->reduced;
    const size_t piece = s->piece;
    float carry[CHAINS] = {0};
    for (size_t i = 0; i < piece + WARM_UP; i++)
        for (size_t c = 0; c < CHAINS; c++) {
            size_t k = c * piece + i;
            carry[c] = side[k] - below[k] * carry[c];
            reduced[k] = carry[c];
        }
}

CPU_CLONES static void substitute(const octave_spline *s)
{
    const float *restrict reduced = s->reduced, *restrict above = s->above;
    float *restrict second = s->second;
    const size_t piece = s->piece, top = piece + 2 * WARM_UP - 1;
    float carry[CHAINS] = {0};
    for (size_t i = 0; i < piece + WARM_UP; i++)
        for (size_t c = 0; c < CHAINS; c++) {
            size_t k = c * piece + top - i;
            carry[c] = reduced[k] - above[k] * carry[c];
            second[k] = carry[c];
        }
}

CPU_CLONES static void evaluate(const octave_spline *s, const float *restrict b, const float *restrict weight,
                                float *restrict out)
{
    const float *restrict point = s->point, *restrict second = s->second + WARM_UP;
    const int32_t *restrict at = s->at;
    for (size_t m = 0; m < s->bins; m += POINTS) {
        float4 term[POINTS];
        for (size_t i = 0; i < POINTS; i++) {
            float4 w;
            double b_pair, second_pair; /* two floats each, so that one load takes both */
            memcpy(&w, point + POINTS * (m + i), sizeof w);
            memcpy(&b_pair, b + at[m + i], sizeof b_pair);
            memcpy(&second_pair, second + at[m + i], sizeof second_pair);
            term[i] = w * (float4)(double2){b_pair, second_pair};
        }
        float4 left =
            __builtin_shufflevector(term[0], term[1], 0, 4, 1, 5) + __builtin_shufflevector(term[0], term[1], 2, 6, 3, 7);
        float4 right =
            __builtin_shufflevector(term[2], term[3], 0, 4, 1, 5) + __builtin_shufflevector(term[2], term[3], 2, 6, 3, 7);
        float4 value = __builtin_shufflevector(left, right, 0, 1, 4, 5) + __builtin_shufflevector(left, right, 2, 3, 6, 7);
        float4 factor_of;
        memcpy(&factor_of, weight + m, sizeof factor_of);
        value = (float4)((int4)value & (value > 0.0f)) * factor_of;
        memcpy(out + m, &value, sizeof value);
    }
}

void octave_spline_apply(octave_spline *s, const float *spectrum, const float *weight, float *out)
{
    right_side(s, spectrum);
    eliminate(s);
    substitute(s);
    evaluate(s, spectrum, weight, out);
}
