/* The input meter: levels of known signals, flags for exactly the second that they touch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <math.h>

#include "audio/meter.h"

enum { SECOND = 48000 };

static float signal[3 * SECOND * 2], mono[3 * SECOND];

static meter *heard(double rate_hz, unsigned channels, size_t frames, size_t block)
{
    meter *m;
    assert_int_equal(meter_create(&m, rate_hz, channels, NULL), ET_OK);
    for (size_t at = 0; at < frames; at += block)
        meter_push(m, signal + at * channels, frames - at < block ? frames - at : block, mono + at);
    return m;
}

static void level(const meter *m, int64_t hop, double expected_dbfs)
{
    double got = (double)meter_read(m, hop).level_dbfs;
    if (!(fabs(got - expected_dbfs) < 0.01)) fail_msg("hop %ld: %.3f dBFS, expected %.3f", (long)hop, got, expected_dbfs);
}

static void a_sine_at_half_scale_is_9_db_down(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * SECOND; i++) signal[i] = 0.5f * (float)sin(2 * M_PI * 100 * i / SECOND);
    meter *m = heard(SECOND, 1, 2 * SECOND, 777);
    level(m, 1, -9.03);
    level(m, 100, -9.03);
    level(m, 200, -9.03);
    meter_destroy(m);
}

static void channels_are_mixed(void **state)
{
    (void)state;
    for (int i = 0; i < SECOND; i++) {
        signal[2 * i] = 0.5f;
        signal[2 * i + 1] = -0.5f;
    }
    meter *m = heard(SECOND, 2, SECOND, 1000);
    level(m, 100, -200);
    assert_int_equal(meter_read(m, 100).flags, ET_FLAG_SILENCE);
    meter_destroy(m);
}

static void silence_is_below_70_db(void **state)
{
    (void)state;
    for (int i = 0; i < SECOND; i++) signal[i] = 0.0004f;
    meter *m = heard(SECOND, 1, SECOND, 480);
    level(m, 100, -67.96);
    assert_int_equal(meter_read(m, 100).flags, 0);
    meter_destroy(m);
    for (int i = 0; i < SECOND; i++) signal[i] = 0.0003f;
    m = heard(SECOND, 1, SECOND, 480);
    assert_int_equal(meter_read(m, 100).flags, ET_FLAG_SILENCE);
    meter_destroy(m);
}

static void two_full_samples_are_no_clipping_and_three_are(void **state)
{
    (void)state;
    for (int i = 0; i < 3 * SECOND; i++) signal[i] = 0.1f;
    signal[SECOND / 2] = signal[SECOND / 2 + 1] = 32767.0f / 32768.0f;
    meter *m = heard(SECOND, 1, 3 * SECOND, 100000);
    assert_int_equal(meter_read(m, 100).flags, 0);
    meter_destroy(m);
    signal[SECOND / 2 + 2] = -1;
    m = heard(SECOND, 1, 3 * SECOND, 1);
    assert_int_equal(meter_read(m, 50).flags, 0);
    assert_int_equal(meter_read(m, 51).flags, ET_FLAG_CLIPPED);
    assert_int_equal(meter_read(m, 150).flags, ET_FLAG_CLIPPED);
    assert_int_equal(meter_read(m, 151).flags, 0);
    meter_destroy(m);
}

static void blocks_and_odd_rates_do_not_matter(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * SECOND; i++) signal[i] = (float)((i * 7919) % 1000) / 1000.0f - 0.4f;
    static const double rates[] = {44100, 22050, 11025, 44099.5, 8000};
    for (size_t r = 0; r < 5; r++) {
        meter *a = heard(rates[r], 1, 2 * SECOND, 1), *b = heard(rates[r], 1, 2 * SECOND, 4097);
        int64_t hops = (int64_t)(2 * SECOND * 100 / rates[r]);
        for (int64_t hop = hops > 900 ? hops - 900 : 1; hop <= hops; hop++)
            assert_true(meter_read(a, hop).level_dbfs == meter_read(b, hop).level_dbfs);
        meter_destroy(a);
        meter_destroy(b);
    }
}

static void lost_frames_are_flagged(void **state)
{
    (void)state;
    for (int i = 0; i < SECOND; i++) signal[i] = 0.1f;
    meter *m = heard(SECOND, 1, SECOND, 480);
    assert_int_equal(meter_push(m, NULL, 480, mono), 0);
    meter_push(m, signal, SECOND, mono);
    assert_int_equal(meter_read(m, 100).flags, 0);
    assert_int_equal(meter_read(m, 101).flags, ET_FLAG_LOST);
    assert_int_equal(meter_read(m, 200).flags, ET_FLAG_LOST);
    assert_int_equal(meter_read(m, 201).flags, 0);
    signal[3] = NAN;
    assert_int_equal(meter_push(m, signal, 480, mono), 1);
    assert_true(mono[3] == 0 && mono[4] == 0.1f);
    assert_int_equal(meter_read(m, 202).flags, ET_FLAG_LOST);
    meter_destroy(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sine_at_half_scale_is_9_db_down),
        cmocka_unit_test(channels_are_mixed),
        cmocka_unit_test(silence_is_below_70_db),
        cmocka_unit_test(two_full_samples_are_no_clipping_and_three_are),
        cmocka_unit_test(blocks_and_odd_rates_do_not_matter),
        cmocka_unit_test(lost_frames_are_flagged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
