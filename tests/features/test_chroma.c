/* Chroma, what is told of its tuning, and the tonal centroid. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "features/chroma.h"
#include "features/tonnetz.h"
#include "features/tuning.h"

enum { BINS = 2049 };
static const double bin_hz = 44100.0 / 8192.0;
static float magnitude[BINS + 16], power[BINS + 16];

static void silence(void)
{
    memset(magnitude, 0, sizeof magnitude);
}

/* The main lobe of a Hann window. */
static void add_peak(double hz)
{
    for (int k = 0; k < BINS; k++) {
        double away = k - hz / bin_hz;
        if (fabs(away) < 2.0) magnitude[k] += (float)(0.5 + 0.5 * cos(M_PI * away / 2.0));
    }
}

static void square(void)
{
    for (int k = 0; k < BINS; k++) power[k] = magnitude[k] * magnitude[k];
}

static double hz_of(double pitch)
{
    return 440.0 * exp2((pitch - 69.0) / 12.0);
}

static void each_semitone_is_largest_in_its_own_place(void **state)
{
    (void)state;
    chroma_bank *bank = chroma_create(bin_hz, BINS);
    for (int pitch = 48; pitch < 108; pitch++) { /* C3 .. B7 */
        float out[CHROMA_COUNT];
        silence();
        add_peak(hz_of(pitch));
        square();
        chroma_frame(bank, power, 0.0, out);
        assert_true(out[pitch % 12] == 1.0f);
        if (pitch >= 60) assert_true(out[(pitch + 2) % 12] < 0.05f && out[(pitch + 6) % 12] < 0.01f);
    }
    chroma_destroy(bank);
}

static void tuning_is_found_and_turned_away(void **state)
{
    (void)state;
    chroma_bank *bank = chroma_create(bin_hz, BINS);
    for (int cents = -45; cents <= 45; cents += 10) {
        float straight[CHROMA_COUNT], tuned[CHROMA_COUNT];
        tuning t;
        tuning_init(&t, bin_hz, 100.0);
        assert_true(tuning_semitones(&t) == 0.0);
        silence();
        for (int i = 0; i < 3; i++) add_peak(hz_of(72.0 + 4 * i));
        square();
        chroma_frame(bank, power, 0.0, straight);
        silence();
        for (int i = 0; i < 3; i++) add_peak(hz_of(72.0 + 4 * i + cents / 100.0));
        square();
        for (int n = 0; n < 3; n++) tuning_frame(&t, magnitude);
        assert_float_equal(tuning_semitones(&t), cents / 100.0, 0.03);
        chroma_frame(bank, power, tuning_semitones(&t), tuned);
        for (int i = 0; i < CHROMA_COUNT; i++) assert_float_equal(tuned[i], straight[i], 0.1);
        tuning_reset(&t);
        assert_true(tuning_semitones(&t) == 0.0);
    }
    chroma_destroy(bank);
}

static void no_power_no_chroma(void **state)
{
    (void)state;
    chroma_bank *bank = chroma_create(bin_hz, BINS);
    float out[CHROMA_COUNT], centroid[TONNETZ_COUNT];
    silence();
    square();
    chroma_frame(bank, power, 0.2, out);
    tonnetz(out, centroid);
    for (int i = 0; i < CHROMA_COUNT; i++) assert_true(out[i] == 0.0f);
    for (int i = 0; i < TONNETZ_COUNT; i++) assert_true(centroid[i] == 0.0f);
    chroma_destroy(bank);
}

/* librosa.feature.tonnetz of the same chroma. */
static void the_centroid_of_a_triad_is_librosas(void **state)
{
    (void)state;
    static const float triad[CHROMA_COUNT] = {1, 0, 0, 0, 0.5f, 0, 0, 0.25f, 0, 0, 0, 0.25f};
    static const float expected[TONNETZ_COUNT] = {0.34150635f, 0.37500000f, 0.25000000f,
                                                  0.75000000f, 0.10825318f, 0.12500000f};
    float got[TONNETZ_COUNT];
    tonnetz(triad, got);
    for (int i = 0; i < TONNETZ_COUNT; i++) assert_float_equal(got[i], expected[i], 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_semitone_is_largest_in_its_own_place),
        cmocka_unit_test(tuning_is_found_and_turned_away),
        cmocka_unit_test(no_power_no_chroma),
        cmocka_unit_test(the_centroid_of_a_triad_is_librosas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
