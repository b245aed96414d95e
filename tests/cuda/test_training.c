/* Training on the GPU (emulated where there is none): the losses of the CPU, and a run that a failing GPU does not end. */
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
#include "some_network.h"
#include "train/any_trainer.h"

enum { FRAMES = 24, WINDOWS = 18, STEPS = 12 };

/* Plain gradient descent towards a label that the rows tell. @return the last status; losses of the steps that were made */
static et_status train(const char *device, float loss[STEPS], bool *on_device)
{
    network *net = some_network("scnnbilstm", 24);
    const network_config *s = network_configuration(net);
    size_t count = network_parameter_count(net);
    float *rows = some_rows(FRAMES, s->columns_in), *gradients = calloc(count, sizeof *gradients);
    float out[WINDOWS * 2], d_out[WINDOWS * 2];
    int *places = calloc((size_t)WINDOWS * s->window, sizeof *places);
    any_trainer *trainer;
    et_error error = {0};
    for (int i = 0; i < WINDOWS * s->window; i++) places[i] = i / s->window + i % s->window;
    et_status status = any_trainer_create(&trainer, net, FRAMES, WINDOWS, 1, device, &error);
    for (int step = 0; status == ET_OK && step < STEPS; step++) {
        network_batch batch = {rows, false, FRAMES, places, WINDOWS, (uint64_t)step};
        status = any_trainer_forward(trainer, &batch, out, &error);
        loss[step] = 0;
        for (int i = 0; i < WINDOWS * 2; i++) {
            float label = 0.5f * sinf((float)(places[i / 2 * s->window] + i % 2));
            d_out[i] = (out[i] - label) / WINDOWS;
            loss[step] += 0.5f * (out[i] - label) * (out[i] - label) / WINDOWS;
        }
        if (status == ET_OK) status = any_trainer_backward(trainer, d_out, gradients, &error);
        for (size_t j = 0; status == ET_OK && j < count; j++) network_parameters(net)[j] -= 0.05f * gradients[j];
        network_refresh(net);
    }
    if (status != ET_OK) assert_true(strncmp(error.message, "cuda: ", 6) == 0);
    *on_device = trainer && any_trainer_on_device(trainer);
    any_trainer_destroy(trainer);
    network_destroy(net);
    free(rows), free(gradients), free(places);
    return status;
}

static void same_losses(const char *what, const float *expected, const float *got)
{
    for (int step = 0; step < STEPS; step++)
        if (!(fabsf(expected[step] - got[step]) < 2e-3f * expected[step]))
            fail_msg("%s: loss of step %d is %g, on the CPU %g", what, step, (double)got[step], (double)expected[step]);
}

static void losses_are_those_of_the_cpu(void **state)
{
    (void)state;
    float here[STEPS], there[STEPS];
    bool on_device;
    assert_int_equal(train("cpu", here, &on_device), ET_OK);
    assert_false(on_device);
    assert_int_equal(train("cuda", there, &on_device), ET_OK);
    assert_true(on_device);
    assert_true(here[STEPS - 1] < 0.7f * here[0]);
    same_losses("cuda", here, there);
}

static void two_runs_give_the_same_bits(void **state)
{
    (void)state;
    float a[STEPS], b[STEPS];
    bool on_device;
    assert_int_equal(train("cuda", a, &on_device), ET_OK);
    cuda_on_host_order(99);
    assert_int_equal(train("cuda", b, &on_device), ET_OK);
    assert_memory_equal(a, b, sizeof a);
}

/* The GPU is lost at one of its copies: in a forward, in a backward. */
static void auto_goes_on_when_the_gpu_fails(void **state)
{
    (void)state;
    float here[STEPS], either[STEPS];
    bool on_device;
    assert_int_equal(train("cpu", here, &on_device), ET_OK);
    for (int copy = 3; copy < 60; copy += 4) {
        char what[48];
        snprintf(what, sizeof what, "auto, copy %d fails", copy);
        cuda_on_host_reset();
        cuda_on_host_fail("cudaMemcpyAsync", copy, cudaErrorLaunchFailure, true);
        assert_int_equal(train("auto", either, &on_device), ET_OK);
        assert_false(on_device);
        same_losses(what, here, either);
    }
    cuda_on_host_reset();
    cuda_on_host_fail("cudaMemcpyAsync", 20, cudaErrorLaunchFailure, true);
    assert_int_equal(train("cuda", either, &on_device), ET_ERROR_DEVICE);
    cuda_on_host_reset();
    cuda_on_host_devices(0);
    assert_int_equal(train("auto", either, &on_device), ET_OK);
    assert_memory_equal(here, either, sizeof here);
    cuda_on_host_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_those_of_the_cpu),
        cmocka_unit_test(two_runs_give_the_same_bits),
        cmocka_unit_test(auto_goes_on_when_the_gpu_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
