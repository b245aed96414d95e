#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/atomic_file.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/emotrack-atomic-XXXXXX");
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int remove_folder(void **state)
{
    (void)state;
    remove("result");
    return chdir("/") != 0 || rmdir(folder) != 0; /* fails if a temporary file was left behind */
}

static void write_result(const char *text)
{
    atomic_file *file;
    assert_int_equal(atomic_file_create(&file, "result", NULL), ET_OK);
    fputs(text, atomic_file_stream(file));
    assert_int_equal(atomic_file_commit(file, NULL), ET_OK);
}

static void expect_result(const char *text)
{
    char content[64] = "";
    FILE *stream = fopen("result", "r");
    assert_non_null(stream);
    assert_non_null(fgets(content, sizeof content, stream));
    fclose(stream);
    assert_string_equal(content, text);
}

static void appears_whole(void **state)
{
    (void)state;
    atomic_file *file;
    assert_int_equal(atomic_file_create(&file, "result", NULL), ET_OK);
    fputs("new", atomic_file_stream(file));
    fflush(atomic_file_stream(file));
    assert_int_not_equal(access("result", F_OK), 0);
    assert_int_equal(atomic_file_commit(file, NULL), ET_OK);
    expect_result("new");
}

static void abandoned_leaves_the_old(void **state)
{
    (void)state;
    write_result("old");
    atomic_file *file;
    assert_int_equal(atomic_file_create(&file, "result", NULL), ET_OK);
    fputs("new", atomic_file_stream(file));
    atomic_file_abandon(file);
    expect_result("old");
}

static void full_disk_leaves_the_old(void **state)
{
    (void)state;
    write_result("old");
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    atomic_file *file;
    assert_int_equal(atomic_file_create(&file, "result", NULL), ET_OK);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, before.rlim_max});
    for (int i = 0; i < 100000; i++) fputs("0123456789", atomic_file_stream(file));
    et_error error = {0};
    et_status status = atomic_file_commit(file, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, ET_ERROR_FILE);
    assert_non_null(strstr(error.message, "result: cannot be written: File too large"));
    expect_result("old");
}

static void missing_folder_is_named(void **state)
{
    (void)state;
    atomic_file *file;
    et_error error = {0};
    assert_int_equal(atomic_file_create(&file, "missing/result", &error), ET_ERROR_FILE);
    assert_null(file);
    assert_non_null(strstr(error.message, "missing/result"));
}

static void touch(const char *name)
{
    fclose(fopen(name, "w"));
}

/* Names that a shell would take for patterns are names. */
static void what_killed_runs_left_is_swept_away(void **state)
{
    (void)state;
    static const char *const stay[] = {"odd1.partial-abc123", "odd[1]*.partial-toolong", "odd[1]*", "other.partial-abc123"};
    touch("odd[1]*.partial-abc123");
    touch("odd[1]*.partial-def456");
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++) touch(stay[i]);
    atomic_file_sweep("odd[1]*");
    assert_int_not_equal(access("odd[1]*.partial-abc123", F_OK), 0);
    assert_int_not_equal(access("odd[1]*.partial-def456", F_OK), 0);
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++) assert_int_equal(remove(stay[i]), 0);
    atomic_file_sweep("odd[1]*"); /* nothing there */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(appears_whole, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(abandoned_leaves_the_old, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(full_disk_leaves_the_old, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_killed_runs_left_is_swept_away, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(missing_folder_is_named, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
