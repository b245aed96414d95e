#include "features/period_correlation.h"

#include <math.h>
#include <stdbool.h>

#include "base/clones.h"
#include "features/lanes.h"

void period_sound_set(period_sound *s, const float *samples, size_t count)
{
    s->count = count;
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < count; i++) {
        double x = samples[i];
        s->sample[i] = x;
        s->sum[i] = sum;
        s->squares[i] = squares;
        sum += x;
        squares += x * x;
    }
    s->sum[count] = sum;
    s->squares[count] = squares;
    memset(s->sample + count, 0, 64 * sizeof *s->sample);
}

static double mean_of(const period_sound *s, size_t from, size_t count)
{
    return (s->sum[from + count] - s->sum[from]) / (double)count;
}

/* Energy about the mean; what is left of a constant stretch after cancellation counts as nothing. */
static double energy_of(const period_sound *s, size_t from, size_t count)
{
    double total = s->squares[from + count] - s->squares[from];
    double sum = s->sum[from + count] - s->sum[from];
    double energy = total - sum * sum / (double)count;
    return energy > 1e-13 * total ? energy : 0.0;
}

/* sum_i s[start+i] s[start+lag+i], i < lag, for a group of lags; each lane sums in the order of i. */
enum { GROUPS = 4, LAGS = GROUPS * LANES };

CPU_CLONES static void products(const double *u, size_t lag, double out[LAGS])
{
    double8 sum[GROUPS] = {{0}};
    const double *v = u + lag;
    for (size_t i = 0; i < lag; i++)
        for (int g = 0; g < GROUPS; g++) sum[g] += u[i] * load8d(v + i + LANES * g);
    memcpy(out, sum, sizeof sum);
    for (size_t l = 1; l < LAGS; l++)
        for (size_t i = lag; i < lag + l; i++) out[l] += u[i] * v[i + l];
}

void period_correlation_fast(const period_sound *s, size_t start, size_t first, size_t last, double *cc)
{
    double product[LAGS];
    for (size_t lag = first; lag <= last; lag += LAGS) {
        products(s->sample + start, lag, product);
        for (size_t l = 0; l < LAGS && lag + l <= last; l++) {
            size_t n = lag + l;
            double sum_u = s->sum[start + n] - s->sum[start], sum_v = s->sum[start + 2 * n] - s->sum[start + n];
            double energy = energy_of(s, start, n) * energy_of(s, start + n, n);
            cc[n - first] = energy > 0.0 ? (product[l] - sum_u * sum_v / (double)n) / sqrt(energy) : NAN;
        }
    }
}

/* Eight lags side by side, each summed as if it were alone. */
typedef struct group {
    double8 mean_u, mean_v, uv, uu, vv;
} group;

CPU_CLONES static void exact_sums(const double *u, size_t lag, group *g)
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

void period_correlation_exact(const period_sound *s, size_t start, size_t first, size_t last, double *cc)
{
    for (size_t lag = first; lag <= last; lag += LANES) {
        group g = {0};
        size_t used = last - lag + 1 < LANES ? last - lag + 1 : LANES;
        for (size_t l = 0; l < used; l++) {
            /* Samples of 16 bits have at most 40 binary places, so these sums are exact in any order. */
            g.mean_u[l] = mean_of(s, start, lag + l);
            g.mean_v[l] = mean_of(s, start + lag + l, lag + l);
        }
        exact_sums(s->sample + start, lag, &g);
        for (size_t l = 0; l < used; l++) cc[lag + l - first] = g.uv[l] / (sqrt(g.uu[l]) * sqrt(g.vv[l]));
    }
}

static size_t find_peak(const double *cc, size_t lags)
{
    size_t best = 0;
    for (size_t i = 1; i + 3 <= lags; i++)
        if (cc[i - 1] < cc[i] && cc[i] > cc[i + 1] && (best == 0 || cc[i] > cc[best])) best = i;
    return best;
}

/* The peak stands out from both neighbours, nothing else that may be a maximum comes near it, no value is missing: rounding
 * cannot have made the choice. */
static bool is_clear(const double *cc, size_t lags, size_t peak)
{
    const double margin = 1e-9;
    double near = cc[peak] - margin;
    if (!(cc[peak - 1] < near && cc[peak + 1] < near)) return false;
    for (size_t i = 0; i < lags; i++)
        if (isnan(cc[i])) return false;
    for (size_t i = 1; i + 3 <= lags; i++)
        if (i != peak && cc[i] >= near && cc[i] > cc[i - 1] - margin && cc[i] > cc[i + 1] - margin) return false;
    return true;
}

size_t period_correlation_peak(const period_sound *s, size_t start, size_t first, size_t last, double *cc)
{
    size_t lags = last - first + 1;
    period_correlation_fast(s, start, first, last, cc);
    size_t peak = find_peak(cc, lags);
    if (peak > 0 && is_clear(cc, lags, peak)) {
        period_correlation_exact(s, start, first + peak - 1, first + peak + 1, cc + peak - 1);
        return peak;
    }
    period_correlation_exact(s, start, first, last, cc);
    return find_peak(cc, lags);
}
