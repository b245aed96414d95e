/* The tracker: the same sound gives the same numbers however it comes, each answer has heard only what it says it has, and
 * the stages stand in their order (a slow pipeline put together here says what the answers must be). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>

#include "../model/music_model.h"
#include "features/descriptors.h"
#include "features/functionals.h"
#include "track/memory.h"

enum { ANSWERS_MOST = 4096 };

static et_model *model;
static sound music;

typedef struct answers {
    et_emotion at[ANSWERS_MOST];
    int count;
} answers;

static et_tracker *made(double rate_hz, unsigned channels, unsigned step_ms)
{
    et_tracker *t;
    et_error error;
    et_tracker_options options = {.rate_hz = rate_hz, .channels = channels, .step_ms = step_ms};
    if (et_tracker_create(&t, model, &options, &error) != ET_OK) fail_msg("%s", error.message);
    return t;
}

static void drain(et_tracker *t, answers *a)
{
    while (a->count < ANSWERS_MOST && et_tracker_poll(t, &a->at[a->count])) a->count++;
}

static void push(et_tracker *t, const float *samples, size_t frames, unsigned channels, size_t block, answers *a)
{
    uint64_t seed = 5;
    for (size_t at = 0, now; at < frames; at += now) {
        now = block ? block : 1 + random_below(&seed, 3000);
        if (now > frames - at) now = frames - at;
        assert_int_equal(et_tracker_push(t, samples + at * channels, now), ET_OK);
        drain(t, a);
    }
}

/* All answers about a stream in blocks of one size (0: random sizes). */
static answers tracked(const float *samples, size_t frames, double rate_hz, unsigned channels, unsigned step_ms,
                       size_t block)
{
    answers a = {.count = 0};
    et_tracker *t = made(rate_hz, channels, step_ms);
    push(t, samples, frames, channels, block, &a);
    assert_int_equal(et_tracker_flush(t), ET_OK);
    drain(t, &a);
    et_tracker_destroy(t);
    return a;
}

static void same(const et_emotion *got, const et_emotion *expected, const char *what)
{
    if (got->time_s == expected->time_s && got->valence == expected->valence && got->arousal == expected->arousal &&
        got->context_s == expected->context_s && got->level_dbfs == expected->level_dbfs && got->flags == expected->flags)
        return;
    fail_msg("%s: at %.3f s valence %.9g arousal %.9g context %g level %g flags %u; expected at %.3f s %.9g %.9g %g %g %u",
             what, got->time_s, (double)got->valence, (double)got->arousal, (double)got->context_s, (double)got->level_dbfs,
             got->flags, expected->time_s, (double)expected->valence, (double)expected->arousal, (double)expected->context_s,
             (double)expected->level_dbfs, expected->flags);
}

static void all_same(const answers *got, const answers *expected, const char *what)
{
    if (got->count != expected->count) fail_msg("%s: %d answers, expected %d", what, got->count, expected->count);
    for (int i = 0; i < got->count; i++) same(&got->at[i], &expected->at[i], what);
}

/* ---- the stages ------------------------------------------------------------------------------------------------------ */

enum { ROWS_MOST = 2000 };

static float remembered[ROWS_MOST][FUNCTIONAL_COUNT];
static float ages[ROWS_MOST];

/* What the memory holds after every row. */
static int remember_all(const float *samples, size_t frames)
{
    descriptors *d;
    functionals *f;
    memory *m;
    descriptor_row row;
    int rows = 0;
    float last_second[FUNCTIONAL_COUNT];
    descriptors_options options = {.rate_hz = 44100, .pitch_lag_frames = 10, .rasta_start = RASTA_START_STEADY};
    assert_int_equal(descriptors_create(&d, &options, NULL), ET_OK);
    assert_int_equal(functionals_create(&f, NULL), ET_OK);
    assert_int_equal(memory_create(&m, &model->memory, model->member[0], NULL, 0.05, NULL), ET_OK);
    for (size_t at = 0, taken; at < frames; at += taken) {
        if (!descriptors_push(d, samples + at, frames - at, &taken, &row)) continue;
        functionals_push(f, row.value);
        functionals_get(f, last_second);
        int64_t hop = row.index + descriptors_look_ahead(d);
        if (hop % 5 == 0)
            memory_push(m, last_second, false, remembered[rows]);
        else
            memory_peek(m, last_second, false, remembered[rows]);
        ages[rows++] = (float)(memory_age_s(m) + (double)(hop % 5) * 0.01);
    }
    descriptors_destroy(d);
    functionals_destroy(f);
    memory_destroy(m);
    return rows;
}

