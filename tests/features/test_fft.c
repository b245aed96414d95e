#include "reference.h"

#include "features/fft.h"

static double magnitude_of(const float *x, size_t size, size_t k)
{
    double re = 0.0, im = 0.0;
    for (size_t n = 0; n < size; n++) {
        double angle = 2.0 * M_PI * (double)(k * n % size) / (double)size;
        re += x[n] * cos(angle);
        im -= x[n] * sin(angle);
    }
    return sqrt(re * re + im * im);
}

static void magnitudes_are_the_sums_of_the_definition(void **state)
{
    (void)state;
    for (size_t size = 256; size <= 4096; size *= 4) {
        fft *f = fft_create(size);
        float magnitude[2048 + 1 + 16], copy[4096];
        uint32_t seed = 1;
        for (size_t i = 0; i < size; i++) {
            seed = seed * 1664525u + 1013904223u;
            fft_input(f)[i] = copy[i] = (float)(seed >> 8) / 8388608.0f - 1.0f;
        }
        fft_magnitude(f, magnitude);
        assert_memory_equal(fft_input(f), copy, size * sizeof *copy);
        for (size_t k = 0; k <= size / 2; k++) {
            double expected = magnitude_of(copy, size, k);
            if (fabs(magnitude[k] - expected) > 1e-6 * (double)size)
                fail_msg("size %zu, bin %zu: %g, by definition %g", size, k, magnitude[k], expected);
        }
        fft_destroy(f);
    }
}

static void sizes_are_powers_of_two(void **state)
{
    (void)state;
    assert_int_equal(fft_size(882), 1024);
    assert_int_equal(fft_size(1024), 1024);
    assert_int_equal(fft_size(1025), 2048);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(magnitudes_are_the_sums_of_the_definition),
        cmocka_unit_test(sizes_are_powers_of_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
