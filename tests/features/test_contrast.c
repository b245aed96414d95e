#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "features/contrast.h"

enum { BINS = 2049 };
static float magnitude[BINS];

static void flat(float value)
{
    for (int k = 0; k < BINS; k++) magnitude[k] = value;
}

static contrast fresh(void)
{
    contrast c;
    contrast_init(&c, 44100.0 / 8192.0, BINS);
    return c;
}

static void a_flat_spectrum_has_none(void **state)
{
    (void)state;
    float out[CONTRAST_BANDS];
    contrast c = fresh();
    flat(3.0f);
    contrast_frame(&c, magnitude, out);
    for (int b = 0; b < CONTRAST_BANDS; b++) assert_float_equal(out[b], 0.0, 1e-5);
    flat(0.0f);
    contrast_frame(&c, magnitude, out);
    for (int b = 0; b < CONTRAST_BANDS; b++) assert_true(out[b] == 0.0f);
}

/* One bin ten times and another a hundredth of the rest, in the band of 1.6 to 3.2 kHz, of whose 298 bins six are taken. */
static void peaks_and_valleys_are_means_of_a_fiftieth(void **state)
{
    (void)state;
    float out[CONTRAST_BANDS];
    contrast c = fresh();
    flat(1.0f);
    magnitude[400] = 10.0f;
    magnitude[500] = 0.01f;
    contrast_frame(&c, magnitude, out);
    assert_int_equal(c.taken[4], 6);
    for (int b = 0; b < CONTRAST_BANDS; b++)
        assert_float_equal(out[b], b == 4 ? 10.0 * log10((15.0 / 6.0) / (5.01 / 6.0)) : 0.0, 1e-4);
}

static void holes_count_as_a_millionth(void **state)
{
    (void)state;
    float out[CONTRAST_BANDS];
    contrast c = fresh();
    flat(0.0f);
    magnitude[10] = 5.0f;
    contrast_frame(&c, magnitude, out);
    assert_float_equal(out[0], 60.0, 1e-4);
    assert_float_equal(out[3], 0.0, 1e-5);
}

/* librosa 0.11: spectral_contrast(S, sr=22050, n_fft=4096) of 1 + (7919 k mod 1000)/100. */
static void a_spectrum_without_order_has_librosas(void **state)
{
    (void)state;
    static const float expected[CONTRAST_BANDS] = {10.314085f, 10.197815f, 10.030194f, 9.779223f,
                                                   9.972813f,  10.033714f, 9.966860f};
    float out[CONTRAST_BANDS];
    contrast c = fresh();
    for (int k = 0; k < BINS; k++) magnitude[k] = 1.0f + (float)(7919 * k % 1000) / 100.0f;
    contrast_frame(&c, magnitude, out);
    for (int b = 0; b < CONTRAST_BANDS; b++) assert_float_equal(out[b], expected[b], 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flat_spectrum_has_none),
        cmocka_unit_test(peaks_and_valleys_are_means_of_a_fiftieth),
        cmocka_unit_test(holes_count_as_a_millionth),
        cmocka_unit_test(a_spectrum_without_order_has_librosas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