/* The answer about the window that ends with a row, every frame of it computed anew. */
static void answer_directly(int newest, float out[2])
{
    const network_config *config = network_configuration(model->member[0]);
    double sum[2] = {0};
    for (int i = 0; i < model->members; i++) {
        const network *net = model->member[i];
        network_work *work;
        float answer[2];
        assert_int_equal(network_work_create(&work, net, 1, NULL), ET_OK);
        size_t size = network_slot_size(net);
        float *slots = malloc(sizeof(float) * size * (size_t)config->window);
        const float *pointers[256];
        for (int k = 0; k < config->window; k++) {
            int row = newest - (config->window - 1 - k) * 50;
            while (row < 0) row += 50;
            network_frame(net, work, remembered[row], slots + (size_t)k * size);
            pointers[k] = slots + (size_t)k * size;
        }
        network_windows(net, work, pointers, 1, answer);
        sum[0] += (double)answer[0];
        sum[1] += (double)answer[1];
        free(slots);
        network_work_destroy(work);
    }
    out[0] = (float)(sum[0] / model->members);
    out[1] = (float)(sum[1] / model->members);
}

static void the_stages_stand_in_their_order(void **state)
{
    (void)state;
    answers a = tracked(music.samples, music.frames, 44100, 1, 10, 441);
    int rows = remember_all(music.samples, music.frames);
    assert_int_equal(a.count, rows);
    for (int i = 0; i < rows; i += 7) {
        float expected[2];
        answer_directly(i, expected);
        double wrong = fmax(fabs((double)(a.at[i].valence - expected[0])), fabs((double)(a.at[i].arousal - expected[1])));
        if (!(wrong < 1e-6)) fail_msg("answer %d at %.2f s is %g off", i, a.at[i].time_s, wrong);
        assert_true(a.at[i].context_s == ages[i]);
    }
    double span = 0;
    for (int i = 0; i < rows; i++) span = fmax(span, fabs((double)(a.at[i].valence - a.at[0].valence)));
    if (span < 1e-4) fail_msg("the test's model answers the same to everything (span %g): nothing was tested", span);
}

/* ---- same sound, same numbers ------------------------------------------------------------------------------------------
 */

static void block_sizes_do_not_matter(void **state)
{
    (void)state;
    static const size_t blocks[] = {0, 1, 441, 1024, 100000};
    for (int stereo = 0; stereo < 2; stereo++) {
        double rate_hz = stereo ? 48000 : 44100;
        size_t frames = stereo ? music.frames / 2 : music.frames;
        answers expected = tracked(music.samples, frames, rate_hz, 1u + (unsigned)stereo, 10, 512);
        assert_true(expected.count > 100);
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
            answers got = tracked(music.samples, frames, rate_hz, 1u + (unsigned)stereo, 10, blocks[i]);
            all_same(&got, &expected, stereo ? "48 kHz stereo" : "44.1 kHz mono");
        }
    }
}

static void steps_choose_rows_and_change_none(void **state)
{
    (void)state;
    static const unsigned steps[] = {20, 30, 70, 250, 500, 1000, 1500, 2000};
    answers all = tracked(music.samples, music.frames, 44100, 1, 10, 1000);
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        answers some = tracked(music.samples, music.frames, 44100, 1, steps[s], 1000);
        assert_true(some.count > 0 && some.at[0].time_s <= 1.0);
        for (int i = 0; i < some.count; i++) {
            long hop = lround(some.at[i].time_s * 100);
            long first = lround(all.at[0].time_s * 100);
            bool on_grid = hop * 10 % steps[s] == 0 || (i == 0 && hop == 100);
            if (!on_grid) fail_msg("step %u ms: a row at %.3f s", steps[s], some.at[i].time_s);
            same(&some.at[i], &all.at[hop - first], "step");
        }
        int expected = (int)((double)music.frames / 44100 * 1000 / steps[s]) + (steps[s] > 1000);
        assert_in_range(some.count, expected - (int)(all.at[0].time_s * 1000 / steps[s]) - 1, expected);
    }
}

