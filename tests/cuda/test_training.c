/* Steps of training on the GPU (emulated where there is none): the CPU's losses, norms and parameters whatever the rule;
   what a step costs; and runs that a failing GPU does not end. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control.h"
#include "cublas_v2.h"
#include "small_training.h"

enum { STEPS = 6 };

static const step_rule plain_rule = {.optimiser = {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-3}};

static backend_training setting_of(const small_training *l, const step_rule *rule, bool resident)
{
    backend_training s = {.rule = *rule, .most_frames = FRAMES, .most_windows = WINDOWS, .threads = 1};
    if (resident) s.rows = l->rows, s.row_count = ROWS;
    return s;
}

/* What a training of STEPS steps leaves. */
typedef struct outcome {
    step_result result[STEP_RESULTS_MOST];
    float *parameters, *m, *v;
    size_t count;
} outcome;

static void outcome_free(outcome *o)
{
    free(o->parameters), free(o->m), free(o->v);
}

static outcome train(const char *device, const step_rule *rule, bool resident)
{
    small_training l;
    small_training_open(&l);
    outcome o = {.count = network_parameter_count(l.net)};
    o.m = calloc(o.count, sizeof *o.m), o.v = calloc(o.count, sizeof *o.v);
    o.parameters = malloc(o.count * sizeof *o.parameters);
    backend_training setting = setting_of(&l, rule, resident);
    const trainer_backend *on = trainers_of(device);
    backend_trainer *trainer;
    et_error error = {0};
    int count;
    if (on->create(&trainer, l.net, &setting, &error) || on->write(trainer, o.m, o.v, 0, &error))
        fail_msg("%s", error.message);
    for (int step = 0; step < STEPS; step++) {
        network_batch batch;
        small_training_batch(&l, step, &batch, l.label);
        if (step == 3) batch.windows -= 4; /* another shape of as many frames */
        if (on->step(trainer, &batch, l.label, 0.01, &error)) fail_msg("%s", error.message);
        memset(l.label, 0xff, sizeof l.label), memset(l.chosen, 0xff, sizeof l.chosen); /* taken, or it shows */
    }
    if (on->results(trainer, o.result, &count, &error) || on->read(trainer, &(backend_state){.m = o.m, .v = o.v}, &error))
        fail_msg("%s", error.message);
    assert_int_equal(count, STEPS);
    memcpy(o.parameters, network_parameters(l.net), o.count * sizeof *o.parameters);
    on->destroy(trainer);
    small_training_close(&l);
    return o;
}

static void near(const char *what, double expected, double got, double tolerance)
{
    if (!(fabs(expected - got) <= tolerance * (1 + fabs(expected))))
        fail_msg("%s: %.9g, on the CPU %.9g", what, got, expected);
}

static void same_training(const char *what, const outcome *cpu, const outcome *gpu, double tolerance)
{
    char text[96];
    for (int i = 0; i < STEPS; i++) {
        snprintf(text, sizeof text, "%s: loss of step %d", what, i);
        near(text, cpu->result[i].loss, gpu->result[i].loss, tolerance);
        snprintf(text, sizeof text, "%s: norm of step %d", what, i);
        near(text, cpu->result[i].norm, gpu->result[i].norm, 10 * tolerance);
    }
    for (size_t i = 0; i < cpu->count; i++) {
        snprintf(text, sizeof text, "%s: parameter %zu, and its moments", what, i);
        near(text, (double)cpu->parameters[i], (double)gpu->parameters[i], tolerance);
        near(text, (double)cpu->m[i], (double)gpu->m[i], tolerance);
        near(text, (double)cpu->v[i], (double)gpu->v[i], tolerance);
    }
}

/* Every way to clip, to decay and to lose. An epsilon that is not tiny: else Adam makes a whole step of mere rounding. */
static void any_rule_is_the_cpus(void **state)
{
    (void)state;
    const struct {
        const char *what;
        loss_kind loss;
        double decay, clip;
        bool l2, each;
    } all[] = {{"plain", LOSS_MSE, 0, 0, false, false},
               {"AdamW, all clipped together", LOSS_MIX, 0.1, 0.05, false, false},
               {"L2, each tensor clipped", LOSS_CCC, 0.01, 0.02, true, true}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        step_rule rule = plain_rule;
        rule.loss = all[i].loss;
        rule.optimiser.decay = all[i].decay, rule.optimiser.l2 = all[i].l2;
        rule.optimiser.clip = all[i].clip, rule.optimiser.clip_each_tensor = all[i].each;
        outcome cpu = train("cpu", &rule, true), gpu = train("cuda", &rule, true);
        same_training(all[i].what, &cpu, &gpu, 1e-4);
        outcome_free(&cpu), outcome_free(&gpu);
    }
}

static void same_bytes(const outcome *a, const outcome *b)
{
    for (int i = 0; i < STEPS; i++) assert_memory_equal(&a->result[i], &b->result[i], sizeof a->result[i]);
    assert_memory_equal(a->parameters, b->parameters, a->count * sizeof *a->parameters);
    assert_memory_equal(a->m, b->m, a->count * sizeof *a->m);
    assert_memory_equal(a->v, b->v, a->count * sizeof *a->v);
}

