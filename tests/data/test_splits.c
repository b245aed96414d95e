#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "data/splits.h"

enum { SONGS = 40 };
static char name[SONGS][16];
static const char *key[SONGS], *backwards[SONGS];

static int names(void **state)
{
    (void)state;
    for (int i = 0; i < SONGS; i++) {
        snprintf(name[i], sizeof name[i], "artist %d", i / 2);
        key[i] = backwards[SONGS - 1 - i] = name[i];
    }
    return 0;
}

static void keeps_groups_together(void **state)
{
    (void)state;
    part out[SONGS];
    assert_int_equal(split_shares(out, key, SONGS, .2, .1, 7, NULL), ET_OK);
    int count[3] = {0};
    for (int i = 0; i < SONGS; i++) count[out[i]]++;
    for (int i = 0; i < SONGS; i += 2) assert_int_equal(out[i], out[i + 1]);
    assert_int_equal(count[PART_TEST], 8);
    assert_int_equal(count[PART_VALIDATION], 4);
    assert_int_equal(count[PART_TRAIN], 28);
}

static void does_not_depend_on_order_but_on_seed(void **state)
{
    (void)state;
    part forward[SONGS], reversed[SONGS], other[SONGS];
    split_shares(forward, key, SONGS, .3, .2, 7, NULL);
    split_shares(reversed, backwards, SONGS, .3, .2, 7, NULL);
    split_shares(other, key, SONGS, .3, .2, 8, NULL);
    for (int i = 0; i < SONGS; i++) assert_int_equal(forward[i], reversed[SONGS - 1 - i]);
    assert_memory_not_equal(forward, other, sizeof forward);
}

static void folds_are_even_and_whole(void **state)
{
    (void)state;
    int out[SONGS], count[5] = {0};
    assert_int_equal(split_folds(out, key, SONGS, 5, 1, NULL), ET_OK);
    for (int i = 0; i < SONGS; i += 2) assert_int_equal(out[i], out[i + 1]);
    for (int i = 0; i < SONGS; i++) count[out[i]]++;
    for (int f = 0; f < 5; f++) assert_int_equal(count[f], 8);
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    part out[SONGS];
    int fold[SONGS];
    et_error error;
    assert_int_equal(split_shares(out, key, SONGS, .6, .5, 1, &error), ET_ERROR_ARGUMENT);
    assert_int_equal(split_shares(out, key, 2, .4, .4, 1, &error), ET_ERROR_ARGUMENT);
    assert_int_equal(split_folds(fold, key, 6, 5, 1, &error), ET_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "3 songs or groups"));
    assert_int_equal(split_folds(fold, key, SONGS, 1, 1, &error), ET_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_groups_together),
        cmocka_unit_test(does_not_depend_on_order_but_on_seed),
        cmocka_unit_test(folds_are_even_and_whole),
        cmocka_unit_test(refuses_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, names, NULL);
}
