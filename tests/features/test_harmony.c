/* Sound whose key, mode and beat are known; gain; silence; numbers that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "features/harmony.h"
#include "made_music.h"

enum { SECONDS_MOST = 16 };

static float sound[SECONDS_MOST * RATE_HZ];
static harmony *h;

static void silence(void)
{
    memset(sound, 0, sizeof sound);
}

static harmony_reading hear(double seconds)
{
    harmony_reading reading;
    harmony_reset(h);
    for (size_t i = 0; i + HARMONY_HOP <= (size_t)(seconds * RATE_HZ); i += HARMONY_HOP) harmony_push(h, sound + i);
    harmony_read(h, &reading);
    return reading;
}

static int set_up(void **state)
{
    (void)state;
    return harmony_create(&h, NULL) == ET_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    harmony_destroy(h);
    return 0;
}

static void expect_key(harmony_reading got, int key)
{
    assert_int_equal(got.key, key);
    assert_true(key < 12 ? got.majorness > 0.0f : got.majorness < 0.0f);
}

static void every_cadence_has_its_key(void **state)
{
    (void)state;
    for (int key = 0; key < 24; key++) {
        silence();
        add_cadence(sound, key % 12, key >= 12, 1.0, 0.0);
        expect_key(hear(4.0), key);
    }
}

static void a_sound_tuned_high_or_low_has_the_nearest_key(void **state)
{
    (void)state;
    for (int key = 0; key < 24; key += 5) {
        silence();
        add_cadence(sound, key % 12, key >= 12, 0.8, key % 2 ? 0.3 : -0.35);
        expect_key(hear(3.2), key);
    }
}

static void every_scale_has_its_key(void **state)
{
    (void)state;
    for (int key = 0; key < 24; key++) {
        silence();
        add_scale(sound, key % 12, key >= 12, 0.3);
        expect_key(hear(4.5), key);
    }
}

static void noise_and_silence_have_no_key(void **state)
{
    (void)state;
    silence();
    harmony_reading got = hear(5.0);
    assert_int_equal(got.key, HARMONY_NO_KEY);
    assert_true(got.majorness == 0.0f && got.tempo_bpm == 0.0f && got.pulse == 0.0f);
    for (uint32_t seed = 1; seed <= 3; seed++) {
        silence();
        add_noise(sound, 8.0, 0.3, seed);
        assert_int_equal(hear(8.0).key, HARMONY_NO_KEY);
    }
}

static void clicks_have_their_tempo(void **state)
{
    (void)state;
    for (int bpm = 60; bpm <= 180; bpm += 8) {
        silence();
        add_clicks(sound, 10.0, bpm);
        add_noise(sound, 10.0, 0.01, 7);
        harmony_reading got = hear(10.0);
        assert_float_equal(got.tempo_bpm, bpm, 0.01 * bpm);
        assert_true(got.pulse > 0.9f);
    }
}

static void tempo_is_there_after_four_seconds(void **state)
{
    (void)state;
    for (int bpm = 70; bpm <= 170; bpm += 20) {
        silence();
        add_clicks(sound, 4.0, bpm);
        assert_float_equal(hear(4.0).tempo_bpm, bpm, 0.03 * bpm);
    }
}

static void noise_has_no_pulse(void **state)
{
    (void)state;
    silence();
    add_noise(sound, 12.0, 0.3, 1);
    assert_true(hear(12.0).pulse < 0.3f);
}

static void a_steady_tone_has_no_pulse(void **state)
{
    (void)state;
    silence();
    for (size_t i = 0; i < 12 * RATE_HZ; i++) sound[i] = 0.5f * sinf(0.06f * (float)i);
    assert_true(hear(12.0).pulse < 0.3f);
}

static void gain_changes_nothing(void **state)
{
    (void)state;
    float loud[HARMONY_COLUMNS], soft[HARMONY_COLUMNS];
    silence();
    add_cadence(sound, 3, false, 1.5, 0.0);
    add_clicks(sound, 6.0, 100);
    add_noise(sound, 6.0, 0.01, 3);
    hear(6.0);
    harmony_row(h, loud);
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++) sound[i] *= 0.0625f; /* a power of two: the same digits */
    hear(6.0);
    harmony_row(h, soft);
    for (int c = 0; c < HARMONY_COLUMNS; c++) assert_float_equal(loud[c], soft[c], 1e-4 * (1.0 + fabs(loud[c])));
}

static void rows_are_finite_whatever_comes(void **state)
{
    (void)state;
    static const float odd[] = {0.0f, 1.0f, -1.0f, NAN, INFINITY, 1e30f, 1e-30f, -1e-42f};
    float hop[HARMONY_HOP], row[HARMONY_COLUMNS];
    uint32_t seed = 5;
    harmony_reset(h);
    for (int i = 0; i < 3000; i++) {
        float level = odd[(i / 100) % 8];
        for (int s = 0; s < HARMONY_HOP; s++) hop[s] = i % 3 ? level : level * made_noise(&seed);
        harmony_push(h, hop);
        harmony_row(h, row);
        for (int c = 0; c < HARMONY_COLUMNS; c++) assert_true(isfinite(row[c]));
    }
}

static void after_a_reset_all_is_as_new(void **state)
{
    (void)state;
    float first[HARMONY_COLUMNS], again[HARMONY_COLUMNS];
    silence();
    add_scale(sound, 2, false, 0.3);
    hear(4.5);
    harmony_row(h, first);
    hear(4.5);
    harmony_row(h, again);
    assert_memory_equal(first, again, sizeof first);
    harmony_reset(h);
    harmony_row(h, again);
    for (int c = 0; c < HARMONY_COLUMNS; c++) assert_true(again[c] == 0.0f);
}

static void columns_have_names_of_their_own(void **state)
{
    (void)state;
    for (int c = 0; c < HARMONY_COLUMNS; c++) {
        assert_int_equal(strncmp(harmony_column_name(c), "harmony_", 8), 0);
        for (int d = 0; d < c; d++) assert_string_not_equal(harmony_column_name(c), harmony_column_name(d));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cadence_has_its_key),   cmocka_unit_test(a_sound_tuned_high_or_low_has_the_nearest_key),
        cmocka_unit_test(every_scale_has_its_key),     cmocka_unit_test(noise_and_silence_have_no_key),
        cmocka_unit_test(clicks_have_their_tempo),     cmocka_unit_test(tempo_is_there_after_four_seconds),
        cmocka_unit_test(noise_has_no_pulse),          cmocka_unit_test(a_steady_tone_has_no_pulse),
        cmocka_unit_test(gain_changes_nothing),        cmocka_unit_test(rows_are_finite_whatever_comes),
        cmocka_unit_test(after_a_reset_all_is_as_new), cmocka_unit_test(columns_have_names_of_their_own),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
