#include "reference.h"

#include "features/lanes_alloc.h"
#include "features/octave_spline.h"

/* The natural spline in double, eliminated from end to end. */
static void solve(const double *u, const double *b, double *second, size_t n)
{
    double *upper = calloc(n, sizeof *upper);
    second[0] = second[n - 1] = 0.0;
    for (size_t k = 1; k + 1 < n; k++) {
        double below = u[k] - u[k - 1], above = u[k + 1] - u[k];
        double pivot = 2.0 * (below + above) - below * upper[k - 1];
        double right = 6.0 * ((b[k + 1] - b[k]) / above - (b[k] - b[k - 1]) / below);
        second[k] = (right - below * second[k - 1]) / pivot;
        upper[k] = above / pivot;
    }
    for (size_t k = n - 2; k >= 1; k--) second[k] -= upper[k] * second[k + 1];
    free(upper);
}

static double value_at(const double *u, const double *b, const double *second, size_t n, double v)
{
    size_t k = 0;
    while (k + 2 < n && u[k + 1] <= v) k++;
    double h = u[k + 1] - u[k], a = (u[k + 1] - v) / h, c = 1.0 - a;
    return a * b[k] + c * b[k + 1] + ((a * a * a - a) * second[k] + (c * c * c - c) * second[k + 1]) * h * h / 6.0;
}

static void check(size_t bins, double bin_hz)
{
    octave_spline *s = octave_spline_create(bins, bin_hz, 25.0);
    float *spectrum = lanes_alloc(bins, sizeof(float)), *weight = lanes_alloc(bins, sizeof(float));
    float *out = lanes_alloc(bins, sizeof(float));
    double *u = calloc(bins, sizeof *u), *b = calloc(bins, sizeof *b), *second = calloc(bins, sizeof *second);
    uint32_t seed = 1;
    for (size_t k = 0; k < bins; k++) {
        seed = seed * 1664525u + 1013904223u;
        spectrum[k] = (seed >> 30) ? (float)(seed >> 8) / 16777216.0f : 0.0f;
        weight[k] = 0.5f + (float)k / (float)bins;
        b[k] = spectrum[k];
        if (k > 0) u[k] = log2((double)k * bin_hz);
    }
    u[0] = 2.0 * u[1] - u[2];
    solve(u, b, second, bins);
    octave_spline_apply(s, spectrum, weight, out);
    double low = log2(25.0), step = (u[bins - 1] - low) / (double)(bins - 1);
    for (size_t m = 0; m < bins; m++) {
        double expected = fmax(value_at(u, b, second, bins, low + (double)m * step), 0.0) * weight[m];
        if (fabs(out[m] - expected) > 1e-5) fail_msg("%zu bins, point %zu: %g, expected %g", bins, m, out[m], expected);
    }
    octave_spline_destroy(s);
    free(spectrum), free(weight), free(out), free(u), free(b), free(second);
}

static void points_lie_on_the_natural_spline(void **state)
{
    (void)state;
    check(257, 8000.0 / 512);
    check(1025, 22050.0 / 2048);
    check(2049, 44100.0 / 4096);
    check(8193, 192000.0 / 16384);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(points_lie_on_the_natural_spline)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