static void reset_begins_anew(void **state)
{
    (void)state;
    answers a = {.count = 0}, b = {.count = 0}, rest = {.count = 0};
    et_tracker *t = made(48000, 1, 50);
    push(t, music.samples, 100000, 1, 0, &a);
    et_tracker_flush(t);
    drain(t, &a);
    et_tracker_reset(t);
    push(t, music.samples + 7777, 33333, 1, 0, &rest);
    et_tracker_reset(t);
    push(t, music.samples, 100000, 1, 0, &b);
    et_tracker_flush(t);
    drain(t, &b);
    all_same(&b, &a, "after reset");
    et_tracker_destroy(t);
}

static void sixteen_bits_are_the_same_sound(void **state)
{
    (void)state;
    answers expected = tracked(music.samples, 80000, 44100, 2, 20, 500), got = {.count = 0};
    int16_t *samples = malloc(sizeof *samples * 160000);
    for (int i = 0; i < 160000; i++) samples[i] = (int16_t)lrintf(music.samples[i] * 32768);
    et_tracker *t = made(44100, 2, 20);
    for (size_t at = 0; at < 80000; at += 20000) {
        assert_int_equal(et_tracker_push_s16(t, samples + 2 * at, 20000), ET_OK);
        drain(t, &got);
    }
    et_tracker_flush(t);
    drain(t, &got);
    all_same(&got, &expected, "16 bits");
    et_tracker_destroy(t);
    free(samples);
}

/* ---- time --------------------------------------------------------------------------------------------------------------
 */

static void an_answer_has_heard_only_what_came_before_its_time(void **state)
{
    (void)state;
    static const double rates[] = {44100, 48000, 16000, 8000};
    float *other = malloc(sizeof(float) * music.frames);
    for (size_t r = 0; r < 4; r++) {
        double rate_hz = rates[r];
        size_t cut = (size_t)(1.5 * rate_hz), frames = (size_t)(2.5 * rate_hz);
        memcpy(other, music.samples, sizeof(float) * music.frames);
        for (size_t i = cut; i < frames; i++) other[i] = i % 50 < 25 ? 0.5f : -0.5f;
        answers a = tracked(music.samples, frames, rate_hz, 1, 10, 0), b = tracked(other, frames, rate_hz, 1, 10, 0);
        int i = 0;
        for (; i < a.count && a.at[i].time_s <= 1.5 + 1e-9; i++) same(&b.at[i], &a.at[i], "before the cut");
        if (i == 0 || i >= a.count) fail_msg("%g Hz: no rows on both sides of the cut", rate_hz);
        bool differs = false;
        for (; i < a.count; i++) differs |= a.at[i].valence != b.at[i].valence;
        assert_true(differs);
    }
    free(other);
}

static void answers_come_when_their_sound_is_there(void **state)
{
    (void)state;
    static const double rates[] = {44100, 48000, 22050, 96000};
    for (size_t r = 0; r < 4; r++) {
        et_tracker *t = made(rates[r], 1, 10);
        et_emotion e;
        double last = 0;
        size_t pushed = 0;
        for (int block = 0; block < 200; block++, pushed += 480) {
            assert_int_equal(et_tracker_push(t, music.samples + pushed, 480), ET_OK);
            double heard = (double)(pushed + 480) / rates[r];
            while (et_tracker_poll(t, &e)) {
                if (e.time_s > heard + 1e-9) fail_msg("%g Hz: %.4f s claimed, %.4f s heard", rates[r], e.time_s, heard);
                last = e.time_s;
            }
            if (last > 0 && heard - last > 0.035) fail_msg("%g Hz: at %.4f s the last is %.4f s", rates[r], heard, last);
        }
        assert_true(last > 0.3);
        et_tracker_destroy(t);
    }
}

