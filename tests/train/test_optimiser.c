#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "train/loss.h"
#include "train/optimiser.h"
#include "train/schedule.h"

static void near(const char *what, double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within)) fail_msg("%s: %.9g, wanted %.9g", what, found, wanted);
}

/* Two steps by hand from the formulas of the header. */
static void steps_as_the_papers_say(void **state)
{
    (void)state;
    optimiser o;
    optimiser_options options = {.beta1 = .9, .beta2 = .999, .epsilon = 1e-8, .decay = .01};
    assert_int_equal(optimiser_create(&o, &options, 1, NULL), ET_OK);
    float p = 1, g = .5f;
    double m = 0, v = 0, wanted = 1;
    for (int t = 1; t <= 2; t++) {
        o.steps = t;
        optimiser_update(&o, &p, &g, 0, 1, true, .1);
        m = .9 * m + .1 * .5, v = .999 * v + .001 * .25;
        wanted = wanted - .1 * .01 * wanted - .1 * m / (1 - pow(.9, t)) / (sqrt(v / (1 - pow(.999, t))) + 1e-8);
        near("AdamW", p, wanted, 2e-6);
    }
    optimiser_destroy(&o);
}

static void l2_enters_the_gradient(void **state)
{
    (void)state;
    optimiser o;
    optimiser_options options = {.beta1 = .9, .beta2 = .999, .epsilon = 1e-8, .decay = .5, .l2 = true};
    assert_int_equal(optimiser_create(&o, &options, 1, NULL), ET_OK);
    float p = 2, g = 0;
    o.steps = 1;
    optimiser_update(&o, &p, &g, 0, 1, true, .1);
    near("Adam with L2: the first step has the size of the rate", p, 1.9, 1e-6);
    optimiser_destroy(&o);
}

static void loss_derivatives_are_right(void **state)
{
    (void)state;
    enum { N = 7, T = 2 };
    float answer[N * T], label[N * T], d[N * T], waste[N * T];
    for (int i = 0; i < N * T; i++) answer[i] = (float)sin(i * 1.7) * .6f, label[i] = (float)cos(i * 2.3) * .5f;
    for (int kind = LOSS_MSE; kind <= LOSS_MIX; kind++) {
        loss_of((loss_kind)kind, answer, label, N, T, d);
        for (int i = 0; i < N * T; i++) {
            float held = answer[i], h = 0x1p-10f;
            answer[i] = held + h;
            double up = loss_of((loss_kind)kind, answer, label, N, T, waste);
            answer[i] = held - h;
            double down = loss_of((loss_kind)kind, answer, label, N, T, waste);
            answer[i] = held;
            near("derivative", d[i], (up - down) / (2 * h), 2e-5);
        }
    }
}

static void half_mse_is_its_formula(void **state)
{
    (void)state;
    float d[2];
    near("loss", loss_of(LOSS_MSE, (float[]){.5f, 0}, (float[]){0, 1}, 2, 1, d), (0.25 + 1) / 4, 1e-9);
    near("derivative", d[1], -.5, 1e-9);
}

static void schedules_begin_and_end_where_they_should(void **state)
{
    (void)state;
    near("cosine", schedule_rate(SCHEDULE_COSINE, .01, 0, 100, 10), .01, 1e-12);
    near("cosine, half way", schedule_rate(SCHEDULE_COSINE, .01, 50, 100, 10), .005, 1e-12);
    near("seed, epoch 5", schedule_rate(SCHEDULE_SEED, .004, 59, 400, 10), .001, 1e-12);
    near("seed, epoch 1", schedule_rate(SCHEDULE_SEED, .004, 19, 400, 10), .004, 1e-12);
    /* torch.optim.lr_scheduler.OneCycleLR(max_lr=.003, total_steps=2000), steps 0, 300, 599, 1200, 1999 */
    near("one cycle", schedule_rate(SCHEDULE_ONE_CYCLE, .003, 0, 2000, 1), .00012, 1e-12);
    near("one cycle", schedule_rate(SCHEDULE_ONE_CYCLE, .003, 599, 2000, 1), .003, 1e-12);
    near("one cycle", schedule_rate(SCHEDULE_ONE_CYCLE, .003, 1999, 2000, 1), 1.2e-8, 1e-12);
    near("one cycle", schedule_rate(SCHEDULE_ONE_CYCLE, .003, 300, 2000, 1), 0.0015637757, 1e-8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_as_the_papers_say),
        cmocka_unit_test(l2_enters_the_gradient),
        cmocka_unit_test(loss_derivatives_are_right),
        cmocka_unit_test(half_mse_is_its_formula),
        cmocka_unit_test(schedules_begin_and_end_where_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
