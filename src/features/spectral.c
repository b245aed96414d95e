#include "features/spectral.h"

#include <math.h>
#include <stdbool.h>

#include "base/clones.h"
#include "features/lanes_math.h"

/* Edges of a band of the spectrum: the bins at its ends count in part. */
typedef struct edges {
    size_t left, right;
    double left_weight, right_weight;
} edges;

/* Sums run over bins 1 .. bins (DC is left out), so arrays are used from element 1; `bins` is a multiple of LANES. */
struct spectral {
    size_t bins;
    double bin_hz;
    edges low_band, high_band;
    double sum_hz, slope_divisor; /* of the least-squares line over frequency */
    double *hz;                   /* frequency of each bin                    */
    float *sharpness;             /* z g(z) of each bin                       */
    bool has_before;
    float *before; /* magnitudes of the frame before           */
    int32_t *is_extremum;
    float *extremum;
};

static edges band_edges(double from_hz, double to_hz, double bin_hz)
{
    size_t first = (size_t)floor(from_hz / bin_hz) + 1, end = (size_t)ceil(to_hz / bin_hz);
    edges e = {.left = first - 1, .left_weight = ((double)first * bin_hz - from_hz) / bin_hz};
    e.right_weight = (to_hz - (double)(end - 1) * bin_hz) / bin_hz;
    e.right = (double)end * bin_hz == to_hz ? end : end - 1;
    if (e.left_weight == 0.0) e.left_weight = 1.0;
    if (e.right_weight == 0.0) e.right_weight = 1.0;
    return e;
}

/* z g(z): Bark value of a frequency with Traunmueller's corrections at the ends, times Zwicker's weight of sharp sounds. */
static double sharpness_weight(double hz)
{
    double z = 26.81 / (1.0 + 1960.0 / hz) - 0.53;
    if (z < 2.0)
        z = 0.85 * z + 0.3;
    else if (z > 20.1)
        z = 1.22 * z - 4.422;
    double g = z <= 16.0 ? 1.0 : 1.0 + pow((z - 16.0) / 4.0, 1.5849625);
    return z * g;
}

static void fill_tables(spectral *s)
{
    double sum_squares = 0.0, bins = (double)s->bins;
    for (size_t k = 1; k <= s->bins; k++) {
        double hz = (double)k * s->bin_hz;
        s->hz[k] = hz;
        s->sharpness[k] = (float)sharpness_weight(hz);
        s->sum_hz += hz;
        sum_squares += hz * hz;
    }
    s->slope_divisor = bins * sum_squares - s->sum_hz * s->sum_hz;
}

spectral *spectral_create(double rate_hz, size_t fft_size)
{
    spectral *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->bins = fft_size / 2;
    s->bin_hz = rate_hz / (double)fft_size;
    s->low_band = band_edges(250.0, 650.0, s->bin_hz);
    s->high_band = band_edges(1000.0, 4000.0, s->bin_hz);
    s->hz = lanes_alloc(s->bins + 1, sizeof *s->hz);
    s->sharpness = lanes_alloc(s->bins + 1, sizeof *s->sharpness);
    s->before = lanes_alloc(s->bins + 1, sizeof *s->before);
    s->is_extremum = lanes_alloc(s->bins + 1, sizeof *s->is_extremum);
    s->extremum = lanes_alloc(s->bins + 1, sizeof *s->extremum);
    if (!s->hz || !s->sharpness || !s->before || !s->is_extremum || !s->extremum) {
        spectral_destroy(s);
        return NULL;
    }
    fill_tables(s);
    return s;
}

void spectral_destroy(spectral *s)
{
    if (s == NULL) return;
    free(s->hz);
    free(s->sharpness);
    free(s->before);
    free(s->is_extremum);
    free(s->extremum);
    free(s);
}

void spectral_reset(spectral *s)
{
    s->has_before = false;
}

static double band_mean(const spectral *s, edges e, const float *power)
{
    double sum = e.left_weight * power[e.left] + e.right_weight * power[e.right];
    for (size_t k = e.left + 1; k < e.right; k++) sum += power[k];
    return sum / (double)s->bins;
}

/* First bin at which the running sum reaches `goal`, given the sums of whole groups of lanes. */
static double roll_off_hz(const spectral *s, const float *power, double goal)
{
    double reached = 0.0;
    size_t k = 1;
    for (; k + LANES <= s->bins; k += LANES) {
        double with_group = reached + add_lanes(widen8(load8(power + k)));
        if (with_group >= goal) break;
        reached = with_group;
    }
    for (; k < s->bins; k++) {
        reached += power[k];
        if (reached >= goal) break;
    }
    return s->hz[k];
}

/* sqrt(mean (|X_k[n]| - |X_k[n-1]|)^2), 0 in the first frame. */
CPU_CLONES static double flux(spectral *s, const float *magnitude)
{
    double8 sum = {0};
    for (size_t k = 1; k <= s->bins; k += LANES) {
        float8 here = load8(magnitude + k);
        double8 change = widen8(here) - widen8(load8(s->before + k));
        sum += change * change;
        store8(s->before + k, here);
    }
    double value = s->has_before ? sqrt(add_lanes(sum) / (double)s->bins) : 0.0;
    s->has_before = true;
    return value;
}