static void a_short_sound_gives_one_row(void **state)
{
    (void)state;
    static const struct {
        size_t frames;
        unsigned step_ms;
    } cases[] = {{1, 10}, {441, 500}, {2000, 500}, {7000, 10}, {20000, 500}, {30000, 1000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        answers a = tracked(music.samples, cases[i].frames, 44100, 1, cases[i].step_ms, 0);
        if (a.count != 1) fail_msg("%zu samples, step %u: %d rows", cases[i].frames, cases[i].step_ms, a.count);
        assert_true(fabs(a.at[0].time_s - (double)cases[i].frames / 44100) < 1e-9);
        assert_true(fabsf(a.at[0].valence) <= 1 && fabsf(a.at[0].arousal) <= 1);
    }
    answers none = tracked(music.samples, 0, 44100, 1, 10, 0);
    assert_int_equal(none.count, 0);
    for (double rate_hz = 4000; rate_hz < 800000; rate_hz *= 2.3)
        assert_int_equal(tracked(music.samples, 100, rate_hz, 1, 500, 0).count, 1);
}

/* ---- flags -------------------------------------------------------------------------------------------------------------
 */

static uint32_t flags_at(const answers *a, double time_s)
{
    for (int i = 0; i < a->count; i++)
        if (fabs(a->at[i].time_s - time_s) < 1e-6) return a->at[i].flags;
    fail_msg("no row at %g s", time_s);
    return 0;
}

static void silence_is_flagged_and_holds(void **state)
{
    (void)state;
    size_t frames = 6 * 44100;
    float *samples = calloc(frames, sizeof *samples);
    memcpy(samples, music.samples, sizeof(float) * 2 * 44100);
    answers a = tracked(samples, frames, 44100, 1, 500, 0);
    assert_int_equal(flags_at(&a, 2.0), 0);
    assert_int_equal(flags_at(&a, 2.5), 0);
    assert_int_equal(flags_at(&a, 3.5), ET_FLAG_SILENCE);
    assert_true(a.at[a.count - 1].level_dbfs == -200);
    const et_emotion *last = &a.at[a.count - 1], *before = &a.at[a.count - 2];
    assert_true(last->context_s == before->context_s);
    assert_true(last->valence == before->valence && last->arousal == before->arousal);
    free(samples);
}

/* After a long silence a sound is heard as at the start of a stream; what is left of the past is RASTA's. */
static void sound_after_a_long_silence_is_a_new_start(void **state)
{
    (void)state;
    size_t silence = 3 * 44100, frames = silence + 3 * 44100;
    float *samples = calloc(frames, sizeof *samples);
    memcpy(samples + silence, music.samples, sizeof(float) * 3 * 44100);
    answers fresh = tracked(music.samples, 3 * 44100, 44100, 1, 100, 0), later = tracked(samples, frames, 44100, 1, 100, 0);
    for (int i = 0; i < fresh.count; i++) {
        const et_emotion *a = &fresh.at[i], *b = &later.at[later.count - fresh.count + i];
        assert_true(fabs(b->time_s - a->time_s - 3) < 1e-9);
        assert_int_equal(b->flags, a->flags);
        if (a->time_s > 0.5 && fabsf(a->context_s - b->context_s) > 0.06f)
            fail_msg("at %.2f s context %g, at the start of a stream %g", b->time_s, (double)b->context_s,
                     (double)a->context_s);
    }
    free(samples);
}

static void clipping_and_losses_are_flagged_for_their_second(void **state)
{
    (void)state;
    size_t frames = 4 * 44100;
    float *samples = malloc(sizeof(float) * frames);
    memcpy(samples, music.samples, sizeof(float) * frames);
    for (int i = 0; i < 3; i++) samples[44100 + i] = 1.0f;
    answers a = {.count = 0};
    et_tracker *t = made(44100, 1, 10);
    push(t, samples, 2 * 44100, 1, 0, &a);
    assert_int_equal(et_tracker_push_lost(t, 441), ET_OK);
    push(t, samples + 2 * 44100 + 441, 44100, 1, 0, &a);
    assert_int_equal(flags_at(&a, 1.0), 0);
    assert_int_equal(flags_at(&a, 1.01), ET_FLAG_CLIPPED);
    assert_int_equal(flags_at(&a, 2.0), ET_FLAG_CLIPPED);
    assert_int_equal(flags_at(&a, 2.01), ET_FLAG_LOST);
    assert_int_equal(flags_at(&a, 3.0), ET_FLAG_LOST);
    assert_int_equal(flags_at(&a, 3.01), 0);
    et_tracker_destroy(t);
    free(samples);
}

static void samples_that_are_not_finite_count_as_zero(void **state)
{
    (void)state;
    float *holes = malloc(sizeof(float) * 44100), *zeros = malloc(sizeof(float) * 44100);
    memcpy(holes, music.samples, sizeof(float) * 44100);
    memcpy(zeros, music.samples, sizeof(float) * 44100);
    for (int i = 20000; i < 20005; i++) {
        holes[i] = i % 2 ? NAN : -INFINITY;
        zeros[i] = 0;
    }
    et_tracker *a = made(44100, 1, 100), *b = made(44100, 1, 100);
    assert_int_equal(et_tracker_push(a, holes, 44100), ET_ERROR_NOT_FINITE);
    assert_int_equal(et_tracker_push(b, zeros, 44100), ET_OK);
    et_emotion x, y;
    while (et_tracker_poll(a, &x)) {
        assert_true(et_tracker_poll(b, &y));
        assert_int_equal(x.flags, x.time_s > 0.45 ? ET_FLAG_LOST : 0);
        x.flags = 0;
        same(&x, &y, "holes against zeros");
    }
    et_tracker_destroy(a);
    et_tracker_destroy(b);
    free(holes);
    free(zeros);
}

/* ---- the queue, wrong use, threads -------------------------------------------------------------------------------------
 */

/* Blocks, steps and a reset with a model that knows every family. */
static void with_an_ear_the_same_sound_gives_the_same_numbers(void **state)
{
    (void)state;
    et_model *few = model;
    model = hearing_music_model(1, EAR_FILE);
    answers fine = tracked(music.samples, music.frames, 44100, 1, 10, 441),
            random = tracked(music.samples, music.frames, 44100, 1, 10, 0),
            coarse = tracked(music.samples, music.frames, 44100, 1, 500, 1000);
    all_same(&random, &fine, "random blocks");
    assert_true(coarse.count > 5);
    for (int i = 0, k = 0; i < coarse.count; i++) {
        while (k < fine.count && fine.at[k].time_s < coarse.at[i].time_s - 1e-9) k++;
        same(&coarse.at[i], &fine.at[k], "step of 500 ms");
    }
    et_tracker *t = made(44100, 1, 10);
    answers again = {.count = 0};
    push(t, music.samples, 30000, 1, 500, &again);
    et_tracker_reset(t);
    again.count = 0;
    push(t, music.samples, music.frames, 1, 700, &again);
    for (int i = 0; i < again.count; i++) same(&again.at[i], &fine.at[i], "after a reset");
    assert_true(fabs(et_tracker_ear_look_ahead_s(t) - 1.19) < 0.02);
    assert_true(fine.at[0].time_s <= 1.0);
    et_tracker_destroy(t);
    answers little = tracked(music.samples, 8000, 44100, 1, 10, 441);
    assert_int_equal(little.count, 1);
    assert_true(isfinite(little.at[0].valence));
    model_destroy(model);
    model = few;
}

/* Key and beat come beside the answers and change none; who did not ask for them hears of none. */
static void harmony_comes_beside_the_answers(void **state)
{
    (void)state;
    answers plain = tracked(music.samples, music.frames, 44100, 1, 100, 441);
    et_tracker *t[2];
    for (int asked = 0; asked < 2; asked++) {
        et_tracker_options options = {.rate_hz = 44100, .channels = 1, .step_ms = 100, .harmony = asked};
        assert_int_equal(et_tracker_create(&t[asked], model, &options, NULL), ET_OK);
        et_emotion e;
        et_harmony h = {0}, last = {0};
        int count = 0, keys = 0;
        assert_int_equal(et_tracker_push(t[asked], music.samples, music.frames), ET_OK);
        assert_int_equal(et_tracker_flush(t[asked]), ET_OK);
        for (; et_tracker_poll_harmony(t[asked], &e, &h); count++, last = h) {
            same(&e, &plain.at[count], "with harmony");
            assert_true(h.key >= -1 && h.key < 24 && fabsf(h.majorness) <= 1 && h.pulse >= 0 && h.pulse <= 1);
            keys += h.key >= 0;
        }
        assert_int_equal(count, plain.count);
        assert_int_equal(keys > count / 2, asked);
        assert_int_equal(last.tempo_bpm >= 60 && last.tempo_bpm <= 180, asked);
        et_tracker_destroy(t[asked]);
    }
    assert_string_equal(et_key_name(21), "A minor");
    assert_string_equal(et_key_name(-1), "");
}

static void a_full_queue_refuses_and_loses_nothing(void **state)
{
    (void)state;
    answers expected = tracked(music.samples, music.frames, 44100, 1, 10, 441), got = {.count = 0};
    et_tracker *t;
    et_tracker_options options = {.rate_hz = 44100, .channels = 1, .queue_s = 1};
    assert_int_equal(et_tracker_create(&t, model, &options, NULL), ET_OK);
    for (size_t at = 0; at < music.frames;) {
        size_t room = et_tracker_room(t), rest = music.frames - at;
        assert_true(room > 0);
        if (room < rest) assert_int_equal(et_tracker_push(t, music.samples + at, room + 1), ET_ERROR_FULL);
        size_t now = room < rest ? room : rest;
        assert_int_equal(et_tracker_push(t, music.samples + at, now), ET_OK);
        at += now;
        drain(t, &got);
    }
    et_tracker_flush(t);
    drain(t, &got);
    all_same(&got, &expected, "through a queue of one second");
    assert_int_equal(et_tracker_push(t, music.samples, 1), ET_ERROR_ARGUMENT);
    et_tracker_destroy(t);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    static const et_tracker_options wrong[] = {
        {.rate_hz = 0, .channels = 1},
        {.rate_hz = NAN, .channels = 1},
        {.rate_hz = 44100, .channels = 0},
        {.rate_hz = 44100, .channels = 257},
        {.rate_hz = 44100, .channels = 1, .step_ms = 15},
        {.rate_hz = 44100, .channels = 1, .queue_s = 1000000},
        {.rate_hz = 44100, .channels = 1, .device = "tpu"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        et_tracker *t;
        et_error error;
        assert_int_equal(et_tracker_create(&t, model, &wrong[i], &error), ET_ERROR_ARGUMENT);
        assert_null(t);
    }
}

static void *track_music(void *result)
{
    answers *a = result;
    et_tracker *t = NULL;
    et_tracker_options options = {.rate_hz = 44100, .channels = 1, .step_ms = 100};
    if (et_tracker_create(&t, model, &options, NULL) != ET_OK) return NULL;
    for (size_t at = 0; at + 4410 <= music.frames; at += 4410) {
        et_tracker_push(t, music.samples + at, 4410);
        drain(t, a);
    }
    et_tracker_destroy(t);
    return NULL;
}

static void trackers_share_a_model_between_threads(void **state)
{
    (void)state;
    static answers results[5];
    pthread_t threads[4];
    track_music(&results[4]);
    assert_true(results[4].count > 10);
    for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, track_music, &results[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        all_same(&results[i], &results[4], "in a thread");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stages_stand_in_their_order),
        cmocka_unit_test(block_sizes_do_not_matter),
        cmocka_unit_test(steps_choose_rows_and_change_none),
        cmocka_unit_test(reset_begins_anew),
        cmocka_unit_test(sixteen_bits_are_the_same_sound),
        cmocka_unit_test(an_answer_has_heard_only_what_came_before_its_time),
        cmocka_unit_test(answers_come_when_their_sound_is_there),
        cmocka_unit_test(a_short_sound_gives_one_row),
        cmocka_unit_test(silence_is_flagged_and_holds),
        cmocka_unit_test(sound_after_a_long_silence_is_a_new_start),
        cmocka_unit_test(clipping_and_losses_are_flagged_for_their_second),
        cmocka_unit_test(samples_that_are_not_finite_count_as_zero),
        cmocka_unit_test(with_an_ear_the_same_sound_gives_the_same_numbers),
        cmocka_unit_test(harmony_comes_beside_the_answers),
        cmocka_unit_test(a_full_queue_refuses_and_loses_nothing),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(trackers_share_a_model_between_threads),
    };
    model = music_model(2);
    music = sound_of(GOLDEN_AUDIO "/music_44k.wav");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(music.samples);
    model_destroy(model);
    return failed;
}
