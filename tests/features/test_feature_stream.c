/* The one way from sound to rows: no row depends on blocks, on the other families, or on what was heard before a reset. */
#include "ear_reference.h"
#include "features/feature_stream.h"

static ear_weights *weights;
static sound music;

static int load(void **state)
{
    (void)state;
    et_error error;
    if (ear_weights_load(&weights, EAR_FILE, &error) != ET_OK) fail_msg("%s", error.message);
    music = sound_load(TEST_DATA "/golden/audio/music_44k.wav");
    if (music.count == 0) fail_msg("music_44k.wav cannot be read");
    return 0;
}

static int unload(void **state)
{
    (void)state;
    ear_weights_destroy(weights);
    free(music.sample);
    return 0;
}

static feature_stream *stream_of(double rate_hz, unsigned channels, unsigned families)
{
    feature_stream *s = NULL;
    et_error error;
    feature_stream_options options = {.rate_hz = rate_hz,
                                      .channels = channels,
                                      .families = families,
                                      .pitch_lag_frames = 10,
                                      .rasta_start = RASTA_START_STEADY,
                                      .ear = weights};
    if (feature_stream_create(&s, &options, &error) != ET_OK) fail_msg("%s", error.message);
    return s;
}

static void take_rows(feature_stream *s, table *t)
{
    while (feature_stream_next(s))
        if (feature_stream_row(s, table_row(t, t->rows))) t->rows++;
}

/* All rows of the music, as a stream of that rate and so many equal channels, in blocks of at most so many frames. */
static table rows_of(feature_stream *s, unsigned channels, size_t block)
{
    table t = {.columns = ROW_WIDTH, .value = malloc((music.count / 160 + 200) * ROW_WIDTH * sizeof(float))};
    float frames[1024 * 2];
    for (size_t at = 0; at < music.count;) {
        size_t now = 1 + (at * 7919 + 13) % block;
        if (now > music.count - at) now = music.count - at;
        for (size_t i = 0; i < now * channels; i++) frames[i] = music.sample[at + i / channels];
        assert_int_equal(feature_stream_push(s, frames, now), 0);
        take_rows(s, &t);
        at += now;
    }
    while (feature_stream_flush(s)) take_rows(s, &t);
    feature_stream_end(s, false);
    take_rows(s, &t);
    return t;
}

static void rows_do_not_depend_on_blocks(void **state)
{
    static const double rates_hz[] = {44100, 48000, 16000};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        unsigned channels = 1 + i % 2;
        feature_stream *one = stream_of(rates_hz[i], channels, WITH_ALL),
                       *other = stream_of(rates_hz[i], channels, WITH_ALL);
        table a = rows_of(one, channels, 1024), b = rows_of(other, channels, 97);
        assert_true(a.rows > 100);
        assert_int_equal(a.rows, b.rows);
        assert_memory_equal(a.value, b.value, a.rows * ROW_WIDTH * sizeof(float));
        table_free(&a);
        table_free(&b);
        feature_stream_destroy(one);
        feature_stream_destroy(other);
    }
}

static void a_family_does_not_know_the_others(void **state)
{
    (void)state;
    feature_stream *all = stream_of(44100, 1, WITH_ALL);
    table rows = rows_of(all, 1, 441);
    for (int f = 0; f < FAMILIES; f++) {
        feature_stream *one = stream_of(44100, 1, 1u << f | WITH_DESCRIPTORS);
        table alone = rows_of(one, 1, 441);
        const column_family *family = &family_table[f];
        size_t earlier = alone.rows - rows.rows;
        for (size_t r = 0; r < rows.rows; r++)
            assert_memory_equal(table_row(&alone, r + earlier) + family->first, table_row(&rows, r) + family->first,
                                (size_t)family->columns * sizeof(float));
        table_free(&alone);
        feature_stream_destroy(one);
    }
    table_free(&rows);
    feature_stream_destroy(all);
}

