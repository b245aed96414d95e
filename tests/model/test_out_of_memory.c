/* A tracker's creation when memory runs out, wherever it does: a message, never the end of the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "music_model.h"

static long address_space_kb(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%ld", &pages) != 1) pages = 0;
    if (f) fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* What creation says with so much memory: an et_status; -1 if the process was ended. */
static int created_with(const et_model *model, double rate_hz, long more_kb)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit most = {(rlim_t)(address_space_kb() + more_kb) * 1024, RLIM_INFINITY};
        if (setrlimit(RLIMIT_AS, &most) != 0) _exit(100);
        et_tracker *tracker = NULL;
        et_error error = {0};
        const et_tracker_options options = {.rate_hz = rate_hz, .channels = 2};
        et_status status = et_tracker_create(&tracker, model, &options, &error);
        _exit(status == ET_OK || error.message[0] ? (int)status : 101);
    }
    int result;
    if (waitpid(child, &result, 0) != child || !WIFEXITED(result)) return -1;
    return WEXITSTATUS(result);
}

/* Up to where it succeeds, in steps that no allocation of a stage hides behind. */
static void creation_never_ends_the_process(void **state)
{
    (void)state;
    static const double rates[] = {44100, 48000, 4000, 768000, 44099.7};
    et_model *model = music_model(2);
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        bool failed = false, succeeded = false;
        for (long more_kb = 0; more_kb < 60000 && !succeeded; more_kb += r == 0 ? 59 : 731) {
            int status = created_with(model, rates[r], more_kb);
            if (status != ET_OK && status != ET_ERROR_MEMORY) fail_msg("%g Hz, %ld kB more: %d", rates[r], more_kb, status);
            failed |= status == ET_ERROR_MEMORY;
            succeeded = status == ET_OK;
        }
        assert_true(failed && succeeded);
    }
    model_destroy(model);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SHADOWED = 1 }; /* a sanitizer's shadow has no room within a limit */
#else
enum { SHADOWED = 0 };
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(creation_never_ends_the_process)};
    return SHADOWED ? 77 : cmocka_run_group_tests(tests, NULL, NULL);
}
