/* A small file, and what an enemy can do to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/safetensors.h"

enum { ROOM = 1000 };

/* A header and two numbers, 1 and 2, behind it; its size. */
static size_t make(const char *header, unsigned char bytes[ROOM])
{
    uint64_t length = strlen(header);
    const float numbers[] = {1, 2};
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, length);
    memcpy(bytes + 8 + length, numbers, sizeof numbers);
    return 8 + length + sizeof numbers;
}

static void refuse(const char *header, et_status expected, const char *word)
{
    unsigned char bytes[ROOM];
    safetensors *s = NULL;
    et_error error = {0};
    assert_int_equal(safetensors_create(&s, bytes, make(header, bytes), "hostile", &error), expected);
    if (!strstr(error.message, word)) fail_msg("%s: \"%s\" does not speak of %s", header, error.message, word);
}

#define TENSOR(NAME, BEGIN, END) "\"" NAME "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[" BEGIN "," END "]}"

static void numbers_are_read_by_name(void **state)
{
    (void)state;
    unsigned char bytes[ROOM];
    size_t size = make("{\"__metadata__\":{\"a\":\"b\"}," TENSOR("b", "4", "8") "," TENSOR("a", "0", "4") "}", bytes);
    safetensors *s = NULL;
    const int one = 1, two[] = {1, 1};
    float value = 0;
    et_error error;
    assert_int_equal(safetensors_create(&s, bytes, size, "small", &error), ET_OK);
    assert_int_equal(safetensors_count(s), 2);
    assert_int_equal(safetensors_read(s, "b", &one, 1, 0, 9, &value, &error), ET_OK);
    assert_true(value == 2);
    assert_int_equal(safetensors_read(s, "c", &one, 1, 0, 9, &value, &error), ET_ERROR_FORMAT);
    assert_int_equal(safetensors_read(s, "__metadata__", &one, 1, 0, 9, &value, &error), ET_ERROR_FORMAT);
    assert_int_equal(safetensors_read(s, "b", two, 2, 0, 9, &value, &error), ET_ERROR_FORMAT);
    assert_int_equal(safetensors_read(s, "b", &one, 1, 0, 1, &value, &error), ET_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "b[0] is 2, not within 0 .. 1"));
    safetensors_destroy(s);
}

static void what_lies_wrongly_is_refused(void **state)
{
    (void)state;
    refuse("{" TENSOR("a", "0", "4") "," TENSOR("b", "0", "8") "}", ET_ERROR_FORMAT, "overlap");
    refuse("{" TENSOR("a", "4", "8") "}", ET_ERROR_FORMAT, "gap");
    refuse("{" TENSOR("a", "0", "4") "}", ET_ERROR_FORMAT, "4 bytes belong to no tensor");
    refuse("{" TENSOR("a", "0", "12") "}", ET_ERROR_TRUNCATED, "ends after the file");
    refuse("{" TENSOR("a", "0", "9223372036854775807") "}", ET_ERROR_TRUNCATED, "ends after the file");
    refuse("{" TENSOR("a", "-4", "8") "}", ET_ERROR_FORMAT, "data_offsets");
    refuse("{" TENSOR("a", "8", "0") "}", ET_ERROR_FORMAT, "data_offsets");
    refuse("{" TENSOR("a", "0", "1e3") "}", ET_ERROR_FORMAT, "data_offsets");
    refuse("{\"a\":1}", ET_ERROR_FORMAT, "data_offsets");
    refuse("{\"a\":{\"dtype\":\"F32\"}}", ET_ERROR_FORMAT, "data_offsets");
    refuse("{" TENSOR("a", "0", "4") "," TENSOR("a", "4", "8") "}", ET_ERROR_FORMAT, "JSON");
    refuse("{}", ET_ERROR_FORMAT, "8 bytes belong to no tensor");
    refuse("[]", ET_ERROR_FORMAT, "JSON");
    refuse("", ET_ERROR_FORMAT, "JSON");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_by_name),
        cmocka_unit_test(what_lies_wrongly_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
