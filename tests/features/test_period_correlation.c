#include "reference.h"

#include "features/period_correlation.h"

/* The definition, in the reference's order: means first, then products, sample by sample. */
static double correlation(const float *s, size_t lag)
{
    double mean_u = 0.0, mean_v = 0.0, uv = 0.0, uu = 0.0, vv = 0.0;
    for (size_t i = 0; i < lag; i++) mean_u += s[i], mean_v += s[lag + i];
    mean_u /= (double)lag;
    mean_v /= (double)lag;
    for (size_t i = 0; i < lag; i++) {
        double u = s[i] - mean_u, v = s[lag + i] - mean_v;
        uv += u * v;
        uu += u * u;
        vv += v * v;
    }
    return uv / (sqrt(uu) * sqrt(vv));
}

static size_t best_lag(const float *s, size_t first, size_t last)
{
    size_t best = 0;
    double most = 0.0;
    for (size_t lag = first + 1; lag + 2 <= last; lag++) {
        double before = correlation(s, lag - 1), here = correlation(s, lag), after = correlation(s, lag + 1);
        if (!(before < here && here > after) || (best != 0 && here <= most)) continue;
        best = lag;
        most = here;
    }
    return best;
}

static float sample16(double x)
{
    return (float)lrint(32767.0 * fmin(fmax(x, -1.0), 1.0)) / 32767.0f;
}

/* A tone with harmonics, noise, an offset and a drift. */
static void make(float *s, size_t count, double period, double noise, double offset, uint32_t seed)
{
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        double phase = 2.0 * M_PI * (double)i / period, any = (double)(seed >> 8) / 8388608.0 - 1.0;
        s[i] = sample16(offset + 0.2 * sin(phase) + 0.1 * sin(2.0 * phase + 1.0) + 0.05 * sin(7.0 * phase) + noise * any +
                        0.1 * sin(0.002 * (double)i));
    }
}

static void check(period_correlation *p, const float *s, size_t count, size_t start, double period)
{
    size_t first = (size_t)floor(0.75 * period), last = (size_t)ceil(1.25 * period),
           expected = best_lag(s + start, first, last);
    correlation_peak peak = {0};
    period_correlation_set(p, s, count);
    bool found = period_correlation_peak(p, start, first, last, &peak);
    if (found != (expected != 0) || (found && peak.lag != expected))
        fail_msg("period %g: lag %zu, expected %zu", period, found ? peak.lag : 0, expected);
    if (!found) return;
    double exact[3] = {correlation(s + start, peak.lag - 1), correlation(s + start, peak.lag),
                       correlation(s + start, peak.lag + 1)};
    if (exact[0] != peak.before || exact[1] != peak.here || exact[2] != peak.after)
        fail_msg("period %g, lag %zu: %.17g, reference %.17g", period, peak.lag, peak.here, exact[1]);
}

static void peaks_have_the_references_bits(void **state)
{
    (void)state;
    enum { COUNT = 2300 };
    static float s[COUNT];
    period_correlation *p = period_correlation_create(COUNT);
    static const double noise[] = {0.0, 0.001, 0.05, 0.6}, offset[] = {0.0, 0.5};
    for (double period = 13.0; period < 850.0; period *= 1.31)
        for (size_t n = 0; n < 8; n++) {
            make(s, COUNT, period, noise[n / 2], offset[n % 2], (uint32_t)(period * 100.0));
            check(p, s, COUNT, n % 2 ? 17 : 0, period);
        }
    period_correlation_destroy(p);
}

static void still_sound_has_no_peak(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    static float s[COUNT];
    period_correlation *p = period_correlation_create(COUNT);
    for (int i = 0; i < COUNT; i++) s[i] = 0.25f;
    check(p, s, COUNT, 0, 300.0);
    for (int i = 0; i < COUNT; i++) s[i] = i < 500 ? sample16(sin(0.1 * i)) : 0.25f;
    check(p, s, COUNT, 100, 300.0);
    correlation_peak peak;
    assert_false(period_correlation_peak(p, 0, 10, 12, &peak)); /* too few lags to have neighbours */
    period_correlation_destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peaks_have_the_references_bits),
        cmocka_unit_test(still_sound_has_no_peak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
