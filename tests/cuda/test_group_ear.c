/* Groups whose learned ears are heard on the GPU (emulated where there is none): the answers of single trackers on the CPU. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control.h"
#include "cuda_runtime.h"
#include "model/music_model.h"

enum { RATE = 44100, STREAMS = 3, ANSWERS_MOST = 256 };

typedef struct curve {
    int count;
    et_emotion at[ANSWERS_MOST];
} curve;

static et_model *model;
static int seconds; /* of every stream but the short one */

/* What each stream hears: music of its own, one with a pause that the memory forgets over, one that is short. */
static size_t length_of(int stream)
{
    return stream == 2 ? RATE * 7 / 10 : (size_t)(RATE * seconds);
}

static void sound_of_stream(int stream, size_t first, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++) {
        double t = (double)(first + i) / RATE, hz = 130 * (1 + stream) * pow(2, (int)(2 * t) % 7 / 12.0);
        uint32_t noise = (uint32_t)(first + i + 1) * 2654435761u;
        noise = (noise ^ noise >> 15) * 1664525u;
        double music = 0.2 * sin(6.2831853 * hz * t) + 0.1 * sin(6.2831853 * 1.5 * hz * t) * (sin(8 * t) > 0) +
                       0.02 * ((double)(noise >> 8) / 8388608.0 - 1);
        bool pause = stream == 1 && t > 1 && t < 3.6;
        out[i] = pause ? 0 : (float)music;
    }
}

static void poll_all(et_tracker *t, curve *c)
{
    while (c->count < ANSWERS_MOST && et_tracker_poll(t, &c->at[c->count])) c->count++;
}

static curve alone(int stream, unsigned step_ms)
{
    static float samples[RATE / 10];
    et_tracker_options o = {.rate_hz = RATE, .channels = 1, .step_ms = step_ms};
    et_tracker *t;
    curve c = {0};
    assert_int_equal(et_tracker_create(&t, model, &o, NULL), ET_OK);
    for (size_t at = 0; at < length_of(stream); at += RATE / 10) {
        sound_of_stream(stream, at, RATE / 10, samples);
        assert_int_equal(et_tracker_push(t, samples, RATE / 10), ET_OK);
        poll_all(t, &c);
    }
    assert_int_equal(et_tracker_flush(t), ET_OK);
    poll_all(t, &c);
    et_tracker_destroy(t);
    return c;
}

/* Blocks of any size that there is room for, each stream at its own pace. @return the first failure */
static et_status play(et_tracker_group *g, int streams, curve *c)
{
    static float samples[RATE];
    size_t pushed[STREAMS] = {0};
    uint64_t seed = 3;
    et_status status = ET_OK;
    for (bool more = true; more;) {
        more = false;
        for (int s = 0; s < streams; s++) {
            et_tracker *t = et_tracker_group_get(g, (size_t)s);
            size_t left = length_of(s) - pushed[s];
            if (left == 0) continue;
            size_t now = 1 + random_below(&seed, RATE);
            size_t room = et_tracker_room(t);
            now = now < left ? now : left;
            now = now < room ? now : room;
            sound_of_stream(s, pushed[s], now, samples);
            assert_int_equal(et_tracker_push(t, samples, now), ET_OK);
            pushed[s] += now;
            if (pushed[s] == length_of(s)) assert_int_equal(et_tracker_flush(t), ET_OK);
            more |= pushed[s] < length_of(s);
        }
        et_status one = et_tracker_group_answer(g, NULL);
        if (status == ET_OK) status = one;
        for (int s = 0; s < streams; s++) poll_all(et_tracker_group_get(g, (size_t)s), &c[s]);
    }
    return status;
}

static et_tracker_group *group(const char *device, int streams, unsigned step_ms)
{
    et_tracker_options o = {.rate_hz = RATE, .channels = 1, .step_ms = step_ms, .device = device};
    et_tracker_group *g;
    et_error error;
    if (et_tracker_group_create(&g, model, &o, (size_t)streams, &error) != ET_OK) fail_msg("%s", error.message);
    return g;
}

