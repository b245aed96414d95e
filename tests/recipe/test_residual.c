#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/random.h"
#include "evaluate/metrics.h"
#include "recipe/residual.h"

enum { COLUMNS = 6, TAUGHT = 600, ASKED = 200, POINTS = TAUGHT + ASKED };
static float point[POINTS][COLUMNS];
static double left[POINTS][TARGETS];

/* Columns 0 to 2 stand for means and say nothing; what the level leaves is a known function of columns 3 to 5. */
static int make_points(void **state)
{
    (void)state;
    random_numbers r = random_stream(7, RANDOM_EXAMPLE, 0);
    for (int i = 0; i < POINTS; i++) {
        for (int c = 0; c < COLUMNS; c++) point[i][c] = (float)random_normal(&r);
        left[i][TARGET_VALENCE] = 0.3 * sin(1.5 * (double)point[i][3]);
        left[i][TARGET_AROUSAL] = 0.2 * (double)point[i][4] * (double)point[i][5];
    }
    return 0;
}

/** NSE on points that were not taught. */
static double found(const residual *r, int t)
{
    double label[ASKED], answer[ASKED];
    for (int i = 0; i < ASKED; i++) {
        double out[TARGETS];
        residual_answer(r, point[TAUGHT + i], out);
        label[i] = left[TAUGHT + i][t], answer[i] = out[t];
    }
    return metrics_of(label, answer, ASKED).nse;
}

static residual *taught(residual_options o, int first)
{
    residual *r = NULL;
    assert_int_equal(residual_fit(&r, &point[0][0], (const double(*)[TARGETS])left, TAUGHT, COLUMNS, first, &o, NULL),
                     ET_OK);
    return r;
}

static void finds_a_known_function(void **state)
{
    (void)state;
    residual_options o = residual_defaults;
    o.ridge = 0.1;
    residual *r = taught(o, 3);
    assert_int_equal(residual_points(r), TAUGHT);
    for (int t = 0; t < TARGETS; t++)
        if (!(found(r, t) > 0.95)) fail_msg("target %d: NSE %.3f", t, found(r, t));
    residual_destroy(r);
    r = taught(o, 0); /* with three columns that say nothing it knows less, but knows it */
    for (int t = 0; t < TARGETS; t++)
        if (!(found(r, t) > 0.7)) fail_msg("all columns, target %d: NSE %.3f", t, found(r, t));
    residual_destroy(r);
}

/* A fifth of the points with a fifth of the ridge: nearly the same answers where points stand five together. */
static void thinned_points_answer_nearly_alike(void **state)
{
    (void)state;
    static float together[TAUGHT][COLUMNS];
    static double same[TAUGHT][TARGETS];
    for (int i = 0; i < TAUGHT; i++)
        for (int c = 0; c < COLUMNS; c++) {
            together[i][c] = point[i / 5][c];
            if (c < TARGETS) same[i][c] = left[i / 5][c];
        }
    residual *all = NULL, *few = NULL;
    residual_options o = residual_defaults, thin = residual_defaults;
    thin.most = TAUGHT / 5;
    const double(*labels)[TARGETS] = (const double(*)[TARGETS])same;
    assert_int_equal(residual_fit(&all, &together[0][0], labels, TAUGHT, COLUMNS, 3, &o, NULL), ET_OK);
    assert_int_equal(residual_fit(&few, &together[0][0], labels, TAUGHT, COLUMNS, 3, &thin, NULL), ET_OK);
    assert_int_equal(residual_points(few), TAUGHT / 5);
    for (int i = 0; i < ASKED; i++) {
        double a[TARGETS], b[TARGETS];
        residual_answer(all, point[TAUGHT + i], a);
        residual_answer(few, point[TAUGHT + i], b);
        for (int t = 0; t < TARGETS; t++)
            if (fabs(a[t] - b[t]) > 1e-6) fail_msg("%.9g and %.9g", a[t], b[t]);
    }
    residual_destroy(all);
    residual_destroy(few);
}

static void is_silent_far_from_what_it_knows(void **state)
{
    (void)state;
    residual *r = taught(residual_defaults, 0);
    float far[COLUMNS];
    double out[TARGETS];
    for (int c = 0; c < COLUMNS; c++) far[c] = 40;
    residual_answer(r, far, out);
    for (int t = 0; t < TARGETS; t++) assert_true(fabs(out[t]) < 1e-9);
    residual_destroy(r);
}

static void needs_labels_over_time(void **state)
{
    (void)state;
    residual *r = NULL;
    et_error error;
    const double(*labels)[TARGETS] = (const double(*)[TARGETS])left;
    assert_int_equal(residual_fit(&r, &point[0][0], labels, 1, COLUMNS, 0, &residual_defaults, &error), ET_ERROR_ARGUMENT);
    assert_null(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_known_function),
        cmocka_unit_test(thinned_points_answer_nearly_alike),
        cmocka_unit_test(is_silent_far_from_what_it_knows),
        cmocka_unit_test(needs_labels_over_time),
    };
    return cmocka_run_group_tests(tests, make_points, NULL);
}
