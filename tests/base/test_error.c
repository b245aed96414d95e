#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void gives_status_and_message(void **state)
{
    (void)state;
    et_error error = {0};
    assert_int_equal(error_set(&error, ET_ERROR_FILE, "%s: line %d", "songs.csv", 7), ET_ERROR_FILE);
    assert_int_equal(error.status, ET_ERROR_FILE);
    assert_string_equal(error.message, "songs.csv: line 7");
}

static void cuts_a_long_message(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    et_error error = {0};
    error_set(&error, ET_ERROR_FORMAT, "%s", text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

static void allows_no_error(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ET_ERROR_LIMIT, "nobody reads this"), ET_ERROR_LIMIT);
}

static void names_every_status(void **state)
{
    (void)state;
    for (int status = ET_OK; status <= ET_ERROR_INTERRUPTED; status++)
        assert_string_not_equal(et_status_text((et_status)status), "unknown status");
    assert_string_equal(et_status_text((et_status)999), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_status_and_message),
        cmocka_unit_test(cuts_a_long_message),
        cmocka_unit_test(allows_no_error),
        cmocka_unit_test(names_every_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