static void assert_same(int stream, const curve *expected, const curve *got)
{
    if (got->count != expected->count) fail_msg("stream %d: %d answers, %d expected", stream, got->count, expected->count);
    for (int i = 0; i < got->count; i++) {
        const et_emotion *a = &expected->at[i], *b = &got->at[i];
        bool beside =
            a->time_s == b->time_s && a->context_s == b->context_s && a->flags == b->flags && a->level_dbfs == b->level_dbfs;
        if (!beside || !(fabsf(a->valence - b->valence) < 1e-3f) || !(fabsf(a->arousal - b->arousal) < 1e-3f))
            fail_msg("stream %d: at %g s (%g, %g) after %g s; expected at %g s (%g, %g) after %g s", stream, b->time_s,
                     (double)b->valence, (double)b->arousal, (double)b->context_s, a->time_s, (double)a->valence,
                     (double)a->arousal, (double)a->context_s);
    }
}

static void answers_are_those_of_single_trackers(void **state)
{
    (void)state;
    et_tracker_group *g = group("cuda", STREAMS, 100);
    for (seconds = 5; seconds > 0; seconds -= 4) {
        curve c[STREAMS] = {{0}};
        int before = cuda_on_host_calls("cudnnConvolutionForward");
        assert_int_equal(play(g, STREAMS, c), ET_OK);
        assert_true(cuda_on_host_calls("cudnnConvolutionForward") > before);
        for (int s = 0; s < STREAMS; s++) {
            curve expected = alone(s, 100);
            assert_same(s, &expected, &c[s]);
            et_tracker_reset(et_tracker_group_get(g, (size_t)s));
        }
    }
    et_tracker_group_destroy(g);
    assert_int_equal(cuda_on_host_allocated(), 0);
}

/* Rows that lie between two of the memory's. */
static void any_step_is_heard_alike(void **state)
{
    (void)state;
    enum { STEP_MS = 70 };
    seconds = 2;
    et_tracker_group *g = group("cuda", 1, STEP_MS);
    curve c = {0}, expected = alone(0, STEP_MS);
    assert_int_equal(play(g, 1, &c), ET_OK);
    assert_same(0, &expected, &c);
    et_tracker_group_destroy(g);
}

static void auto_goes_on_hearing_when_the_gpu_fails(void **state)
{
    (void)state;
    enum { FAILING = 12 };
    seconds = 4;
    et_tracker_group *g = group("auto", 2, 100);
    curve c[2] = {{0}};
    cuda_on_host_reset();
    cuda_on_host_fail("cudnnConvolutionForward", FAILING, 1, false);
    assert_int_equal(play(g, 2, c), ET_OK);
    assert_int_equal(cuda_on_host_calls("cudnnConvolutionForward"), FAILING);
    for (int s = 0; s < 2; s++) {
        curve expected = alone(s, 100);
        assert_same(s, &expected, &c[s]);
    }
    et_tracker_group_destroy(g);
    assert_int_equal(cuda_on_host_allocated(), 0);
    cuda_on_host_reset();
}

static void without_auto_a_failing_ear_is_an_error(void **state)
{
    (void)state;
    seconds = 3;
    et_tracker_group *g = group("cuda", 1, 100);
    curve c = {0};
    cuda_on_host_reset();
    cuda_on_host_fail("cudnnConvolutionForward", 20, 1, false);
    assert_int_equal(play(g, 1, &c), ET_ERROR_DEVICE);
    assert_true(c.count > 20 && isfinite(c.at[0].valence));
    assert_true(isnan(c.at[c.count - 1].valence) && isnan(c.at[c.count - 1].arousal));
    et_tracker_group_destroy(g);
    cuda_on_host_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_single_trackers),
        cmocka_unit_test(any_step_is_heard_alike),
        cmocka_unit_test(auto_goes_on_hearing_when_the_gpu_fails),
        cmocka_unit_test(without_auto_a_failing_ear_is_an_error),
    };
    model = hearing_music_model(1, EAR_FILE);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    model_destroy(model);
    return failures;
}
