/* All ten networks on the GPU against the CPU: answers, training's forward, gradients. Built twice: on the stand-in
   (emulated), and on the machine's GPU, skipped where there is none; there `compute-sanitizer` may run it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/backend.h"
#include "some_network.h"
#include "train/loss.h"

static const backend *gpu;

/* Frames in three calls of one, then five; windows of one, three and seven: rounded sizes, and a ring that is used again. */
static void answers_of(const char *name, int hidden)
{
    network *net = some_network(name, hidden);
    const network_config *s = network_configuration(net);
    enum { FRAMES = 8, WINDOWS = 7 };
    float *rows = some_rows(FRAMES, s->columns_in), *slots = calloc(FRAMES * network_slot_size(net), sizeof *slots);
    int *places = calloc((size_t)WINDOWS * s->window, sizeof *places), order[FRAMES] = {3, 7, 0, 5, 2, 6, 1, 4};
    const float **pointers = calloc((size_t)WINDOWS * s->window, sizeof *pointers);
    float expected[WINDOWS * 2], got[WINDOWS * 2];
    network_work *work;
    backend_session *answer;
    et_error error = {0};
    assert_int_equal(network_work_create(&work, net, WINDOWS, &error), ET_OK);
    for (int f = 0; f < FRAMES; f++)
        network_frame(net, work, rows + f * s->columns_in, slots + (size_t)order[f] * network_slot_size(net));
    for (int i = 0; i < WINDOWS * s->window; i++) {
        places[i] = (i / s->window + i % s->window) % FRAMES;
        pointers[i] = slots + (size_t)places[i] * network_slot_size(net);
    }
    network_windows(net, work, pointers, WINDOWS, expected);
    if (gpu->session->create(&answer, net, &(session_setting){.most = WINDOWS, .slots = FRAMES}, &error) != ET_OK)
        fail_msg("%s: %s", name, error.message);
    for (int f = 0; f < 3; f++) {
        backend_call one = {.frames = 1, .rows = rows + f * s->columns_in, .frame_slot = order + f};
        assert_int_equal(backend_session_run(gpu->session, answer, &one, &error), ET_OK);
    }
    for (int windows = 1; windows <= WINDOWS; windows += windows == 1 ? 2 : 4) {
        backend_call call = {5, rows + 3 * s->columns_in, order + 3, windows, places, got};
        if (backend_session_run(gpu->session, answer, &call, &error) != ET_OK) fail_msg("%s: %s", name, error.message);
        for (int i = 0; i < windows * s->targets; i++)
            if (!(fabsf(got[i] - expected[i]) < 1e-4f))
                fail_msg("%s, H %d: answer %d of %d windows is %g, on the CPU %g", name, hidden, i, windows, got[i],
                         expected[i]);
    }
    gpu->session->destroy(answer);
    network_work_destroy(work);
    network_destroy(net);
    free(rows), free(slots), free(places), free(pointers);
}

/* Largest difference of a tensor's gradient, relative to the tensor's largest; a tensor whose gradient is mere rounding (a
   bias in front of a batch norm: exactly zero on paper) is held against the network's largest. */
static double gradient_error(const network_tensor *t, const float *expected, const float *got, double largest)
{
    double most = 1e-3 * largest, worst = 0;
    for (size_t i = t->offset; i < t->offset + t->count; i++) {
        most = fmax(most, fabs((double)expected[i]));
        double difference = fabs((double)expected[i] - (double)got[i]);
        worst = difference > worst || isnan(difference) ? difference : worst;
    }
    return worst / most;
}

static void check_gradients(const network *net, const float *expected, const float *got)
{
    double largest = 0;
    for (size_t i = 0; i < network_parameter_count(net); i++) largest = fmax(largest, fabs((double)expected[i]));
    for (size_t i = 0; i < network_tensor_count(net); i++) {
        const network_tensor *t = network_tensor_at(net, i);
        double difference = gradient_error(t, expected, got, largest);
        if (t->trained && !(difference < 1e-3))
            fail_msg("%s: gradient of %s differs by %.2g of its largest", network_configuration(net)->network, t->name,
                     difference);
    }
}

