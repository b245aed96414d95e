/* The temporary file that stands in for a pipe. */
#include "sounds.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "audio/spool.h"

static int pipe_with(const char *bytes, size_t count)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, count), count);
    close(ends[1]);
    return ends[0];
}

static void only_formats_that_go_back_and_forth_need_it(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool needed;
    } kinds[] = {{"fLaC....", true},  {"RF64....", true},  {"caff....", true}, {"riff....", true},
                 {"RIFF....", false}, {"OggS....", false}, {"fL", false},      {"", false}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char first[8] = "";
        int fd = pipe_with(kinds[i].bytes, strlen(kinds[i].bytes));
        assert_int_equal(spool_is_needed(fd, false), kinds[i].needed);
        assert_int_equal(read(fd, first, sizeof first), strlen(kinds[i].bytes)); /* nothing was taken */
        close(fd);
    }
    sounds_put(sounds_path("file.flac"), "fLaC....", 8);
    int file = open(sounds_path("file.flac"), O_RDONLY);
    assert_false(spool_is_needed(file, false));
    close(file);
}

static void all_of_the_pipe_is_in_the_file(void **state)
{
    (void)state;
    char sent[5000], got[6000];
    for (size_t i = 0; i < sizeof sent; i++) sent[i] = (char)(i * 7);
    int fd = pipe_with(sent, sizeof sent);
    assert_int_equal(spool_pipe(&fd, "sound", sizeof sent, NULL), ET_OK);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    assert_int_equal(read(fd, got, sizeof got), sizeof sent);
    assert_memory_equal(sent, got, sizeof sent);
    close(fd);
}

static void too_much_and_no_place_are_told(void **state)
{
    (void)state;
    et_error error = {0};
    int fd = pipe_with("0123456789", 10), before = fd;
    assert_int_equal(spool_pipe(&fd, "sound", 9, &error), ET_ERROR_LIMIT);
    assert_int_equal(fd, before);
    assert_non_null(strstr(error.message, "sound: "));
    assert_non_null(strstr(error.message, "name the file itself"));
    close(fd);
    fd = pipe_with("0123456789", 10);
    setenv("TMPDIR", "/no/such/folder", 1);
    assert_int_equal(spool_pipe(&fd, "sound", 100, &error), ET_ERROR_FILE);
    assert_non_null(strstr(error.message, "set TMPDIR"));
    setenv("TMPDIR", "/proc", 1); /* has no temporary files */
    assert_int_equal(spool_pipe(&fd, "sound", 100, &error), ET_ERROR_FILE);
    unsetenv("TMPDIR");
    close(fd);
}

static void a_full_disk_and_a_broken_pipe_are_told(void **state)
{
    (void)state;
    et_error error = {0};
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    int fd = pipe_with("0123456789", 10);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){5, before.rlim_max});
    et_status status = spool_pipe(&fd, "sound", 100, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, ET_ERROR_FILE);
    assert_non_null(strstr(error.message, "until the pipe ends: File too large; set TMPDIR"));
    close(fd);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(spool_pipe(&ends[1], "sound", 100, &error), ET_ERROR_FILE); /* the end that is written to */
    assert_non_null(strstr(error.message, "sound: cannot be read"));
    close(ends[0]);
    close(ends[1]);
}

static void *interrupt(void *argument)
{
    usleep(100000);
    pthread_kill(*(pthread_t *)argument, SIGUSR1);
    return NULL;
}

static void nothing(int number)
{
    (void)number;
}

static void a_signal_ends_the_wait(void **state)
{
    (void)state;
    et_error error = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct sigaction action = {.sa_handler = nothing};
    sigaction(SIGUSR1, &action, NULL);
    pthread_t self = pthread_self(), other;
    assert_int_equal(pthread_create(&other, NULL, interrupt, &self), 0);
    assert_int_equal(spool_pipe(&ends[0], "sound", 100, &error), ET_ERROR_INTERRUPTED);
    pthread_join(other, NULL);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_formats_that_go_back_and_forth_need_it),
        cmocka_unit_test(all_of_the_pipe_is_in_the_file),
        cmocka_unit_test(too_much_and_no_place_are_told),
        cmocka_unit_test(a_full_disk_and_a_broken_pipe_are_told),
        cmocka_unit_test(a_signal_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, sounds_set_up, sounds_tear_down);
}
