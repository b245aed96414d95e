/* The learned ear on a stream: rows are means of what the network hears in the whole sound. */
#include "ear_reference.h"
#include "features/ear.h"
#include "features/ear_resampler.h"

static ear_weights *weights;

static int load_weights(void **state)
{
    (void)state;
    et_error error;
    if (ear_weights_load(&weights, EAR_FILE, &error) != ET_OK) fail_msg("%s", error.message);
    return 0;
}

static int free_weights(void **state)
{
    (void)state;
    ear_weights_destroy(weights);
    return 0;
}

static ear *new_ear(void)
{
    ear *e = NULL;
    et_error error;
    if (ear_create(&e, weights, 0, &error) != ET_OK) fail_msg("%s", error.message);
    return e;
}

static sound load_music(void)
{
    sound s = sound_load(TEST_DATA "/golden/audio/music_44k.wav");
    if (s.count == 0) fail_msg("music_44k.wav cannot be read");
    return s;
}

/* Rows at all multiples of 50 hops. */
static table rows_of_sound(ear *e, const sound *s, float gain)
{
    table t = {.columns = EAR_ROW, .value = malloc((s->count / EAR_HOP / EAR_GRID + 1) * EAR_ROW * sizeof(float))};
    for (size_t hop = 0; (hop + 1) * EAR_HOP <= s->count; hop++) {
        float scaled[EAR_HOP];
        for (int i = 0; i < EAR_HOP; i++) scaled[i] = gain * s->sample[hop * EAR_HOP + (size_t)i];
        ear_push(e, scaled);
        if ((hop + 1) % EAR_GRID == 0) ear_row(e, table_row(&t, t.rows++));
    }
    return t;
}

/* The mel rows of a sound as the ear sees them, from all that comes in `hops` hops. */
static table normed_rows(const sound *s, size_t hops)
{
    ear_resampler *r = ear_resampler_create();
    float *made = malloc((hops * EAR_RESAMPLER_OUT + 1) * sizeof *made);
    for (size_t hop = 0; hop < hops; hop++) ear_resampler_hop(r, s->sample + hop * EAR_HOP, made + hop * EAR_RESAMPLER_OUT);
    ear_resampler_destroy(r);
    size_t count = hops * EAR_RESAMPLER_OUT - EAR_RESAMPLER_DELAY;
    table t = mel_rows(made + EAR_RESAMPLER_DELAY, count);
    t.rows = count / EAR_FRAME_HOP; /* complete ones */
    ear_level level = {0};
    for (size_t hop = EAR_GRID, f = 0; hop <= hops; hop += EAR_GRID) { /* one gain for the frames of a half second */
        size_t end = (hop * EAR_RESAMPLER_OUT - EAR_RESAMPLER_DELAY) / EAR_FRAME_HOP;
        float gain = 0;
        for (size_t k = f; k < end; k++) gain = ear_level_gain(&level, made + EAR_RESAMPLER_DELAY + k * EAR_FRAME_HOP);
        for (; f < end; f++) ear_mel_logarithm(table_row(&t, f), gain, table_row(&t, f));
    }
    free(made);
    return t;
}

static void assert_mean(const float *row, const table *heard, size_t first, size_t end, size_t grid)
{
    for (size_t c = 0; c < EAR_COLUMNS; c++) {
        double sum = 0;
        for (size_t f = first; f < end; f++) sum += table_row(heard, f)[c];
        double mean = sum / (double)(end - first);
        if (!(fabs(row[c] - mean) <= 1e-5))
            fail_msg("row %zu, column %zu: %g, of the whole sound %g", grid, c, row[c], mean);
    }
}

static void rows_are_means_over_a_sound_that_ends_there(void **state)
{
    (void)state;
    sound s = load_music();
    ear *e = new_ear();
    table rows = rows_of_sound(e, &s, 1);
    assert_int_equal(rows.rows, 12);
    for (size_t g = 0; g < rows.rows; g++) {
        table x = normed_rows(&s, (g + 1) * EAR_GRID), front, heard;
        hear_whole(weights, &x, x.rows, &front, &heard);
        size_t final = x.rows > EAR_LOOK_AHEAD_FRAMES ? x.rows - EAR_LOOK_AHEAD_FRAMES : 0;
        assert_mean(table_row(&rows, g) + EAR_COLUMNS, &heard, final, x.rows, g);
        if (final > 0) assert_mean(table_row(&rows, g), &heard, final > 63 ? final - 63 : 0, final, g);
        if (final == 0) assert_memory_equal(table_row(&rows, g), table_row(&rows, g) + EAR_COLUMNS, EAR_COLUMNS * 4);
        table_free(&x);
        table_free(&front);
        table_free(&heard);
    }
    assert_true(fabs(ear_tail_s(e) - 73 * 0.016) < 1e-9);
    table_free(&rows);
    ear_destroy(e);
    free(s.sample);
}

