#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evaluate/metrics.h"

static const double label[] = {.1, -.4, .35, .8, -.05, .2, -.6, .45};
static const double answer[] = {.05, -.1, .3, .5, .1, .25, -.45, .2};

static void near(double found, double wanted)
{
    if (!(fabs(found - wanted) <= 1e-12)) fail_msg("%.17g, wanted %.17g", found, wanted);
}

/* root_mean_squared_error, mean_absolute_error, r2_score of scikit-learn 1.x, corrcoef of numpy */
static void agrees_with_scikit_learn(void **state)
{
    (void)state;
    metrics m = metrics_of(label, answer, 8);
    near(m.rmse, 0.1920286436967152);
    near(m.mae, 0.1625);
    near(m.nse, 0.7961563377240337);
    near(m.r, 0.9461027850563315);
    near(m.r2, 0.9461027850563315 * 0.9461027850563315);
    near(m.ccc, 0.8542760111145415);
}

/* answers a x + b for labels x of variance v and mean 0: r = 1, nse = 1 - ((a-1)^2 v + b^2)/v, ccc = 2av/(a^2 v + v + b^2)
 */
static void agrees_with_closed_forms(void **state)
{
    (void)state;
    double x[] = {-1, -.5, .5, 1}, y[4], v = 0.625, a = 0.6, b = 0.2;
    for (int i = 0; i < 4; i++) y[i] = a * x[i] + b;
    metrics m = metrics_of(x, y, 4);
    near(m.r, 1);
    near(m.nse, 1 - ((a - 1) * (a - 1) * v + b * b) / v);
    near(m.ccc, 2 * a * v / (a * a * v + v + b * b));
    near(m.rmse, sqrt((a - 1) * (a - 1) * v + b * b));
}

static void leaves_out_what_is_not_known(void **state)
{
    (void)state;
    double y[] = {.1, NAN, .35, .8}, p[] = {.05, 3, NAN, .5};
    metrics m = metrics_of(y, p, 4);
    assert_int_equal(m.n, 2);
    near(m.mae, 0.175);
    metrics none = metrics_of(y, p, 0);
    assert_true(none.n == 0 && isnan(none.rmse) && isnan(none.ccc));
}

static void mean_predictor_has_no_skill(void **state)
{
    (void)state;
    double mean[8];
    for (int i = 0; i < 8; i++) mean[i] = 0.10625;
    metrics m = metrics_of(label, mean, 8);
    near(m.nse, 0);
    assert_true(isnan(m.r) && isnan(m.r2)); /* what never changes goes along with nothing */
    near(m.ccc, 0);
}

static void percentiles_are_numpys(void **state)
{
    (void)state;
    double x[] = {9, 1, 4, 2};
    near(percentile(x, 4, 50), 3);
    near(percentile(x, 4, 90), 7.5);
    near(percentile(x, 1, 90), 1);
    assert_true(isnan(percentile(x, 0, 50)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_scikit_learn),     cmocka_unit_test(agrees_with_closed_forms),
        cmocka_unit_test(leaves_out_what_is_not_known), cmocka_unit_test(mean_predictor_has_no_skill),
        cmocka_unit_test(percentiles_are_numpys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
