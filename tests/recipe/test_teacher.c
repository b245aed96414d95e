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

/* scikit-learn 1.x, KernelRidge(alpha=1, kernel="precomputed") on the kernel of teacher.h; the left-out answer by solving
 * without the point */
static void agrees_with_scikit_learn(void **state)
{
    (void)state;
    teacher *t = NULL;
    assert_int_equal(teacher_fit(&t, &point[0][0], set, target, NULL, 5, 3, &teacher_defaults, NULL), ET_OK);
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

/* As if the point had not been there: at the point itself what is left out says, elsewhere the teacher of the other four.
 * The fifth label is the mean of the others, so that both teachers take the same mean off. */
static void without_a_point_is_a_smaller_teacher(void **state)
{
    (void)state;
    double label[5][TARGETS];
    for (int c = 0; c < TARGETS; c++) {
        label[4][c] = 0;
        for (int i = 0; i < 4; i++) label[i][c] = target[i][c], label[4][c] += target[i][c] / 4;
    }
    const double(*labels)[TARGETS] = (const double(*)[TARGETS])label;
    teacher *all = NULL, *four = NULL;
    assert_int_equal(teacher_fit(&all, &point[0][0], set, labels, NULL, 5, 3, &teacher_defaults, NULL), ET_OK);
    assert_int_equal(teacher_fit(&four, &point[0][0], set, labels, NULL, 4, 3, &teacher_defaults, NULL), ET_OK);
    double out[TARGETS], wanted[TARGETS];
    for (int i = 0; i < 5; i++) {
        teacher_without(all, i, point[i], set[i], out);
        teacher_left_out(all, i, wanted);
        for (int c = 0; c < TARGETS; c++) near("at the point", out[c], wanted[c], 1e-9);
    }
    const float z[3] = {.5f, .5f, -.5f};
    teacher_without(all, 4, z, 0, out);
    teacher_answer(four, z, 0, wanted);
    for (int c = 0; c < TARGETS; c++) near("elsewhere", out[c], wanted[c], 1e-9);
    teacher_destroy(all);
    teacher_destroy(four);
}

/* A label that is worth twice as much counts as the same point taught twice; one that is worth nearly nothing as none. */
static void weights_count_points(void **state)
{
    (void)state;
    enum { TWICE = 3 };
    float more[6][3];
    int more_set[6];
    double more_target[6][TARGETS], weight[5] = {1, 1, 1, 2, 1}, sum[TARGETS] = {0};
    for (int i = 0; i < 6; i++) {
        int from = i < 5 ? i : TWICE;
        for (int c = 0; c < 3; c++) more[i][c] = point[from][c];
        for (int c = 0; c < TARGETS; c++) more_target[i][c] = target[from][c];
        more_set[i] = set[from];
    }
    /* labels of mean 0 both ways, so that only the weight differs */
    for (int c = 0; c < TARGETS; c++) {
        for (int i = 0; i < 5; i++) sum[c] += i == TWICE ? 0 : more_target[i][c];
        for (int i = 0; i < 4; i++) more_target[i == 3 ? 4 : i][c] -= sum[c] / 4;
        more_target[TWICE][c] = more_target[5][c] = 0;
    }
    teacher *weighted = NULL, *twice = NULL;
    const double(*labels)[TARGETS] = (const double(*)[TARGETS])more_target;
    assert_int_equal(teacher_fit(&weighted, &more[0][0], more_set, labels, weight, 5, 3, &teacher_defaults, NULL), ET_OK);
    assert_int_equal(teacher_fit(&twice, &more[0][0], more_set, labels, NULL, 6, 3, &teacher_defaults, NULL), ET_OK);
    const float z[3] = {.5f, .5f, -.5f};
    double a[TARGETS], b[TARGETS];
    teacher_answer(weighted, z, 0, a);
    teacher_answer(twice, z, 0, b);
    for (int c = 0; c < TARGETS; c++) near("weight 2", a[c], b[c], 1e-9);
    teacher_destroy(weighted);
    teacher_destroy(twice);
}

static void needs_songs(void **state)
{
    (void)state;
    teacher *t = NULL;
    et_error error;
    assert_int_equal(teacher_fit(&t, &point[0][0], set, target, NULL, 1, 3, &teacher_defaults, &error), ET_ERROR_ARGUMENT);
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
        cmocka_unit_test(without_a_point_is_a_smaller_teacher),
        cmocka_unit_test(weights_count_points),
        cmocka_unit_test(needs_songs),
        cmocka_unit_test(line_is_least_squares),
        cmocka_unit_test(components_agree_with_scikit_learn),
        cmocka_unit_test(forest_finds_the_columns_that_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