/* The data set on the device or rows with every batch, and threads in another order. */
static void two_runs_give_the_same_bytes(void **state)
{
    (void)state;
    outcome a = train("cuda", &plain_rule, true);
    cuda_on_host_order(99);
    outcome b = train("cuda", &plain_rule, true), c = train("cuda", &plain_rule, false);
    same_bytes(&a, &b);
    same_bytes(&a, &c);
    outcome_free(&a), outcome_free(&b), outcome_free(&c);
}

/* From the second of its shape on a step is one copy and one launch, and waits for nothing but a free buffer; rows that lie
   on the device are not read here again. */
static void a_step_is_one_copy_and_one_launch(void **state)
{
    (void)state;
    small_training l;
    small_training_open(&l);
    size_t count = network_parameter_count(l.net);
    float *zero = calloc(count, sizeof *zero);
    backend_training setting = setting_of(&l, &plain_rule, true);
    const trainer_backend *on = trainers_of("cuda");
    backend_trainer *trainer;
    step_result result[STEP_RESULTS_MOST];
    int results;
    assert_int_equal(on->create(&trainer, l.net, &setting, NULL), ET_OK);
    assert_int_equal(on->write(trainer, zero, zero, 0, NULL), ET_OK);
    for (int i = 0; i < ROWS * network_configuration(l.net)->features; i++) l.rows[i] = NAN;
    static const char *const calls[] = {"cudaMemcpyAsync", "cudaGraphLaunch", "cudaLaunchKernel",     "cublasGemmEx",
                                        "cudaMalloc",      "cudaMallocHost",  "cudaStreamSynchronize"};
    static const int expected[] = {1, 1, 0, 0, 0, 0, 0};
    for (int step = 0; step < STEPS; step++) {
        network_batch batch;
        int before[7];
        small_training_batch(&l, step, &batch, l.label);
        for (int i = 0; i < 7; i++) before[i] = cuda_on_host_calls(calls[i]);
        assert_int_equal(on->step(trainer, &batch, l.label, 0.01, NULL), ET_OK);
        for (int i = 0; i < 7 && step > 1; i++)
            if (cuda_on_host_calls(calls[i]) - before[i] != expected[i])
                fail_msg("step %d: %d times %s", step, cuda_on_host_calls(calls[i]) - before[i], calls[i]);
    }
    assert_int_equal(on->results(trainer, result, &results, NULL), ET_OK);
    assert_int_equal(results, STEPS);
    for (int i = 0; i < STEPS; i++) assert_true(isfinite(result[i].loss));
    on->destroy(trainer);
    small_training_close(&l);
    free(zero);
}

/* ---- precision ----------------------------------------------------------------------------------------------------- */

/* TF32 keeps 10 bits behind the point (a relative error of 5e-4), bfloat16 7 (4e-3): the first loss hardly moves, and moves.
 */
static void precision_reaches_the_products(void **state)
{
    (void)state;
    const struct {
        const char *what;
        precision_kind precision;
        int kind;
        double least, most;
    } all[] = {{"tf32", PRECISION_TF32, CUBLAS_COMPUTE_32F_FAST_TF32, 1e-8, 1e-3},
               {"bf16", PRECISION_BF16, CUBLAS_COMPUTE_32F_FAST_16BF, 1e-7, 1e-2}};
    outcome exact = train("cuda", &plain_rule, true);
    for (int i = 0; i < 2; i++) {
        step_rule rule = plain_rule;
        rule.precision = all[i].precision;
        int before = cuda_on_host_products(all[i].kind), others = cuda_on_host_products(CUBLAS_COMPUTE_32F);
        outcome rounded = train("cuda", &rule, true);
        assert_true(cuda_on_host_products(all[i].kind) > before);
        assert_int_equal(cuda_on_host_products(CUBLAS_COMPUTE_32F), others);
        double moved = fabs(rounded.result[0].loss - exact.result[0].loss) / exact.result[0].loss;
        double at_the_end = fabs(rounded.result[STEPS - 1].loss - exact.result[STEPS - 1].loss) / exact.result[0].loss;
        print_message("%s: the first loss moves by %.1e of itself, the last by %.1e of the first\n", all[i].what, moved,
                      at_the_end);
        assert_true(moved > all[i].least && moved < all[i].most && at_the_end < 2 * all[i].most);
        outcome again = train("cuda", &rule, true);
        same_bytes(&rounded, &again);
        outcome_free(&rounded), outcome_free(&again);
    }
    outcome_free(&exact);
}

static void the_cpu_has_one_precision(void **state)
{
    (void)state;
    small_training l;
    small_training_open(&l);
    step_rule rule = plain_rule;
    rule.precision = PRECISION_BF16;
    backend_training setting = setting_of(&l, &rule, true);
    backend_trainer *trainer;
    et_error error = {0};
    assert_int_equal(cpu_trainers.create(&trainer, l.net, &setting, &error), ET_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "--device cuda"));
    small_training_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_rule_is_the_cpus),
        cmocka_unit_test(two_runs_give_the_same_bytes),
        cmocka_unit_test(a_step_is_one_copy_and_one_launch),
        cmocka_unit_test(precision_reaches_the_products),
        cmocka_unit_test(the_cpu_has_one_precision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
