#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "features/functionals.h"

static void ramp(float row[DESCRIPTOR_ROW], int i)
{
    for (int d = 0; d < DESCRIPTOR_ROW; d++) row[d] = (float)(i * (d + 1));
}

static functionals *fresh(void)
{
    functionals *f = NULL;
    assert_int_equal(functionals_create(&f, NULL), ET_OK);
    return f;
}

/* 0, 1 .. n-1 times d+1: mean (n-1)/2 (d+1), population variance (n^2-1)/12 (d+1)^2. */
static void mean_and_deviation_of_a_ramp(void **state)
{
    (void)state;
    functionals *f = fresh();
    float row[DESCRIPTOR_ROW], out[FUNCTIONAL_COUNT];
    for (int i = 0; i < FUNCTIONAL_WINDOW; i++) {
        ramp(row, i);
        functionals_push(f, row);
    }
    functionals_get(f, out);
    for (int d = 0; d < DESCRIPTOR_ROW; d++) {
        assert_float_equal(out[functional_mean(d)], 49.5 * (d + 1), 1e-4 * (d + 1));
        assert_float_equal(out[functional_stddev(d)], 28.866070 * (d + 1), 1e-4 * (d + 1));
    }
    functionals_destroy(f);
}

static void short_windows_count_what_is_there(void **state)
{
    (void)state;
    functionals *f = fresh();
    float row[DESCRIPTOR_ROW], out[FUNCTIONAL_COUNT];
    functionals_get(f, out); /* nothing yet: zeros, not NaN */
    for (int c = 0; c < FUNCTIONAL_COUNT; c++) assert_true(out[c] == 0.0f);
    ramp(row, 3);
    functionals_push(f, row);
    functionals_get(f, out);
    assert_true(out[functional_mean(129)] == 390.0f && out[functional_stddev(129)] == 0.0f);
    ramp(row, 5);
    functionals_push(f, row);
    functionals_get(f, out);
    assert_true(out[functional_mean(0)] == 4.0f && out[functional_stddev(0)] == 1.0f);
    functionals_destroy(f);
}

static float noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) / 16777216.0f - 0.5f;
}

/* A long stream and a fresh start 100 rows before the end agree bit for bit: nothing drifts. */
static void forgets_all_but_the_last_second(void **state)
{
    (void)state;
    enum { ROWS = 777 };
    functionals *running = fresh(), *late = fresh();
    uint32_t seed = 1;
    for (int i = 0; i < ROWS; i++) {
        float row[DESCRIPTOR_ROW];
        for (int d = 0; d < DESCRIPTOR_ROW; d++) row[d] = noise(&seed) * (i < ROWS - FUNCTIONAL_WINDOW ? 1e9f : 1.0f);
        functionals_push(running, row);
        if (i >= ROWS - FUNCTIONAL_WINDOW) functionals_push(late, row);
    }
    float a[FUNCTIONAL_COUNT], b[FUNCTIONAL_COUNT];
    functionals_get(running, a);
    functionals_get(late, b);
    assert_memory_equal(a, b, sizeof a);
    functionals_reset(running);
    functionals_get(running, a);
    for (int c = 0; c < FUNCTIONAL_COUNT; c++) assert_true(a[c] == 0.0f);
    functionals_destroy(running);
    functionals_destroy(late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_deviation_of_a_ramp),
        cmocka_unit_test(short_windows_count_what_is_there),
        cmocka_unit_test(forgets_all_but_the_last_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