static void the_ear_and_harmony_are_as_of_the_newest_hop(void **state)
{
    (void)state;
    feature_stream *s = stream_of(44100, 1, WITH_ALL);
    ear *e = NULL;
    harmony *h = NULL;
    float row[ROW_WIDTH], heard[EAR_ROW], chords[HARMONY_COLUMNS];
    assert_int_equal(ear_create(&e, weights, 0, NULL), ET_OK);
    assert_int_equal(harmony_create(&h, NULL), ET_OK);
    for (size_t hop = 0; hop < 250; hop++) {
        feature_stream_push(s, music.sample + hop * 441, 441);
        assert_true(feature_stream_next(s));
        assert_false(feature_stream_next(s));
        assert_int_equal(feature_stream_hop(s), hop + 1);
        ear_push(e, music.sample + hop * 441);
        harmony_push(h, music.sample + hop * 441);
        bool there = feature_stream_row(s, row);
        assert_int_equal(there, hop + 1 >= EAR_GRID);
        if (!there) continue;
        ear_row(e, heard);
        harmony_row(h, chords);
        assert_memory_equal(row + ROW_EAR, heard, EAR_COLUMNS * sizeof(float));
        assert_memory_equal(row + ROW_TAIL, heard + EAR_COLUMNS, EAR_COLUMNS * sizeof(float));
        assert_memory_equal(row + ROW_HARMONY, chords, sizeof chords);
    }
    ear_destroy(e);
    harmony_destroy(h);
    feature_stream_destroy(s);
}

static void a_reset_stream_is_a_new_one(void **state)
{
    (void)state;
    feature_stream *s = stream_of(48000, 1, WITH_ALL);
    table a = rows_of(s, 1, 441);
    assert_int_equal(feature_stream_reset(s), ET_OK);
    table b = rows_of(s, 1, 441);
    assert_int_equal(a.rows, b.rows);
    assert_memory_equal(a.value, b.value, a.rows * ROW_WIDTH * sizeof(float));
    table_free(&a);
    table_free(&b);
    feature_stream_destroy(s);
}

static void a_sound_shorter_than_half_a_second_has_a_row(void **state)
{
    (void)state;
    feature_stream *s = stream_of(44100, 1, WITH_ALL);
    float row[ROW_WIDTH] = {0};
    feature_stream_push(s, music.sample, 1000);
    while (feature_stream_next(s)) assert_false(feature_stream_row(s, row));
    feature_stream_end(s, true);
    bool there = false;
    while (feature_stream_next(s)) there |= feature_stream_row(s, row);
    assert_true(there);
    assert_true(row[functional_mean(DESCRIPTOR_RMS)] > 0 && row[ROW_EAR] != 0 && row[ROW_EAR] == row[ROW_TAIL]);
    feature_stream_destroy(s);
}

static void columns_have_names_and_families(void **state)
{
    (void)state;
    static char name[ROW_WIDTH][ROW_NAME_SIZE];
    char text[ROW_NAME_SIZE];
    for (int c = 0; c < ROW_WIDTH; c++) {
        row_column_name(c, name[c]);
        for (int other = 0; other < c; other++) assert_string_not_equal(name[c], name[other]);
    }
    assert_string_equal(name[ROW_EAR], "ear_1_01");
    assert_int_equal(row_family(ROW_EAR - 1), FAMILY_DESCRIPTORS);
    assert_int_equal(row_family(ROW_HARMONY), FAMILY_HARMONY);
    assert_int_equal(row_family(ROW_TAIL), FAMILY_EAR);
    assert_int_equal(families_of("ear,descriptors"), WITH_EAR | WITH_DESCRIPTORS);
    assert_int_equal(families_of("all"), WITH_ALL);
    assert_int_equal(families_of("ears"), 0);
    assert_int_equal(families_of("ear,"), 0);
    families_text(WITH_ALL, text);
    assert_string_equal(text, "descriptors,ear,harmony");
}

static void wrong_options_are_refused_in_words(void **state)
{
    (void)state;
    feature_stream *s = NULL;
    et_error error;
    feature_stream_options none = {.rate_hz = 44100, .channels = 1}, deaf = none, native = none;
    deaf.families = WITH_EAR;
    native.families = WITH_ALL, native.native = true;
    assert_int_equal(feature_stream_create(&s, &none, &error), ET_ERROR_ARGUMENT);
    assert_int_equal(feature_stream_create(&s, &deaf, &error), ET_ERROR_ARGUMENT);
    assert_string_equal(error.message, "the learned ear needs its weights");
    assert_int_equal(feature_stream_create(&s, &native, &error), ET_ERROR_ARGUMENT);
    assert_null(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_do_not_depend_on_blocks),
        cmocka_unit_test(a_family_does_not_know_the_others),
        cmocka_unit_test(the_ear_and_harmony_are_as_of_the_newest_hop),
        cmocka_unit_test(a_reset_stream_is_a_new_one),
        cmocka_unit_test(a_sound_shorter_than_half_a_second_has_a_row),
        cmocka_unit_test(columns_have_names_and_families),
        cmocka_unit_test(wrong_options_are_refused_in_words),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
