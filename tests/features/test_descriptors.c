/* Streaming, hostile sound, options. Values are held against the reference in test_golden.c. */
#include <pthread.h>

#include "reference.h"

static descriptors *fresh(const descriptors_options *options)
{
    descriptors *d = NULL;
    et_error error = {0};
    if (descriptors_create(&d, options, &error) != ET_OK) fail_msg("%s", error.message);
    return d;
}

static sound music(void)
{
    sound s = sound_load(TEST_DATA "/golden/audio/music_44k.wav");
    if (s.count == 0) fail_msg("music_44k.wav cannot be read");
    return s;
}

static uint32_t next_random(uint32_t *seed)
{
    return *seed = *seed * 1664525u + 1013904223u;
}

/* 1 .. 100,000 with as many short blocks as long ones. */
static size_t any_block(uint32_t *seed)
{
    size_t most = (size_t)1 << (next_random(seed) >> 28);
    size_t count = 1 + (next_random(seed) >> 8) % (most * 4);
    return count < 100000 ? count : 100000;
}

static size_t one_sample(uint32_t *seed)
{
    (void)seed;
    return 1;
}

static void assert_same_rows(const table *a, const table *b, const char *what)
{
    assert_int_equal(a->rows, b->rows);
    for (size_t r = 0; r < a->rows; r++)
        for (size_t c = 0; c < DESCRIPTOR_ROW; c++)
            if (memcmp(&table_row(a, r)[c], &table_row(b, r)[c], sizeof(float)) != 0)
                fail_msg("%s: frame %zu, %s: %.9g and %.9g", what, r, descriptor_name((int)c), table_row(a, r)[c],
                         table_row(b, r)[c]);
}

static void blocks_of_any_size_give_the_same_bytes(void **state)
{
    (void)state;
    sound s = music();
    descriptors_options options = reference_options(s.rate_hz);
    table whole = describe_sound(&s, &options, NULL, 0);
    for (uint32_t seed = 1; seed <= 5; seed++) {
        table cut = describe_sound(&s, &options, any_block, seed);
        assert_same_rows(&whole, &cut, "random blocks");
        table_free(&cut);
    }
    table single = describe_sound(&s, &options, one_sample, 0);
    assert_same_rows(&whole, &single, "blocks of one sample");
    table_free(&single);
    table_free(&whole);
    free(s.sample);
}

static void reset_is_as_created(void **state)
{
    (void)state;
    sound s = music();
    descriptors_options options = reference_options(s.rate_hz);
    descriptors *d = fresh(&options);
    descriptor_row first[200], row;
    for (int round = 0; round < 2; round++) {
        int rows = 0;
        for (size_t at = 0, taken = 0; rows < 200; at += taken) {
            if (!descriptors_push(d, s.sample + at, s.count - at, &taken, &row)) continue;
            if (round == 0) first[rows] = row;
            if (memcmp(&first[rows], &row, sizeof row) != 0) fail_msg("frame %d differs after a reset", rows);
            rows++;
        }
        descriptors_reset(d);
    }
    descriptors_destroy(d);
    free(s.sample);
}

typedef struct task {
    const sound *s;
    table rows;
} task;

static void *describe_task(void *argument)
{
    task *t = argument;
    descriptors_options options = reference_options(t->s->rate_hz);
    t->rows = describe_sound(t->s, &options, NULL, 0);
    return NULL;
}

