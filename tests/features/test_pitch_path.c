#include "reference.h"

#include "features/pitch_path.h"

static pitch_candidates one_candidate(float hz, float voicing)
{
    return (pitch_candidates){.count = 1, .hz = {hz}, .voicing = {voicing}, .score = {1.0f}, .energy = 0.1f};
}

static void a_lone_wrong_octave_is_passed_over(void **state)
{
    (void)state;
    pitch_path p;
    pitch_path_init(&p, 5);
    pitch_decision d;
    for (int n = 0; n < 60; n++) {
        pitch_candidates c = one_candidate(220.0f, 0.9f);
        if (n == 30) c = (pitch_candidates){.count = 2, .hz = {110.0f, 220.0f}, .voicing = {0.92f, 0.9f}, .energy = 0.1f};
        bool known = pitch_path_push(&p, &c, &d);
        assert_int_equal(known, n >= 5);
        if (known && d.hz != 220.0f) fail_msg("frame %d: F0 %g Hz, expected 220 Hz (octave error)", n - 5, d.hz);
    }
    int rest = 0;
    while (pitch_path_flush(&p, &d)) rest++;
    assert_int_equal(rest, 5);
}

static void weak_voices_and_quiet_frames_have_no_pitch(void **state)
{
    (void)state;
    pitch_path p;
    pitch_path_init(&p, 0);
    pitch_decision d;
    pitch_candidates weak = one_candidate(220.0f, 0.3f), quiet = one_candidate(220.0f, 0.9f);
    quiet.energy = 0.001f;
    assert_true(pitch_path_push(&p, &weak, &d));
    assert_true(d.hz == 0.0f && d.voicing == 0.3f);
    assert_true(pitch_path_push(&p, &quiet, &d));
    assert_true(d.hz == 0.0f && d.voicing == 0.0f);
}

/* Costs are renewed after some 100,000 frames of a hopping pitch; no decision may change by it. */
static void decisions_of_a_long_stream_repeat(void **state)
{
    (void)state;
    enum { PERIOD = 6, FRAMES = 400000 };
    static const float hz[PERIOD] = {80.0f, 310.0f, 95.0f, 500.0f, 60.0f, 250.0f};
    pitch_path p;
    pitch_path_init(&p, 10);
    pitch_decision d, first[PERIOD] = {{0}};
    double most = 0.0;
    for (int n = 0; n < FRAMES; n++) {
        pitch_candidates c = {.count = 2, .voicing = {0.8f, 0.75f}, .energy = 0.1f};
        c.hz[0] = hz[n % PERIOD];
        c.hz[1] = hz[n % PERIOD] * 1.5f;
        bool known = pitch_path_push(&p, &c, &d);
        most = fmax(most, p.cost[0]);
        int frame = n - 10;
        if (!known || frame < 100) continue;
        if (frame < 100 + PERIOD) first[frame % PERIOD] = d;
        if (d.hz != first[frame % PERIOD].hz || d.voicing != first[frame % PERIOD].voicing)
            fail_msg("frame %d: F0 %g Hz, %g Hz a whole number of periods before", frame, d.hz, first[frame % PERIOD].hz);
    }
    assert_true(most > 1e6 && most < 1.1e6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lone_wrong_octave_is_passed_over),
        cmocka_unit_test(weak_voices_and_quiet_frames_have_no_pitch),
        cmocka_unit_test(decisions_of_a_long_stream_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
