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

static const char *said_of_library; /* what must be said of the library that lies beside this program */

static void a_library_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    const backend *table = NULL;
    et_error error = {0};
    assert_int_equal(backend_load(&table, &error), ET_ERROR_UNSUPPORTED);
    assert_null(table);
    if (strstr(error.message, said_of_library) == NULL) fail_msg("%s", error.message);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_table_or_a_sentence)};
    const struct CMUnitTest beside[] = {cmocka_unit_test(a_library_that_does_not_fit_is_refused)};
    if (argc > 1) {
        said_of_library = argv[1];
        return cmocka_run_group_tests(beside, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
