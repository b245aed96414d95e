#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

static void what_killed_runs_left_is_swept_away(void **state)
{
    (void)state;
    static const char *const stay[] = {"emotrack.partial-toolong00", "emotrack.partial-short", "emotrack.partial-abcd.csv",
                                       "result", "other.partial-abcd1234"};
    touch("emotrack.partial-abcd1234");
    touch("emotrack.partial-efgh5678");
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++) touch(stay[i]);
    atomic_file_sweep("any");
    assert_int_not_equal(access("emotrack.partial-abcd1234", F_OK), 0);
    assert_int_not_equal(access("emotrack.partial-efgh5678", F_OK), 0);
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++) assert_int_equal(remove(stay[i]), 0);
    atomic_file_sweep("any"); /* nothing there */
    atomic_file_sweep("no such folder/any");
}

static void what_lasts_is_not_swept_away(void **state)
{
    (void)state;
    atomic_file *file;
    assert_int_equal(atomic_file_create_lasting(&file, "result", NULL), ET_OK);
    char left[64];
    snprintf(left, sizeof left, "%s", atomic_file_partial(file));
    assert_true(strncmp(left, "result.partial-", 15) == 0);
    assert_int_equal(atomic_file_commit(file, NULL), ET_OK);
    touch(left);
    atomic_file_sweep("result");
    assert_int_equal(remove(left), 0);
}

static void what_is_being_written_is_not_swept_away(void **state)
{
    (void)state;
    atomic_file *file;
    assert_int_equal(atomic_file_create(&file, "result", NULL), ET_OK);
    fputs("new", atomic_file_stream(file));
    pid_t child = fork();
    if (child == 0) {
        atomic_file_sweep("any");
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(access(atomic_file_partial(file), F_OK), 0);
    assert_int_equal(atomic_file_commit(file, NULL), ET_OK);
    expect_result("new");
}

/* Writers and sweepers at once: nothing that is written may get lost, nothing may stay behind. */
static void writers_and_sweepers_do_not_meet(void **state)
{
    (void)state;
    enum { WRITERS = 4, FILES = 60 };
    pid_t child[WRITERS];
    for (int w = 0; w < WRITERS; w++) {
        child[w] = fork();
        if (child[w] != 0) continue;
        for (int i = 0; i < FILES; i++) {
            atomic_file *file;
            char name[16];
            snprintf(name, sizeof name, "r%d", w);
            atomic_file_sweep("any");
            if (atomic_file_create(&file, name, NULL) != ET_OK || atomic_file_commit(file, NULL) != ET_OK) _exit(1);
        }
        _exit(0);
    }
    for (int w = 0; w < WRITERS; w++) {
        int result;
        char name[16];
        assert_int_equal(waitpid(child[w], &result, 0), child[w]);
        assert_int_equal(result, 0);
        snprintf(name, sizeof name, "r%d", w);
        assert_int_equal(remove(name), 0);
    }
}

static void a_link_stays_a_link(void **state)
{
    (void)state;
    assert_int_equal(mkdir("far", 0777), 0);
    for (int there = 0; there < 2; there++) {
        if (there) touch("far/target");
        assert_int_equal(symlink("far/other", "result"), 0);
        assert_int_equal(symlink("target", "far/other"), 0);
        write_result("new");
        expect_result("new");
        struct stat about;
        assert_int_equal(lstat("result", &about), 0);
        assert_true(S_ISLNK(about.st_mode));
        assert_int_equal(lstat("far/target", &about), 0);
        assert_true(S_ISREG(about.st_mode));
        assert_int_equal(remove("far/target") + remove("far/other") + remove("result"), 0);
    }
    assert_int_equal(rmdir("far"), 0);
}

static void somebody_elses_link_in_everybodys_folder_is_not_followed(void **state)
{
    (void)state;
    if (geteuid() != 0) skip(); /* only root may make links of others */
    assert_int_equal(mkdir("open", 0777), 0);
    assert_int_equal(chown("open", 1, 1) + chmod("open", 01777), 0);
    touch("precious");
    assert_int_equal(symlink("../precious", "open/result"), 0);
    assert_int_equal(lchown("open/result", 65534, 65534), 0);
    atomic_file *file;
    assert_int_equal(atomic_file_create(&file, "open/result", NULL), ET_OK);
    fputs("new", atomic_file_stream(file));
    atomic_file_commit(file, NULL); /* root may replace the link; others may not */
    struct stat about;
    assert_int_equal(stat("precious", &about), 0);
    assert_int_equal(about.st_size, 0);
    assert_int_equal(remove("open/result") + rmdir("open") + remove("precious"), 0);
}

static void a_file_keeps_its_mode(void **state)
{
    (void)state;
    struct stat about;
    for (unsigned mode = 0600; mode <= 0664; mode += 024) {
        touch("result");
        assert_int_equal(chmod("result", mode), 0);
        write_result("new");
        assert_int_equal(stat("result", &about), 0);
        assert_int_equal(about.st_mode & 07777, mode);
    }
}

static void what_is_there_may_be_kept(void **state)
{
    (void)state;
    atomic_file *file;
    et_error error = {0};
    for (int there = 0; there < 2; there++) {
        assert_int_equal(atomic_file_create(&file, "result", NULL), ET_OK);
        atomic_file_keep_existing(file);
        fputs(there ? "new" : "old", atomic_file_stream(file));
        assert_int_equal(atomic_file_commit(file, &error), there ? ET_ERROR_FILE : ET_OK);
        expect_result("old");
    }
    assert_non_null(strstr(error.message, "result: cannot be written: it is there already"));
}

static void a_name_may_be_as_long_as_names_can_be(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    atomic_file *file;
    assert_int_equal(atomic_file_create(&file, name, NULL), ET_OK);
    assert_int_equal(atomic_file_commit(file, NULL), ET_OK);
    assert_int_equal(remove(name), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(appears_whole, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(abandoned_leaves_the_old, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(full_disk_leaves_the_old, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_killed_runs_left_is_swept_away, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_lasts_is_not_swept_away, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_is_being_written_is_not_swept_away, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(writers_and_sweepers_do_not_meet, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_link_stays_a_link, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(somebody_elses_link_in_everybodys_folder_is_not_followed, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_file_keeps_its_mode, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_is_there_may_be_kept, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_name_may_be_as_long_as_names_can_be, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(missing_folder_is_named, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
