/* Rows of emotions: one rectangle, the same numbers in CSV and JSON lines, hostile names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "cli/emotion_rows.h"

static const et_emotion answer = {1.5, -0.25f, 0.125f, 1.5f, -23.456f, ET_FLAG_SILENCE | ET_FLAG_LOST};

static char *row(row_format format, const char *file, const et_emotion *e)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    emotion_row(stream, format, file, e, NULL);
    fclose(stream);
    return text;
}

static void csv_is_a_plain_rectangle(void **state)
{
    (void)state;
    char *text = row(ROWS_CSV, NULL, &answer);
    assert_string_equal(text, "1.500,-0.250000,0.125000,1.50,-23.46,silence+lost\n");
    free(text);
}

static void names_with_commas_and_quotes_are_quoted(void **state)
{
    (void)state;
    char *text = row(ROWS_CSV, "a,\"b\".wav", &answer);
    assert_memory_equal(text, "\"a,\"\"b\"\".wav\",1.500,", 20);
    free(text);
}

static void json_lines_parse_whatever_the_name(void **state)
{
    (void)state;
    char *text = row(ROWS_JSONL, "q\"\\\n\x01 \xc3\xa9 \xff \xed\xa0\x80.wav", &answer);
    json_error_t error;
    json_t *object = json_loads(text, 0, &error);
    if (!object) fail_msg("%s: %s", error.text, text);
    assert_true(json_real_value(json_object_get(object, "valence")) == -0.25);
    assert_string_equal(json_string_value(json_object_get(object, "flags")), "silence+lost");
    assert_non_null(strstr(json_string_value(json_object_get(object, "file")), "\xc3\xa9 \xef\xbf\xbd"));
    json_decref(object);
    free(text);
}

static void further_columns_stand_behind_the_usual_ones(void **state)
{
    (void)state;
    emotion_more more = {emotion_columns("tempo,key,error,mode,pulse"), {0.25f, NAN}, {21, -0.5f, 120.04f, 0.75f}};
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    emotion_header(stream, ROWS_CSV, false, more.columns);
    emotion_row(stream, ROWS_CSV, NULL, &answer, &more);
    emotion_row(stream, ROWS_JSONL, NULL, &answer, &more);
    more.harmony = (et_harmony){-1, 0, 0, 0};
    emotion_row(stream, ROWS_CSV, NULL, &answer, &more);
    fclose(stream);
    assert_string_equal(
        text,
        "time_s,valence,arousal,context_s,level_dbfs,flags,valence_error,arousal_error,key,mode,tempo,pulse\n"
        "1.500,-0.250000,0.125000,1.50,-23.46,silence+lost,0.250,,A minor,-0.500,120.0,0.750\n"
        "{\"time_s\":1.500,\"valence\":-0.250000,\"arousal\":0.125000,\"context_s\":1.50,\"level_dbfs\":-23.46,"
        "\"flags\":\"silence+lost\",\"valence_error\":0.250,\"arousal_error\":null,\"key\":\"A minor\",\"mode\":-0.500,"
        "\"tempo\":120.0,\"pulse\":0.750}\n"
        "1.500,-0.250000,0.125000,1.50,-23.46,silence+lost,0.250,,,,,0.000\n");
    free(text);
    assert_int_equal(emotion_columns("key"), COLUMN_KEY);
    assert_int_equal(emotion_columns("key,"), 0);
    assert_int_equal(emotion_columns("keys"), 0);
}

static void a_dimension_without_an_answer_is_empty_or_null(void **state)
{
    (void)state;
    et_emotion e = answer;
    e.valence = NAN;
    char *csv = row(ROWS_CSV, NULL, &e), *json = row(ROWS_JSONL, NULL, &e);
    assert_non_null(strstr(csv, "1.500,,0.125000"));
    assert_non_null(strstr(json, "\"valence\":null"));
    free(csv);
    free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_is_a_plain_rectangle),
        cmocka_unit_test(further_columns_stand_behind_the_usual_ones),
        cmocka_unit_test(names_with_commas_and_quotes_are_quoted),
        cmocka_unit_test(json_lines_parse_whatever_the_name),
        cmocka_unit_test(a_dimension_without_an_answer_is_empty_or_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