static void threads_give_the_same_bytes(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    sound s = music();
    task tasks[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        tasks[i] = (task){.s = &s};
        pthread_create(&threads[i], NULL, describe_task, &tasks[i]);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (int i = 1; i < THREADS; i++) assert_same_rows(&tasks[0].rows, &tasks[i].rows, "threads");
    for (int i = 0; i < THREADS; i++) table_free(&tasks[i].rows);
    free(s.sample);
}

static void rows_come_when_promised(void **state)
{
    (void)state;
    for (int lag = 0; lag <= 29; lag += lag == 0 ? 10 : 19) {
        descriptors_options options = {.rate_hz = 44100, .pitch_lag_frames = lag};
        descriptors *d = fresh(&options);
        assert_int_equal(descriptors_hop(d), 441);
        assert_int_equal(descriptors_look_ahead(d), lag + 9); /* 60 ms, pitch, smoothing, delta */
        float hop[441] = {0};
        descriptor_row row;
        size_t taken;
        for (int n = 0; n < 100; n++) {
            bool known = descriptors_push(d, hop, 441, &taken, &row);
            assert_int_equal(taken, 441);
            assert_int_equal(known, n + 1 >= lag + 9);
            if (known) assert_int_equal(row.index, n + 1 - (lag + 9));
        }
        descriptors_destroy(d);
    }
}

/* Sound that must not harm: `fill` gives sample i. */
typedef struct hostile {
    const char *name;
    float (*fill)(size_t i, uint32_t *seed);
} hostile;

static float silence(size_t i, uint32_t *seed)
{
    return (void)i, (void)seed, 0.0f;
}
static float constant(size_t i, uint32_t *seed)
{
    return (void)i, (void)seed, 0.7f;
}
static float denormal(size_t i, uint32_t *seed)
{
    return (void)i, (void)seed, 1e-40f;
}
static float last_bit(size_t i, uint32_t *seed)
{
    return (void)seed, (i / 200 % 2 ? 1.0f : 0.0f) / 32768.0f;
}
static float square(size_t i, uint32_t *seed)
{
    return (void)seed, i / 100 % 2 ? 1.0f : -1.0f;
}
static float overdriven(size_t i, uint32_t *seed)
{
    return (void)seed, 30.0f * sinf(0.03f * (float)i);
}
static float click(size_t i, uint32_t *seed)
{
    return (void)seed, i == 30000 ? 1.0f : 0.0f;
}
static float noise(size_t i, uint32_t *seed)
{
    return (void)i, (float)(next_random(seed) >> 8) / 8388608.0f - 1.0f;
}
static float huge(size_t i, uint32_t *seed)
{
    return (void)seed, i % 2 ? 3e38f : -3e38f;
}
static float not_numbers(size_t i, uint32_t *seed)
{
    return i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : noise(i, seed);
}
static float fading(size_t i, uint32_t *seed)
{
    return (void)seed, sinf(0.02f * (float)i) * expf(-0.0005f * (float)i);
}
static float alternating(size_t i, uint32_t *seed)
{
    return (void)seed, i % 2 ? 0.9f : -0.9f;
}
static float repeated(size_t i, uint32_t *seed)
{
    return (void)seed, (float)(i % 150) / 150.0f - 0.5f;
}

static const hostile sounds[] = {
    {"silence", silence},
    {"direct current", constant},
    {"denormals", denormal},
    {"last bit", last_bit},
    {"square", square},
    {"overdriven", overdriven},
    {"click", click},
    {"full-scale noise", noise},
    {"huge", huge},
    {"NaN, infinity", not_numbers},
    {"fading tone", fading},
    {"half the rate", alternating},
    {"one wave for ever", repeated},
};

static void check_finite(const hostile *h, double rate_hz, float *sample, size_t count)
{
    uint32_t seed = 7;
    for (size_t i = 0; i < count; i++) sample[i] = h->fill(i, &seed);
    sound s = {.rate_hz = rate_hz, .count = count, .sample = sample};
    descriptors_options options = {.rate_hz = rate_hz, .pitch_lag_frames = 10, .rasta_start = RASTA_START_STEADY};
    table rows = describe_sound(&s, &options, NULL, 0);
    size_t hop = (size_t)round(0.01 * rate_hz), frame = (size_t)round(0.06 * rate_hz);
    assert_int_equal(rows.rows, (count - frame) / hop + 2);
    for (size_t r = 0; r < rows.rows; r++)
        for (size_t c = 0; c < DESCRIPTOR_ROW; c++)
            if (!isfinite(table_row(&rows, r)[c]))
                fail_msg("%s at %g Hz: frame %zu, %s: %g", h->name, rate_hz, r, descriptor_name((int)c),
                         table_row(&rows, r)[c]);
    table_free(&rows);
}

static void any_sound_at_any_rate_stays_finite(void **state)
{
    (void)state;
    static const double rates[] = {8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000};
    float *sample = malloc(2 * 192000 * sizeof *sample);
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++)
        for (size_t i = 0; i < sizeof sounds / sizeof sounds[0]; i++)
            check_finite(&sounds[i], rates[r], sample, (size_t)(rates[r] * (rates[r] > 50000 ? 0.5 : 2.0)));
    free(sample);
}

/* Nothing moves when nothing is heard: the rows of a long silence are all the same. */
static void long_silence_stands_still(void **state)
{
    (void)state;
    descriptors_options options = {.rate_hz = 44100, .pitch_lag_frames = 10};
    descriptors *d = fresh(&options);
    static float hop[441];
    descriptor_row row, steady = {0};
    size_t taken;
    for (int n = 0; n < 20000; n++) {
        if (!descriptors_push(d, hop, 441, &taken, &row)) continue;
        if (row.index == 1000) steady = row;
        if (row.index > 1000 && memcmp(row.value, steady.value, sizeof row.value) != 0)
            fail_msg("silence: frame %d differs from frame 1000", (int)row.index);
    }
    assert_float_equal(steady.value[DESCRIPTOR_AUDITORY_LENGTH], 1.033966e-3, 1e-8);
    assert_float_equal(steady.value[DESCRIPTOR_ZCR], 0.999244, 1e-6);
    assert_float_equal(steady.value[DESCRIPTOR_HNR], -100.0, 0.0);
    descriptors_destroy(d);
}