typedef struct sums {
    double power, hz_power, sharp_power;
} sums;

CPU_CLONES static sums weighted_sums(const spectral *s, const float *power)
{
    double8 plain = {0}, hz = {0}, sharp = {0};
    for (size_t k = 1; k <= s->bins; k += LANES) {
        double8 p = widen8(load8(power + k));
        plain += p;
        hz += load8d(s->hz + k) * p;
        sharp += widen8(load8(s->sharpness + k)) * p;
    }
    return (sums){add_lanes(plain), add_lanes(hz), add_lanes(sharp)};
}

/* Second to fourth moment about the centroid. */
CPU_CLONES static void moments(const spectral *s, const float *power, double centroid, double moment[3])
{
    double8 second = {0}, third = {0}, fourth = {0};
    for (size_t k = 1; k <= s->bins; k += LANES) {
        double8 away = load8d(s->hz + k) - centroid;
        double8 m = away * away * widen8(load8(power + k));
        second += m;
        m *= away;
        third += m;
        fourth += m * away;
    }
    moment[0] = add_lanes(second);
    moment[1] = add_lanes(third);
    moment[2] = add_lanes(fourth);
}

/* -sum v log2 v with v_k = max(P_k, 1e-7) / max(sum P, 1e-7); not renormalised after the floor. */
CPU_CLONES static double entropy(const spectral *s, const float *power, double power_sum)
{
    const float8 least = (float8){0} + 1e-7f;
    const float share = (float)(1.0 / fmax(power_sum, 1e-7));
    double8 sum = {0};
    for (size_t k = 1; k <= s->bins; k += LANES) {
        float8 v = max8(load8(power + k), least) * share;
        sum += widen8(v * log2_8(v));
    }
    return -add_lanes(sum);
}

/* A bin is an extremum if it is above, or below, both neighbours on both sides. */
CPU_CLONES static void mark_extrema(const spectral *s, const float *power)
{
    for (size_t k = 3; k <= s->bins; k += LANES) {
        float8 here = load8(power + k);
        float8 a = load8(power + k - 2), b = load8(power + k - 1), c = load8(power + k + 1), d = load8(power + k + 2);
        int8 above = (here > a) & (here > b) & (here > c) & (here > d);
        int8 below = (here < a) & (here < b) & (here < c) & (here < d);
        int8 mark = above | below;
        memcpy(s->is_extremum + k, &mark, sizeof mark);
    }
}

/* Mean height between neighbouring extrema: sum |h_i - h_(i-1)| / (2 B). */
CPU_CLONES static double harmonicity(const spectral *s, const float *power)
{
    mark_extrema(s, power);
    size_t count = 0;
    for (size_t k = 3; k + 2 <= s->bins; k++) {
        s->extremum[count] = power[k];
        count += s->is_extremum[k] != 0;
    }
    double sum = 0.0;
    for (size_t i = 1; i < count; i++) sum += fabs((double)s->extremum[i] - (double)s->extremum[i - 1]);
    return sum / (2.0 * (double)s->bins);
}

static void shape(const spectral *s, const float *power, sums sum, float out[SPECTRAL_COUNT])
{
    out[SPECTRAL_CENTROID] = (float)(sum.hz_power / sum.power);
    double moment[3];
    moments(s, power, out[SPECTRAL_CENTROID], moment);
    double variance = moment[0] / sum.power;
    out[SPECTRAL_VARIANCE] = (float)variance;
    if (variance > 0.0) {
        out[SPECTRAL_SKEWNESS] = (float)(moment[1] / (sum.power * variance * sqrt(variance)));
        out[SPECTRAL_KURTOSIS] = (float)(moment[2] / (sum.power * variance * variance));
    }
    out[SPECTRAL_SHARPNESS] = (float)(0.11 * sum.sharp_power / sum.power);
    out[SPECTRAL_ENTROPY] = (float)entropy(s, power, sum.power);
}

void spectral_frame(spectral *s, const float *magnitude, const float *power, float out[SPECTRAL_COUNT])
{
    static const double roll_off[4] = {0.25, 0.50, 0.75, 0.90};
    memset(out, 0, SPECTRAL_COUNT * sizeof *out);
    sums sum = weighted_sums(s, power);
    double bins = (double)s->bins;

    out[SPECTRAL_BAND_250_650] = (float)band_mean(s, s->low_band, power);
    out[SPECTRAL_BAND_1000_4000] = (float)band_mean(s, s->high_band, power);
    for (int i = 0; i < 4; i++) out[SPECTRAL_ROLL_OFF + i] = (float)roll_off_hz(s, power, roll_off[i] * sum.power);
    out[SPECTRAL_FLUX] = (float)flux(s, magnitude);
    if (sum.power > 0.0) shape(s, power, sum, out);
    out[SPECTRAL_SLOPE] = (float)((bins - 1.0) * (bins * sum.hz_power - s->sum_hz * sum.power) / s->slope_divisor);
    out[SPECTRAL_HARMONICITY] = (float)harmonicity(s, power);
}
