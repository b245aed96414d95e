/* Onset strength, its peaks, and the beat that they have. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "features/onsets.h"
#include "features/tempo.h"

static const double rate_hz = 44100.0 / 1024.0;

/* Strokes of `period` frames that lie between frames, with every `accent`th one stronger. */
static tempo_values beat(double period, int accent, int frames)
{
    static tempo t;
    tempo_init(&t, rate_hz);
    for (int i = 0; i < frames; i++) {
        double since = fmod(i, period);
        int number = (int)(i / period);
        float stroke = (float)fmax(1.0 - since, 0.0) + (float)fmax(1.0 - (period - since), 0.0);
        tempo_push(&t, stroke * (number % accent == 0 ? 3.0f : 2.0f), since < 1.0);
    }
    tempo_values got;
    tempo_get(&t, &got);
    return got;
}

static void the_beat_is_read_from_60_to_180(void **state)
{
    (void)state;
    for (int bpm = 60; bpm <= 180; bpm++) {
        tempo_values got = beat(60.0 * rate_hz / bpm, 1, 400);
        assert_float_equal(got.bpm, bpm, 0.01 * bpm);
        assert_true(got.clarity > 0.7f);
        assert_float_equal(got.onsets_hz, bpm / 60.0, 1.0);
    }
}

static void the_fastest_of_equally_good_levels_is_read(void **state)
{
    (void)state;
    assert_float_equal(beat(60.0 * rate_hz / 160.0, 2, 400).bpm, 160.0, 1.6); /* and not 80, where accents fall */
    assert_float_equal(beat(60.0 * rate_hz / 240.0, 1, 400).bpm, 120.0, 1.2); /* 240 is out of range           */
}

static void nothing_is_read_from_less_than_a_second(void **state)
{
    (void)state;
    tempo_values got = beat(10.0, 1, 40);
    assert_true(got.bpm == 0.0f && got.clarity == 0.0f && got.mean_db > 0.0f);
    static tempo t;
    tempo_init(&t, rate_hz);
    tempo_get(&t, &got);
    assert_true(got.bpm == 0.0f && got.mean_db == 0.0f && got.onsets_hz == 0.0f);
}

static void a_strength_that_hardly_moves_has_no_beat(void **state)
{
    (void)state;
    static tempo t;
    tempo_values got;
    tempo_init(&t, rate_hz);
    for (int i = 0; i < 400; i++) tempo_push(&t, i % 20 == 0 ? 0.01f : 0.0f, false);
    tempo_get(&t, &got);
    assert_true(got.bpm == 0.0f && got.clarity == 0.0f);
}

static void fill(float band[MEL_ROOM], float power)
{
    memset(band, 0, MEL_ROOM * sizeof *band);
    for (int b = 0; b < MEL_BANDS; b++) band[b] = power;
}

static void settle(onsets *o, float power)
{
    float band[MEL_ROOM];
    onsets_init(o, 400.0);
    fill(band, power);
    for (int i = 0; i < ONSET_SETTLES; i++) {
        onset_values got = onsets_frame(o, band);
        assert_true(got.begins && got.strength == 0.0f && !got.peak);
    }
}

static void strength_is_the_rise_in_decibels(void **state)
{
    (void)state;
    onsets o;
    float band[MEL_ROOM];
    settle(&o, 1.0f);
    fill(band, 50.0f);
    assert_float_equal(onsets_frame(&o, band).strength, 16.9897, 1e-4);
    fill(band, 1.0f);
    assert_true(onsets_frame(&o, band).strength == 0.0f); /* falls do not count */
    fill(band, 1e-20f);
    onsets_frame(&o, band);
    fill(band, 50.0f);
    assert_float_equal(onsets_frame(&o, band).strength, 80.0, 0.2); /* silence is 80 dB below the loudest */
}

static void a_start_out_of_near_silence_is_no_onset(void **state)
{
    (void)state;
    onsets o;
    float band[MEL_ROOM];
    settle(&o, 1e-6f);
    fill(band, 1e-6f);
    assert_false(onsets_frame(&o, band).begins);
    fill(band, 1.0f);
    for (int i = 0; i < ONSET_SETTLES; i++) assert_true(onsets_frame(&o, band).begins);
    assert_false(onsets_frame(&o, band).begins);
}

static void a_stroke_is_an_onset_once(void **state)
{
    (void)state;
    onsets o;
    float band[MEL_ROOM];
    settle(&o, 1.0f);
    int peaks = 0;
    for (int i = 0; i < 200; i++) {
        fill(band, i % 25 == 10 ? 50.0f : i % 25 == 11 ? 75.0f : 1.0f);
        bool peak = onsets_frame(&o, band).peak;
        if (peak) assert_int_equal(i % 25, 10 + ONSET_AROUND);
        peaks += peak ? 1 : 0;
    }
    assert_int_equal(peaks, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_beat_is_read_from_60_to_180),
        cmocka_unit_test(the_fastest_of_equally_good_levels_is_read),
        cmocka_unit_test(nothing_is_read_from_less_than_a_second),
        cmocka_unit_test(a_strength_that_hardly_moves_has_no_beat),
        cmocka_unit_test(strength_is_the_rise_in_decibels),
        cmocka_unit_test(a_start_out_of_near_silence_is_no_onset),
        cmocka_unit_test(a_stroke_is_an_onset_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
