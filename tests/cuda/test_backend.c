/* The GPU's library as the program finds it: a table, or one sentence that says what is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/backend.h"

static void a_table_or_a_sentence(void **state)
{
    (void)state;
    const backend *table = NULL;
    et_error error = {0};
    et_status status = backend_load(&table, &error);
    if (status == ET_OK) {
        assert_non_null(table);
        assert_string_equal(table->version, EMOTRACK_VERSION);
        return;
    }
    print_message("%s\n", error.message);
    assert_null(table);
    assert_int_equal(error.status, status);
    assert_true(status == ET_ERROR_UNSUPPORTED || status == ET_ERROR_DEVICE);
    assert_true(strncmp(error.message, "cuda: ", 6) == 0);
    assert_non_null(strstr(error.message, "--device cpu"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_table_or_a_sentence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