static void too_short_sound_has_no_rows(void **state)
{
    (void)state;
    static float sample[2646];
    descriptors_options options = {.rate_hz = 44100};
    for (size_t count = 0; count <= 2646; count += 1323) {
        sound s = {.rate_hz = 44100, .count = count, .sample = sample};
        table rows = describe_sound(&s, &options, NULL, 0);
        assert_int_equal(rows.rows, count == 2646 ? 2 : 0);
        table_free(&rows);
    }
}

/* Noise out of half a second of digital silence: the reference's filter swings, the steady one does not. */
static void steady_rasta_has_no_transient(void **state)
{
    (void)state;
    static float sample[132300];
    uint32_t seed = 3;
    for (size_t i = 22050; i < 132300; i++) sample[i] = 0.2f * noise(i, &seed);
    sound s = {.rate_hz = 44100, .count = 132300, .sample = sample};
    for (int start = RASTA_START_REFERENCE; start <= RASTA_START_STEADY; start++) {
        descriptors_options options = {.rate_hz = 44100, .rasta_start = (rasta_start)start};
        table rows = describe_sound(&s, &options, NULL, 0);
        float most = 0.0f, least = INFINITY;
        for (size_t r = 0; r < 150; r++) {
            most = fmaxf(most, table_row(&rows, r)[DESCRIPTOR_RASTA_LENGTH]);
            least = fminf(least, table_row(&rows, r)[DESCRIPTOR_RASTA_LENGTH]);
        }
        float late = table_row(&rows, 250)[DESCRIPTOR_RASTA_LENGTH];
        bool quiet = most < 2.0f * late && least > 0.5f * late;
        if (quiet != (start == RASTA_START_STEADY))
            fail_msg("start %d: %g .. %g at first, %g later", start, least, most, late);
        table_free(&rows);
    }
}

/* In a voiced stretch the sane slope is the regression over five frames that the other contours have. */
static void sane_voicing_delta_is_a_slope(void **state)
{
    (void)state;
    sound s = sound_load(TEST_DATA "/golden/audio/vibrato_44k.wav");
    descriptors_options options = reference_options(s.rate_hz);
    options.voicing_delta = VOICING_DELTA_SANE;
    table rows = describe_sound(&s, &options, NULL, 0);
    size_t compared = 0;
    for (size_t r = 2; r + 2 < rows.rows; r++) {
        float f0[5];
        bool voiced = true;
        for (size_t i = 0; i < 5; i++) voiced = (f0[i] = table_row(&rows, r - 2 + i)[DESCRIPTOR_F0]) != 0.0f && voiced;
        if (!voiced) continue;
        double slope = ((f0[3] - f0[1]) + 2.0 * (f0[4] - f0[0])) / 10.0, got = table_row(&rows, r)[DESCRIPTOR_COUNT];
        if (fabs(got - slope) > 1e-4) fail_msg("vibrato_44k, frame %zu: slope of F0 %g, regression %g", r, got, slope);
        compared++;
    }
    assert_true(compared > 100);
    table_free(&rows);
    free(s.sample);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    static const descriptors_options wrong[] = {{.rate_hz = 7999},
                                                {.rate_hz = 192001},
                                                {.rate_hz = NAN},
                                                {.rate_hz = 44100, .pitch_lag_frames = 30},
                                                {.rate_hz = 44100, .pitch_lag_frames = -1}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        descriptors *d = NULL;
        et_error error = {0};
        assert_int_equal(descriptors_create(&d, &wrong[i], &error), ET_ERROR_ARGUMENT);
        assert_null(d);
        assert_true(strlen(error.message) > 20);
    }
    descriptors_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_any_size_give_the_same_bytes),
        cmocka_unit_test(reset_is_as_created),
        cmocka_unit_test(threads_give_the_same_bytes),
        cmocka_unit_test(rows_come_when_promised),
        cmocka_unit_test(any_sound_at_any_rate_stays_finite),
        cmocka_unit_test(long_silence_stands_still),
        cmocka_unit_test(too_short_sound_has_no_rows),
        cmocka_unit_test(steady_rasta_has_no_transient),
        cmocka_unit_test(sane_voicing_delta_is_a_slope),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
