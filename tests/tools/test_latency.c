#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "live/latency.h"

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The peer: sorting all times. */
static void percentiles_are_those_of_the_sorted_times(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    static double times[COUNT];
    latency l = {0};
    uint32_t random = 1;
    for (int i = 0; i < COUNT; i++) {
        random = random * 1664525u + 1013904223u;
        double part = (double)(random >> 8) / (1 << 24);
        times[i] = 5e-6 + .2 * part * part * part;
        latency_add(&l, times[i]);
    }
    qsort(times, COUNT, sizeof *times, by_size);
    const double parts[] = {.01, .5, .95, .99, 1};
    for (int i = 0; i < 5; i++) {
        double wanted = times[(int)(parts[i] * COUNT) - 1], got = latency_percentile(&l, parts[i]);
        if (got < wanted * .9999 || got > wanted * 1.012) fail_msg("%g: %g s, sorted %g s", parts[i], got, wanted);
    }
    assert_true(l.max_s == times[COUNT - 1]);
    assert_int_equal(l.count, COUNT);
}

static void takes_any_time(void **state)
{
    (void)state;
    latency l = {0};
    assert_true(latency_percentile(&l, .5) == 0);
    latency_add(&l, -1);
    latency_add(&l, 0);
    assert_true(latency_percentile(&l, .5) <= 1e-6);
    latency_add(&l, 1e9);
    assert_true(l.max_s == 1e9 && latency_percentile(&l, 1) > 100);
    char words[96];
    latency_words(&l, words, sizeof words);
    assert_non_null(strstr(words, "p50"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_those_of_the_sorted_times),
        cmocka_unit_test(takes_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
