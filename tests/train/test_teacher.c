#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "train/forest.h"
#include "train/principal.h"
#include "train/random.h"
#include "train/teacher.h"

static const float point[5][3] = {{1, 2, .5f}, {0, 1, -1}, {2, -1, .3f}, {-1, .5f, .8f}, {.3f, -.7f, -1.2f}};
static const double target[5][TARGETS] = {{.1, .5}, {-.3, .2}, {.6, -.4}, {.2, .1}, {-.5, .3}};
static const int set[5] = {0, 0, 1, 1, 0};

static void near(const char *what, double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within)) fail_msg("%s: %.9g, wanted %.9g", what, found, wanted);
}

/* scikit-learn 1.x, KernelRidge(alpha=1, kernel="precomputed") on the kernel of teacher.h; the left-out answer by solving
 * without the point */
static void agrees_with_scikit_learn(void **state)
{
    (void)state;
    teacher *t = NULL;
    assert_int_equal(teacher_fit(&t, &point[0][0], set, target, 5, 3, &teacher_defaults, NULL), ET_OK);
    const float z[3] = {.5f, .5f, -.5f};
    double out[TARGETS];
    teacher_answer(t, z, 1, out);
    near("answer", out[0], 0.341635001847631, 1e-6);
    near("answer", out[1], -0.11372474673766356, 1e-6);
    teacher_left_out(t, 2, out);
    near("left out", out[0], 0.10769102417984504, 1e-6);
    near("left out", out[1], 0.14040924684503187, 1e-6);
    teacher_calibrate(t, 1, (double[]){2, 1}, (double[]){.5, 0});
    teacher_answer(t, z, 1, out);
    near("calibrated", out[0], 2 * 0.341635001847631 + .5, 1e-6);
    teacher_destroy(t);
}

static void needs_songs(void **state)
{
    (void)state;
    teacher *t = NULL;
    et_error error;
    assert_int_equal(teacher_fit(&t, &point[0][0], set, target, 1, 3, &teacher_defaults, &error), ET_ERROR_ARGUMENT);
}

static void line_is_least_squares(void **state)
{
    (void)state;
    double slope, offset;
    fit_line((double[]){0, 1, 2, 3}, (double[]){1, 3, 5, 7}, 4, &slope, &offset);
    near("slope", slope, 2, 1e-12);
    near("offset", offset, 1, 1e-12);
    fit_line((double[]){1, 1}, (double[]){1, 3}, 2, &slope, &offset);
    near("slope of nothing", slope, 1, 0);
}

/* sklearn.decomposition.PCA(2), signs turned so that the largest entry is positive */
static void components_agree_with_scikit_learn(void **state)
{
    (void)state;
    static const double wanted[2][3] = {{-0.5248507491356195, 0.8250644484777834, 0.20928532435369165},
                                        {0.7732755791785851, 0.35940074447460174, 0.5223753282048509}};
    float mean[3], *direction = NULL;
    int kept;
    double explained;
    assert_int_equal(principal_components(&point[0][0], 5, 3, 2, 0, mean, &direction, &kept, &explained, NULL), ET_OK);
    assert_int_equal(kept, 2);
    near("explained", explained, 0.8172119577786605, 1e-6);
    for (int i = 0; i < 6; i++) near("component", direction[i], wanted[i / 3][i % 3], 1e-6);
    near("mean", mean[2], -0.12, 1e-7);
    free(direction);
    assert_int_equal(principal_components(&point[0][0], 5, 3, 0, .8, mean, &direction, &kept, &explained, NULL), ET_OK);
    assert_int_equal(kept, 2);
    free(direction);
    const float same[4] = {1, 2, 1, 2};
    assert_int_equal(principal_components(same, 2, 2, 1, 0, mean, &direction, &kept, &explained, NULL), ET_ERROR_FORMAT);
}

/* y depends on columns 1 and 4 of six, twice as much on 4: the others must not matter. */
static void forest_finds_the_columns_that_matter(void **state)
{
    (void)state;
    enum { ROWS = 300, COLUMNS = 6 };
    static float row[ROWS][COLUMNS], y[ROWS];
    random_numbers r = random_stream(5, RANDOM_EXAMPLE, 0);
    for (int i = 0; i < ROWS; i++) {
        for (int c = 0; c < COLUMNS; c++) row[i][c] = (float)random_normal(&r);
        y[i] = row[i][1] + 2 * row[i][4] + 0.1f * (float)random_normal(&r);
    }
    double importance[COLUMNS], again[COLUMNS], sum = 0;
    forest_options options = {.trees = 50, .leaf = 5, .seed = 3};
    assert_int_equal(forest_importance(&row[0][0], y, ROWS, COLUMNS, &options, importance, NULL), ET_OK);
    assert_int_equal(forest_importance(&row[0][0], y, ROWS, COLUMNS, &options, again, NULL), ET_OK);
    assert_memory_equal(importance, again, sizeof again);
    for (int c = 0; c < COLUMNS; c++) sum += importance[c];
    near("sum", sum, 1, 1e-12);
    assert_true(importance[4] > 0.5 && importance[1] > 0.1);
    for (int c = 0; c < COLUMNS; c++)
        if (c != 1 && c != 4) assert_true(importance[c] < 0.08);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_scikit_learn),
        cmocka_unit_test(needs_songs),
        cmocka_unit_test(line_is_least_squares),
        cmocka_unit_test(components_agree_with_scikit_learn),
        cmocka_unit_test(forest_finds_the_columns_that_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
