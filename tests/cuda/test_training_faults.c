/* Training on the GPU (emulated where there is none): what it refuses, and a failing GPU, which does not end it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control.h"
#include "cuda_runtime.h"
#include "small_training.h"
#include "train/fit.h"

static void wrong_batches_are_refused(void **state)
{
    (void)state;
    small_training l;
    small_training_open(&l);
    float *zero = calloc(network_parameter_count(l.net), sizeof *zero);
    backend_training setting = {.most_frames = FRAMES, .most_windows = WINDOWS, .rows = l.rows, .row_count = ROWS};
    const trainer_backend *on = trainers_of("cuda");
    backend_trainer *trainer;
    network_batch batch;
    step_result result[STEP_RESULTS_MOST];
    int results;
    assert_int_equal(on->create(&trainer, l.net, &setting, NULL), ET_OK);
    small_training_batch(&l, 0, &batch, l.label);
    assert_int_equal(on->step(trainer, &batch, l.label, 0, NULL), ET_ERROR_ARGUMENT); /* before any state */
    assert_int_equal(on->write(trainer, zero, zero, 0, NULL), ET_OK);
    l.chosen[3] = ROWS;
    assert_int_equal(on->step(trainer, &batch, l.label, 0, NULL), ET_ERROR_ARGUMENT);
    l.chosen[3] = 0, l.places[5] = FRAMES;
    assert_int_equal(on->step(trainer, &batch, l.label, 0, NULL), ET_ERROR_ARGUMENT);
    l.places[5] = 0, batch.windows = WINDOWS + 1;
    assert_int_equal(on->step(trainer, &batch, l.label, 0, NULL), ET_ERROR_ARGUMENT);
    batch.windows = 1, batch.frames = 6;
    for (int i = 0; i < network_configuration(l.net)->window; i++) l.places[i] = i % 6;
    for (int i = 0; i < STEP_RESULTS_MOST; i++) assert_int_equal(on->step(trainer, &batch, l.label, 0, NULL), ET_OK);
    assert_int_equal(on->step(trainer, &batch, l.label, 0, NULL), ET_ERROR_ARGUMENT);
    assert_int_equal(on->results(trainer, result, &results, NULL), ET_OK);
    assert_int_equal(results, STEP_RESULTS_MOST);
    on->destroy(trainer);
    small_training_close(&l);
    free(zero);
}

enum { EPOCHS = 3, STEPS_AN_EPOCH = 4 };

typedef struct epochs {
    double loss[EPOCHS];
    int seen;
} epochs;

static void note(void *user, const fit_epoch *e)
{
    epochs *all = user;
    all->loss[e->epoch - 1] = e->loss;
    all->seen++;
}

static et_status fit(const char *device, epochs *out)
{
    small_training l;
    small_training_open(&l);
    fit_source source = {.self = &l,
                         .steps_an_epoch = STEPS_AN_EPOCH,
                         .most_frames = FRAMES,
                         .most_windows = WINDOWS,
                         .rows = l.rows,
                         .row_count = ROWS,
                         .batch = small_training_batch};
    fit_options options = {.epochs = EPOCHS,
                           .schedule = SCHEDULE_CONSTANT,
                           .rate = 0.01,
                           .optimiser = {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-3},
                           .threads = 1,
                           .device = device};
    fit_hooks hooks = {.epoch = note, .user = out};
    checkpoint kept;
    et_error error = {0};
    *out = (epochs){.seen = 0};
    assert_int_equal(checkpoint_create(&kept, NULL, 0, network_parameter_count(l.net), 1, NULL), ET_OK);
    et_status status = fit_network(l.net, &source, &options, 0, &kept, &hooks, &error);
    if (status != ET_OK) assert_true(strncmp(error.message, "cuda: ", 6) == 0);
    checkpoint_free(&kept);
    small_training_close(&l);
    return status;
}

static void same_epochs(const char *what, const epochs *cpu, const epochs *other)
{
    assert_int_equal(other->seen, EPOCHS);
    for (int e = 0; e < EPOCHS; e++)
        if (!(fabs(cpu->loss[e] - other->loss[e]) < 1e-4))
            fail_msg("%s: loss of epoch %d is %g, on the CPU %g", what, e, other->loss[e], cpu->loss[e]);
}

/* The GPU is lost at any of its calls: the epoch begins again on the CPU, from the state that was kept. */
static void auto_goes_on_when_the_gpu_fails(void **state)
{
    (void)state;
    epochs cpu, other;
    assert_int_equal(fit("cpu", &cpu), ET_OK);
    cuda_on_host_reset();
    assert_int_equal(fit("cuda", &other), ET_OK);
    same_epochs("cuda", &cpu, &other);
    int calls = cuda_on_host_calls(NULL);
    for (int call = 1; call < calls; call += call < 20 ? 3 : 61) {
        char what[48];
        snprintf(what, sizeof what, "auto, call %d of %d fails", call, calls);
        cuda_on_host_reset();
        cuda_on_host_fail(NULL, call, cudaErrorLaunchFailure, true);
        assert_int_equal(fit("auto", &other), ET_OK);
        same_epochs(what, &cpu, &other);
    }
    cuda_on_host_reset();
    cuda_on_host_fail("cudaGraphLaunch", 3, cudaErrorLaunchFailure, true);
    assert_int_equal(fit("cuda", &other), ET_ERROR_DEVICE);
    cuda_on_host_reset();
    cuda_on_host_devices(0);
    assert_int_equal(fit("auto", &other), ET_OK);
    assert_memory_equal(&cpu, &other, sizeof cpu);
    cuda_on_host_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(wrong_batches_are_refused),
                                       cmocka_unit_test(auto_goes_on_when_the_gpu_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