/* Two steps at rate 0: the parameters stay as they are, so that the second is held against the same ones. */
static void training_of(const char *name, int hidden, bool projected, int windows)
{
    network *here = some_network(name, hidden), *there = some_network(name, hidden);
    const network_config *s = network_configuration(here);
    enum { FRAMES = 9, WINDOWS_MOST = 131 };
    size_t parameters = network_parameter_count(here);
    int columns = projected ? s->features : s->columns_in, *places = calloc((size_t)windows * s->window, sizeof *places);
    float *rows = some_rows(FRAMES, columns), out[2][WINDOWS_MOST * 2] = {{0}}, d_out[WINDOWS_MOST * 2];
    float label[WINDOWS_MOST * 2], *zero = calloc(parameters, sizeof(float));
    float *gradient[2] = {calloc(parameters, sizeof(float)), calloc(parameters, sizeof(float))};
    for (int i = 0; i < windows * s->window; i++) places[i] = (2 * (i / s->window) + i % s->window) % FRAMES;
    for (int i = 0; i < windows * s->targets; i++) label[i] = sinf((float)i + 1);
    network_batch batch = {
        .rows = rows, .projected = projected, .frames = FRAMES, .window_frames = places, .windows = windows, .seed = 77};
    backend_training training = {.rule = {.optimiser = {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}},
                                 .most_frames = FRAMES + 2,
                                 .most_windows = windows + 1};
    backend_state state = {.gradients = gradient[1], .answers = out[1]};
    network_trainer *cpu;
    backend_trainer *trainer;
    step_result result[STEP_RESULTS_MOST];
    int count;
    et_error error = {0};
    assert_int_equal(network_trainer_create(&cpu, here, FRAMES, windows, 1, &error), ET_OK);
    if (gpu->trainer->create(&trainer, there, &training, &error) || gpu->trainer->write(trainer, zero, zero, 0, &error))
        fail_msg("%s: %s", name, error.message);
    for (int step = 0; step < 2; step++, batch.seed++) {
        network_trainer_forward(cpu, &batch, out[0]);
        double loss = loss_of(LOSS_MSE, out[0], label, windows, s->targets, d_out);
        network_trainer_backward(cpu, d_out, gradient[0]);
        if (gpu->trainer->step(trainer, &batch, label, 0, &error) || gpu->trainer->read(trainer, &state, &error) ||
            gpu->trainer->results(trainer, result, &count, &error))
            fail_msg("%s: %s", name, error.message);
        for (int i = 0; i < windows * s->targets; i++)
            if (!(fabsf(out[0][i] - out[1][i]) < 1e-4f))
                fail_msg("%s, training: answer %d is %g, on the CPU %g", name, i, out[1][i], out[0][i]);
        assert_int_equal(count, 1);
        if (!(fabs(result[0].loss - loss) < 1e-4 * loss)) fail_msg("%s: loss %g, on the CPU %g", name, result[0].loss, loss);
        check_gradients(here, gradient[0], gradient[1]);
    }
    for (size_t i = 0; i < parameters; i++)
        if (!(fabsf(network_parameters(here)[i] - network_parameters(there)[i]) < 1e-5f))
            fail_msg("%s: parameter or running average %zu is %g, on the CPU %g", name, i, network_parameters(there)[i],
                     network_parameters(here)[i]);
    network_trainer_destroy(cpu);
    gpu->trainer->destroy(trainer);
    network_destroy(here);
    network_destroy(there);
    free(places), free(rows), free(zero), free(gradient[0]), free(gradient[1]);
}

static void all_ten_answer_as_on_the_cpu(void **state)
{
    (void)state;
    for (const char *const *name = network_names(); *name; name++) answers_of(*name, 6);
    answers_of("dselfattention", 50);
    answers_of("dselfattention", 100);
}

static void all_ten_train_as_on_the_cpu(void **state)
{
    (void)state;
    for (const char *const *name = network_names(); *name; name++) training_of(*name, 7, false, 5);
    training_of("dselfattention", 24, false, 131); /* four windows share a block of the LSTM */
    training_of("dselfattention", 50, true, 5);
    training_of("dcbam", 100, true, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ten_answer_as_on_the_cpu),
        cmocka_unit_test(all_ten_train_as_on_the_cpu),
    };
    et_error error;
    if (backend_load(&gpu, &error) == ET_OK) return cmocka_run_group_tests(tests, NULL, NULL);
    printf("skipped: %s\n", error.message);
    return 77;
}
