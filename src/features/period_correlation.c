#include "features/period_correlation.h"

#include <math.h>

#include "base/clones.h"
#include "features/lanes.h"

enum {
    WIDE = 2 * LANES,
    GROUPS = 4, /* of lags that are summed side by side */
    LAGS = GROUPS * WIDE,
    SLACK = 2 * LAGS /* zeros behind the last sample, which idle lanes read */
};
typedef float float16 __attribute__((vector_size(64)));
typedef int32_t int16 __attribute__((vector_size(64)));
/* The float sums err by some 1e-7 of the energy. A lag that loses by a hundred times that has lost. */
static const float MARGIN = 1e-5f;
/* Where less of the energy than this is left without a side's mean, the float sums say too little. */
static const float STEADY = 0.05f;

struct period_correlation {
    size_t count;
    double *exact;  /* samples */
    float *centred; /* samples less the frame's mean */
    float *sum;     /* sum[i] of centred[0] .. centred[i-1] */
    float *square;  /* the same of their squares */
    float *early;   /* the earlier period, between zeros */
    float *cc;      /* of lags first, first + 1, .. in float */
    double *cc_exact;
};

period_correlation *period_correlation_create(size_t most_samples)
{
    period_correlation *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    size_t room = most_samples + SLACK;
    p->exact = lanes_alloc(room, sizeof(double));
    p->centred = lanes_alloc(room, sizeof(float));
    p->sum = lanes_alloc(room, sizeof(float));
    p->square = lanes_alloc(room, sizeof(float));
    p->early = lanes_alloc(room + 2 * LAGS, sizeof(float));
    p->cc = lanes_alloc(room, sizeof(float));
    p->cc_exact = lanes_alloc(room, sizeof(double));
    if (p->exact && p->centred && p->sum && p->square && p->early && p->cc && p->cc_exact) return p;
    period_correlation_destroy(p);
    return NULL;
}

void period_correlation_destroy(period_correlation *p)
{
    if (p == NULL) return;
    void *rooms[] = {p->exact, p->centred, p->sum, p->square, p->early, p->cc, p->cc_exact};
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) free(rooms[i]);
    free(p);
}

/* x[0], x[0] + x[1], .. */
static inline float8 prefix8(float8 x)
{
    const float8 none = {0};
    x += __builtin_shufflevector(x, none, 8, 0, 1, 2, 3, 4, 5, 6);
    x += __builtin_shufflevector(x, none, 8, 8, 0, 1, 2, 3, 4, 5);
    x += __builtin_shufflevector(x, none, 8, 8, 8, 8, 0, 1, 2, 3);
    return x;
}

/* Writes `before` plus the prefixes of x; gives the sum of all. */
static inline double store_prefix(float *sum, float8 x, double before)
{
    float8 prefix = prefix8(x);
    store8(sum, __builtin_convertvector(widen8(prefix) + before, float8));
    return before + (double)prefix[LANES - 1];
}

/* Samples of 16 bits have at most 39 binary places, so their sums are exact in any order. */
CPU_CLONES static double sum_of(const double *x, size_t count)
{
    double8 sum = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) sum += load8d(x + i);
    double rest = 0.0;
    for (; i < count; i++) rest += x[i];
    return add_lanes(sum) + rest;
}

CPU_CLONES static void sum_up(period_correlation *p)
{
    const float mean = (float)(sum_of(p->exact, p->count) / (double)p->count);
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < p->count; i += LANES) {
        float8 x = __builtin_convertvector(load8d(p->exact + i), float8) - mean;
        store8(p->centred + i, x);
        sum = store_prefix(p->sum + 1 + i, x, sum);
        square = store_prefix(p->square + 1 + i, x * x, square);
    }
}

void period_correlation_set(period_correlation *p, const float *samples, size_t count)
{
    p->count = count;
    for (size_t i = 0; i < count; i++) p->exact[i] = samples[i];
    memset(p->exact + count, 0, SLACK * sizeof *p->exact);
    sum_up(p);
    memset(p->centred + count, 0, SLACK * sizeof *p->centred);
}

