#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live/row_writer.h"

enum { ROWS = 20000 }; /* a pipe holds 64 kB */

/* A FIFO with a reader that sleeps, and rows into it. */
typedef struct sleeper {
    char folder[32], path[64];
    int reader;
    row_writer *writer;
} sleeper;

static void fall_asleep(sleeper *s, size_t most_waiting)
{
    output *to;
    et_error error;
    strcpy(s->folder, "/tmp/row_writer-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->path, sizeof s->path, "%s/fifo", s->folder);
    assert_int_equal(mkfifo(s->path, 0600), 0);
    s->reader = open(s->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(s->reader >= 0);
    assert_int_equal(output_open(&to, s->path, false, &error), ET_OK);
    assert_int_equal(row_writer_create(&s->writer, to, most_waiting, &error), ET_OK);
}

static et_status write_rows(sleeper *s, et_error *error)
{
    et_status status = ET_OK;
    for (int i = 0; i < ROWS && status == ET_OK; i++) {
        fprintf(row_writer_stream(s->writer), "row %d\n", i);
        status = row_writer_pass(s->writer, error);
    }
    return status;
}

static void forget(const sleeper *s)
{
    unlink(s->path);
    rmdir(s->folder);
}

static void *wake(void *context)
{
    const sleeper *s = context;
    fcntl(s->reader, F_SETFL, 0);
    FILE *stream = fdopen(s->reader, "r");
    intptr_t good = 0;
    char line[32], wanted[32];
    while (fgets(line, sizeof line, stream) != NULL) {
        snprintf(wanted, sizeof wanted, "row %d\n", (int)good);
        if (strcmp(line, wanted) == 0) good++;
    }
    fclose(stream);
    return (void *)good;
}

static void a_reader_that_sleeps_holds_nobody_and_gets_all_rows(void **state)
{
    (void)state;
    sleeper s;
    et_error error;
    pthread_t thread;
    void *good;
    fall_asleep(&s, ROWS_MOST_WAITING);
    assert_int_equal(write_rows(&s, &error), ET_OK); /* would wait for ever */
    pthread_create(&thread, NULL, wake, &s);
    assert_int_equal(row_writer_close(s.writer, &error), ET_OK);
    pthread_join(thread, &good);
    assert_int_equal((intptr_t)good, ROWS);
    forget(&s);
}

static void too_much_is_said_and_what_came_before_arrives(void **state)
{
    (void)state;
    sleeper s;
    et_error error;
    pthread_t thread;
    void *good;
    fall_asleep(&s, 50000);
    assert_int_equal(write_rows(&s, &error), ET_ERROR_LIMIT);
    assert_non_null(strstr(error.message, "nobody has read"));
    pthread_create(&thread, NULL, wake, &s);
    assert_int_equal(row_writer_close(s.writer, &error), ET_ERROR_LIMIT);
    pthread_join(thread, &good);
    assert_in_range((intptr_t)good, 4000, ROWS - 1);
    forget(&s);
}

static void a_reader_that_goes_is_noticed(void **state)
{
    (void)state;
    sleeper s;
    et_error error;
    fall_asleep(&s, ROWS_MOST_WAITING);
    write_rows(&s, &error);
    close(s.reader);
    for (int i = 0; i < 6000 && row_writer_wanted(s.writer); i++) usleep(10000);
    assert_false(row_writer_wanted(s.writer));
    assert_int_equal(row_writer_close(s.writer, &error), ET_OK);
    forget(&s);
}

static void a_full_disk_is_a_failure(void **state)
{
    (void)state;
    output *to;
    row_writer *w;
    et_error error;
    et_status status = ET_OK;
    if (access("/dev/full", W_OK) != 0) skip();
    assert_int_equal(output_open(&to, "/dev/full", false, &error), ET_OK);
    assert_int_equal(row_writer_create(&w, to, ROWS_MOST_WAITING, &error), ET_OK);
    for (int i = 0; i < 60000 && status == ET_OK; i++) {
        fputs("row\n", row_writer_stream(w));
        status = row_writer_pass(w, &error);
        usleep(1000);
    }
    assert_int_equal(status, ET_ERROR_FILE);
    assert_int_equal(row_writer_close(w, &error), ET_ERROR_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_that_sleeps_holds_nobody_and_gets_all_rows),
        cmocka_unit_test(too_much_is_said_and_what_came_before_arrives),
        cmocka_unit_test(a_reader_that_goes_is_noticed),
        cmocka_unit_test(a_full_disk_is_a_failure),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
