#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/random.h"
#include "recipe/teacher.h"
#include "train/forest.h"
#include "train/pca.h"

static const float point[5][3] = {{1, 2, .5f}, {0, 1, -1}, {2, -1, .3f}, {-1, .5f, .8f}, {.3f, -.7f, -1.2f}};
static const double target[5][TARGETS] = {{.1, .5}, {-.3, .2}, {.6, -.4}, {.2, .1}, {-.5, .3}};
static const int set[5] = {0, 0, 1, 1, 0};

static void near(const char *what, double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within)) fail_msg("%s: %.9g, wanted %.9g", what, found, wanted);
}

static const double ridge[5] = {.5, .5, .5, 2, 2};

/* scikit-learn 1.x, KernelRidge(kernel="precomputed") on the kernel of teacher.h, for two points as set 0, set 1 and a set
 * that was never taught would rate them */
static void agrees_with_scikit_learn(void **state)
{
    (void)state;
    static const float z[2][3] = {{.5f, .5f, -.5f}, {-2, 1, .3f}};
    static const double wanted[3][2][TARGETS] = {
        {{-0.22126213278576298, 0.2961919495052975}, {-0.304516382877424, 0.36675050283016575}},
        {{0.4169623620911738, -0.2123876035299079}, {0.24179043877265985, -0.003166108470654988}},
        {{0.020406533199363558, 0.11287788381334762}, {-0.0657355246040281, 0.2061378999413881}}};
    static const int as[3] = {0, 1, 7};
    teacher *t = NULL;
    assert_int_equal(teacher_fit(&t, &point[0][0], set, target, ridge, 5, 3, &teacher_defaults, NULL), ET_OK);
    for (int s = 0; s < 3; s++) {
        double out[2][TARGETS];
        assert_int_equal(teacher_answer(t, &z[0][0], 2, as[s], out, NULL), ET_OK);
        for (int i = 0; i < 2; i++)
            for (int c = 0; c < TARGETS; c++) near("answer", out[i][c], wanted[s][i][c], 2e-6);
    }
    teacher_destroy(t);
}

/* More points than a block: each is answered as alone. */
static void many_points_are_answered_as_one_by_one(void **state)
{
    (void)state;
    enum { MANY = 600 };
    static float z[MANY][3];
    static double out[MANY][TARGETS];
    random_numbers r = random_stream(3, RANDOM_SAMPLE, 0);
    for (int i = 0; i < MANY; i++)
        for (int c = 0; c < 3; c++) z[i][c] = (float)random_normal(&r);
    teacher *t = NULL;
    assert_int_equal(teacher_fit(&t, &point[0][0], set, target, ridge, 5, 3, &teacher_defaults, NULL), ET_OK);
    assert_int_equal(teacher_answer(t, &z[0][0], MANY, 0, out, NULL), ET_OK);
    for (int i = 0; i < MANY; i += 37) {
        double one[1][TARGETS];
        assert_int_equal(teacher_answer(t, z[i], 1, 0, one, NULL), ET_OK);
        for (int c = 0; c < TARGETS; c++) near("one of many", out[i][c], one[0][c], 1e-6);
    }
    teacher_destroy(t);
}

static void needs_songs(void **state)
{
    (void)state;
    teacher *t = NULL;
    et_error error;
    assert_int_equal(teacher_fit(&t, &point[0][0], set, target, ridge, 1, 3, &teacher_defaults, &error), ET_ERROR_ARGUMENT);
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
    assert_int_equal(pca_components(&point[0][0], 5, 3, 2, 0, mean, &direction, &kept, &explained, NULL), ET_OK);
    assert_int_equal(kept, 2);
    near("explained", explained, 0.8172119577786605, 1e-6);
    for (int i = 0; i < 6; i++) near("component", direction[i], wanted[i / 3][i % 3], 1e-6);
    near("mean", mean[2], -0.12, 1e-7);
    free(direction);
    assert_int_equal(pca_components(&point[0][0], 5, 3, 0, .8, mean, &direction, &kept, &explained, NULL), ET_OK);
    assert_int_equal(kept, 2);
    free(direction);
    const float same[4] = {1, 2, 1, 2};
    assert_int_equal(pca_components(same, 2, 2, 1, 0, mean, &direction, &kept, &explained, NULL), ET_ERROR_FORMAT);
}

/* y depends on columns 1 and 4 of six, twice as much on 4: the others must not matter. */
static void forest_finds_the_columns_that_matter(void **state)
{
    (void)state;
    enum { ROWS = 300, COLUMNS = 6 };
    static float row[ROWS][COLUMNS], y[ROWS];
    random_numbers r = random_stream(5, RANDOM_SAMPLE, 0);
    for (int i = 0; i < ROWS; i++) {
        for (int c = 0; c < COLUMNS; c++) row[i][c] = (float)random_normal(&r);
        y[i] = row[i][1] + 2 * row[i][4] + 0.1f * (float)random_normal(&r);
    }
    double importance[COLUMNS], again[COLUMNS], sum = 0;
    forest_options options = {.trees = 50, .leaf = 5, .seed = 3};
    assert_int_equal(forest_importance(&row[0][0], y, ROWS, COLUMNS, &options, importance, NULL), ET_OK);
    assert_int_equal(forest_importance(&row[0][0], y, ROWS, COLUMNS, &options, again, NULL), ET_OK);
    assert_memory_equal(importance, again, sizeof again);
    options.threads = 3;
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
        cmocka_unit_test(many_points_are_answered_as_one_by_one),
        cmocka_unit_test(needs_songs),
        cmocka_unit_test(components_agree_with_scikit_learn),
        cmocka_unit_test(forest_finds_the_columns_that_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
