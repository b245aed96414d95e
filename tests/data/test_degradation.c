/* What degraded sound is: levels, bands, noise and echoes, measured on tones. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "data/degradation.h"

enum { SAMPLES = 44100 };
static float sound[SAMPLES];

static void tone(double hz, double size)
{
    for (int i = 0; i < SAMPLES; i++) sound[i] = (float)(size * sin(2 * 3.14159265358979 * hz * i / 44100));
}

/* RMS of the second half, where filters have settled, in dB. */
static double level_db(void)
{
    double sum = 0;
    for (int i = SAMPLES / 2; i < SAMPLES; i++) sum += (double)sound[i] * sound[i];
    return 10 * log10(sum / (SAMPLES - SAMPLES / 2) + 1e-30);
}

/* By how much a degradation changes the level of a tone. */
static double change_db(const degradation *d, double hz)
{
    tone(hz, 0.1);
    double before = level_db();
    degradation_apply(d, sound, SAMPLES);
    return level_db() - before;
}

static degradation named(const char *name)
{
    degradation d;
    if (degradation_find(&d, name, NULL) != ET_OK) fail_msg("no degradation '%s'", name);
    return d;
}

static void every_name_is_one(void **state)
{
    (void)state;
    static const char *const names[] = {"none", "quiet12", "quiet24", "laptop", "phone", "clip6"};
    degradation d;
    et_error error;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(degradation_find(&d, names[i], NULL), ET_OK);
        assert_int_equal(degradation_is_none(&d), i == 0);
    }
    assert_int_equal(degradation_find(&d, "earthquake", &error), ET_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "known: quiet12 quiet24 laptop phone clip6"));
}

static void quiet_is_quieter_and_nothing_else(void **state)
{
    (void)state;
    degradation d = named("quiet12");
    for (double hz = 30; hz < 20000; hz *= 3) assert_true(fabs(change_db(&d, hz) + 12) < 1e-4);
}

static void too_loud_is_clipped(void **state)
{
    (void)state;
    degradation d = named("clip6");
    tone(440, 0.9);
    degradation_apply(&d, sound, SAMPLES);
    int at_top = 0;
    for (int i = 0; i < SAMPLES; i++) {
        assert_true(fabsf(sound[i]) <= 1);
        at_top += fabsf(sound[i]) == 1;
    }
    assert_true(at_top > SAMPLES / 4);
    assert_true(fabs(change_db(&d, 440) - 6) < 1e-4); /* what stays below full scale is only louder */
}

/* Two Butterworth sections an end: -6 dB at the corner, 24 dB an octave beyond. */
static void a_telephone_has_its_band(void **state)
{
    (void)state;
    degradation d = named("phone");
    assert_true(fabs(change_db(&d, 1000)) < 0.5);
    assert_true(fabs(change_db(&d, 300) + 6) < 0.5);
    assert_true(fabs(change_db(&d, 3400) + 6) < 0.5);
    assert_true(fabs(change_db(&d, 75) + 48) < 1.5);
    assert_true(change_db(&d, 13600) < -48);
}

static void noise_has_the_ratio_that_was_asked_for(void **state)
{
    (void)state;
    static float clean[SAMPLES];
    degradation d = {.noise_db = 20};
    tone(440, 0.1);
    memcpy(clean, sound, sizeof clean);
    double signal = level_db();
    degradation_apply(&d, sound, SAMPLES);
    for (int i = 0; i < SAMPLES; i++) sound[i] -= clean[i];
    assert_true(fabs(signal - level_db() - 20) < 0.2);
}

/* A click: echoes from 509 samples on, 60 dB down after 0.3 s. */
static void a_room_answers_and_falls_silent(void **state)
{
    (void)state;
    degradation d = {.room = true};
    memset(sound, 0, sizeof sound);
    sound[0] = 1;
    degradation_apply(&d, sound, SAMPLES);
    assert_true(sound[0] == 1);
    for (int i = 1; i < 509; i++) assert_true(sound[i] == 0);
    float first = 0, late = 0;
    for (int i = 509; i < 3000; i++) first = fmaxf(first, fabsf(sound[i]));
    for (int i = 13230; i < SAMPLES; i++) late = fmaxf(late, fabsf(sound[i]));
    assert_true(first > 0.01f && first < 0.12f && late < 0.001f * 0.12f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_one),
        cmocka_unit_test(quiet_is_quieter_and_nothing_else),
        cmocka_unit_test(too_loud_is_clipped),
        cmocka_unit_test(a_telephone_has_its_band),
        cmocka_unit_test(noise_has_the_ratio_that_was_asked_for),
        cmocka_unit_test(a_room_answers_and_falls_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