static inline float16 load16(const float *from)
{
    float16 v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* The products of every sixteenth sample: sixteen samples of v meet every group of lags at once. u is 0 outside. */
static inline void multiply_sixteenth(const float *u, const float *v, size_t steps, float16 total[GROUPS])
{
    float16 sum[GROUPS] = {{0}};
    for (size_t j = 0; j < steps; j++, u += WIDE, v += WIDE) {
        float16 later = load16(v);
        for (int g = 0; g < GROUPS; g++) sum[g] += u[-WIDE * g] * later;
    }
    for (int g = 0; g < GROUPS; g++) total[g] += sum[g];
}

/* sum_i u[i] u[lag+l+i], i < lag + l, for l = 0 .. LAGS - 1: all lanes up to the shortest, group by group what is left, and
 * of each group's last samples the lanes that reach so far. */
CPU_CLONES static void multiply(float *early, const float *u, size_t lag, float out[LAGS])
{
    const int16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const float *v = u + lag;
    float16 total[GROUPS] = {{0}};
    memcpy(early + LAGS, u, lag * sizeof *u);
    memset(early + LAGS + lag, 0, (LAGS + WIDE) * sizeof *u);
    for (size_t r = 0; r < WIDE; r++)
        multiply_sixteenth(early + LAGS + r, v + r, (lag - r + WIDE - 1) / WIDE + GROUPS - 1, total);
    for (size_t g = 0; g < GROUPS; g++)
        for (size_t i = lag; i < lag + WIDE * g; i++) total[g] += u[i] * load16(v + i + WIDE * g);
    for (int k = 0; k < WIDE; k++)
        for (size_t g = 0, i = lag + (size_t)k; g < GROUPS; g++, i += WIDE)
            total[g] += (float16)((lane > k) & (int16)(u[i] * load16(v + i + WIDE * g)));
    memcpy(out, total, sizeof total);
}

/* From sums of products to normalised correlation, float; NaN where a side has too little energy without its mean. */
CPU_CLONES static void normalise(const period_correlation *p, size_t start, size_t lag, float value[LAGS])
{
    const float *sum = p->sum + start, *square = p->square + start;
    for (size_t l = 0; l < LAGS; l++) {
        size_t n = lag + l;
        float length = (float)(int)n;
        float sum_u = sum[n] - sum[0], sum_v = sum[2 * n] - sum[n];
        float square_u = square[n] - square[0], square_v = square[2 * n] - square[n];
        float energy_u = square_u - sum_u * sum_u / length, energy_v = square_v - sum_v * sum_v / length;
        float both = value[l] - sum_u * sum_v / length;
        int steady = (energy_u <= STEADY * square_u) | (energy_v <= STEADY * square_v);
        value[l] = steady ? NAN : both / sqrtf(energy_u * energy_v);
    }
}

static void correlate(period_correlation *p, size_t start, size_t first, size_t last)
{
    float value[LAGS];
    for (size_t lag = first; lag <= last; lag += LAGS) {
        multiply(p->early, p->centred + start, lag, value);
        normalise(p, start, lag, value);
        memcpy(p->cc + (lag - first), value, sizeof value);
    }
}

/* Eight lags side by side, each summed as if it were alone. */
typedef struct group {
    double8 mean_u, mean_v, uv, uu, vv;
} group;

CPU_CLONES static void sum_exactly(const double *u, size_t lag, group *g)
{
    const double8 mean_u = g->mean_u, mean_v = g->mean_v;
    double8 uv = {0}, uu = {0}, vv = {0};
    for (size_t i = 0; i < lag; i++) {
        double8 a = u[i] - mean_u, b = load8d(u + lag + i) - mean_v;
        uv += a * b;
        uu += a * a;
        vv += b * b;
    }
    for (size_t l = 1; l < LANES; l++)
        for (size_t i = lag; i < lag + l; i++) {
            double a = u[i] - mean_u[l], b = u[lag + l + i] - mean_v[l];
            uv[l] += a * b;
            uu[l] += a * a;
            vv[l] += b * b;
        }
    g->uv = uv;
    g->uu = uu;
    g->vv = vv;
}

/* cc of lags first + from .. first + to, as the reference sums them. Both sums of samples go from lag to lag by what a
 * longer period adds and loses, which is exact. */
static void correlate_exactly(period_correlation *p, size_t start, size_t first, size_t from, size_t to)
{
    const double *u = p->exact + start;
    size_t n = first + from;
    double sum_u = sum_of(u, n), sum_v = sum_of(u + n, n);
    for (size_t i = from; i <= to; i += LANES) {
        group g = {0};
        size_t used = to - i + 1 < LANES ? to - i + 1 : LANES;
        for (size_t l = 0; l < used; l++, n++) {
            g.mean_u[l] = sum_u / (double)n;
            g.mean_v[l] = sum_v / (double)n;
            sum_u += u[n];
            sum_v += u[2 * n] + u[2 * n + 1] - u[n];
        }
        sum_exactly(u, first + i, &g);
        for (size_t l = 0; l < used; l++) p->cc_exact[i + l] = g.uv[l] / (sqrt(g.uu[l]) * sqrt(g.vv[l]));
    }
}

/* The largest value that is a maximum whatever the rounding; -INFINITY if there is none, NaN if a value is missing. */
CPU_CLONES static float surest_maximum(const float *cc, size_t lags)
{
    float best = -INFINITY, missing = 0.0f;
    for (size_t i = 1; i + 1 < lags; i++) {
        float beside = cc[i - 1] > cc[i + 1] ? cc[i - 1] : cc[i + 1];
        float sure = cc[i] > beside + MARGIN ? cc[i] : -INFINITY;
        best = sure > best && i + 3 <= lags ? sure : best;
        missing += cc[i] - cc[i];
    }
    missing += (cc[0] - cc[0]) + (cc[lags - 1] - cc[lags - 1]);
    return missing == 0.0f ? best : NAN;
}

static bool may_be_maximum(const float *cc, size_t i, float least)
{
    return cc[i] >= least && cc[i] > cc[i - 1] - MARGIN && cc[i] > cc[i + 1] - MARGIN;
}

/* Takes the best strict maximum among exact values from .. to. */
static size_t better_peak(const double *cc, size_t from, size_t to, size_t best)
{
    for (size_t i = from; i <= to; i++)
        if (cc[i - 1] < cc[i] && cc[i] > cc[i + 1] && (best == 0 || cc[i] > cc[best])) best = i;
    return best;
}

/* Offset of the peak from the first lag, or 0. */
static size_t find_peak(period_correlation *p, size_t start, size_t first, size_t lags)
{
    float surest = surest_maximum(p->cc, lags);
    if (isnan(surest)) {
        correlate_exactly(p, start, first, 0, lags - 1);
        return better_peak(p->cc_exact, 1, lags - 3, 0);
    }
    size_t best = 0;
    float least = surest - MARGIN;
    for (size_t i = 1; i + 3 <= lags; i++) {
        if (!may_be_maximum(p->cc, i, least)) continue;
        size_t from = i;
        while (i + 4 <= lags && may_be_maximum(p->cc, i + 1, least)) i++;
        correlate_exactly(p, start, first, from - 1, i + 1);
        best = better_peak(p->cc_exact, from, i, best);
    }
    return best;
}

bool period_correlation_peak(period_correlation *p, size_t start, size_t first, size_t last, correlation_peak *out)
{
    if (last < first + 3) return false;
    correlate(p, start, first, last);
    size_t peak = find_peak(p, start, first, last - first + 1);
    if (peak == 0) return false;
    out->lag = first + peak;
    out->before = p->cc_exact[peak - 1];
    out->here = p->cc_exact[peak];
    out->after = p->cc_exact[peak + 1];
    return true;
}
