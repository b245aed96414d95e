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
    emotion_row(stream, format, file, e);
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
        cmocka_unit_test(names_with_commas_and_quotes_are_quoted),
        cmocka_unit_test(json_lines_parse_whatever_the_name),
        cmocka_unit_test(a_dimension_without_an_answer_is_empty_or_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