static void holds_between_rows_and_begins_with_zeros(void **state)
{
    (void)state;
    sound s = load_music();
    ear *e = new_ear();
    float row[EAR_ROW], first[EAR_ROW] = {0};
    for (size_t hop = 0; hop < 99; hop++) {
        ear_push(e, s.sample + hop * EAR_HOP);
        ear_row(e, row);
        if (hop < 49) assert_memory_equal(row, first, sizeof row);
        if (hop < 49) assert_true(ear_tail_s(e) == 0);
        if (hop == 49) memcpy(first, row, sizeof row);
    }
    assert_memory_equal(row, first, sizeof row);
    assert_true(fabs(ear_tail_s(e) - 31 * 0.016) < 1e-9);
    ear_destroy(e);
    free(s.sample);
}

static void a_reset_ear_is_a_new_one(void **state)
{
    (void)state;
    sound s = load_music();
    ear *e = new_ear();
    table first = rows_of_sound(e, &s, 1);
    ear_push(e, s.sample);
    ear_reset(e);
    table second = rows_of_sound(e, &s, 1);
    assert_memory_equal(first.value, second.value, first.rows * EAR_ROW * sizeof(float));
    table_free(&first);
    table_free(&second);
    ear_destroy(e);
    free(s.sample);
}

static void gain_changes_little(void **state)
{
    (void)state;
    sound s = load_music();
    ear *e = new_ear();
    table loud = rows_of_sound(e, &s, 1);
    ear_reset(e);
    table quiet = rows_of_sound(e, &s, 0.05f);
    for (size_t i = 0; i < loud.rows * EAR_ROW; i++)
        if (!(fabs(loud.value[i] - quiet.value[i]) < 1e-2))
            fail_msg("row %zu, column %zu: %g, 26 dB less %g", i / EAR_ROW, i % EAR_ROW, loud.value[i], quiet.value[i]);
    table_free(&loud);
    table_free(&quiet);
    ear_destroy(e);
    free(s.sample);
}

static void same_row(ear *later, int batch, const float *expected, size_t grid)
{
    float row[EAR_ROW];
    ear_hear(later, batch, row);
    for (int c = 0; c < EAR_ROW; c++)
        if (!(fabsf(row[c] - expected[c]) <= 1e-5f))
            fail_msg("row %zu, column %d: %g, at once %g", grid, c, (double)row[c], (double)expected[c]);
}

/* Batches are heard late, one by one; some not at all, as where a GPU gives their rows, and the next then from its window. */
static void a_batch_that_waits_gives_the_same_row(void **state)
{
    (void)state;
    enum { AHEAD = 3, ROUNDS = 8, FIRST_SKIPPED = 6, LAST_SKIPPED = 19 };
    sound s = load_music();
    size_t hops = s.count / EAR_HOP;
    ear *at_once = new_ear(), *later = NULL;
    assert_int_equal(ear_create(&later, weights, AHEAD, NULL), ET_OK);
    for (size_t grid = 0; grid < ROUNDS * AHEAD; grid++) {
        static float expected[AHEAD][EAR_ROW];
        for (size_t hop = grid * EAR_GRID; hop < (grid + 1) * EAR_GRID; hop++) {
            ear_push(at_once, s.sample + hop % hops * EAR_HOP);
            ear_push(later, s.sample + hop % hops * EAR_HOP);
        }
        assert_int_equal(ear_waiting(later), 1 + grid % AHEAD);
        ear_row(at_once, expected[grid % AHEAD]);
        if (grid % AHEAD < AHEAD - 1) continue;
        for (size_t i = 0, first = grid + 1 - AHEAD; i < AHEAD; i++)
            if (first + i < FIRST_SKIPPED || first + i > LAST_SKIPPED) same_row(later, (int)i, expected[i], first + i);
        ear_forget(later);
    }
    ear_destroy(at_once);
    ear_destroy(later);
    free(s.sample);
}

static void any_number_is_survived(void **state)
{
    (void)state;
    static const float strange[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e-42f, 0, 1};
    ear *e = new_ear();
    for (int hop = 0; hop < 200; hop++) {
        float input[EAR_HOP], row[EAR_ROW];
        for (int i = 0; i < EAR_HOP; i++) input[i] = hop < 100 ? strange[(hop + i) % 8] : 0;
        ear_push(e, input);
        ear_row(e, row);
        for (int c = 0; c < EAR_ROW; c++)
            if (!isfinite(row[c])) fail_msg("hop %d: column %d is %g", hop, c, row[c]);
    }
    ear_destroy(e);
}

static void every_column_has_a_name_of_its_own(void **state)
{
    (void)state;
    char name[EAR_ROW][EAR_NAME_SIZE];
    for (int i = 0; i < EAR_ROW; i++) {
        ear_column_name(i, name[i]);
        for (int j = 0; j < i; j++) assert_string_not_equal(name[i], name[j]);
    }
    assert_string_equal(name[0], "ear_1_01");
    assert_string_equal(name[191], "ear_3_64");
    assert_string_equal(name[192], "ear_tail_1_01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_means_over_a_sound_that_ends_there),
        cmocka_unit_test(holds_between_rows_and_begins_with_zeros),
        cmocka_unit_test(a_reset_ear_is_a_new_one),
        cmocka_unit_test(gain_changes_little),
        cmocka_unit_test(a_batch_that_waits_gives_the_same_row),
        cmocka_unit_test(any_number_is_survived),
        cmocka_unit_test(every_column_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, load_weights, free_weights);
}
