/* Trackers and groups of them on the GPU (emulated where there is none): the answers of the CPU, and no frame lost when the
   GPU fails on purpose. */
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
#include "model/backend.h"
#include "model/small_model.h"
#include "some_network.h"

enum { RATE = 16000, BLOCK = RATE / 5, BLOCKS = 20, STREAMS = 5, STEP_MS = 100, ANSWERS_MOST = 64 };

typedef struct curve {
    int count;
    et_emotion at[ANSWERS_MOST];
} curve;

static et_tracker_options options(const char *device)
{
    return (et_tracker_options){.rate_hz = RATE, .channels = 1, .step_ms = STEP_MS, .device = device};
}

/* Something between a tone and noise, of its own for every stream. */
static void sound(int stream, int block, float *samples)
{
    uint32_t state = (uint32_t)(stream * 1000 + block + 1) * 2654435761u;
    for (int i = 0; i < BLOCK; i++) {
        state = state * 1664525u + 1013904223u;
        double t = (double)(block * BLOCK + i) / RATE;
        samples[i] = (float)(0.3 * sin(2 * 3.14159265 * (150 + 60 * stream) * t) * (1 + sin(3 * t)) / 2 +
                             0.1 * ((double)(state >> 8) / 8388608.0 - 1));
    }
}

static void poll_all(et_tracker *t, curve *c)
{
    while (c->count < ANSWERS_MOST && et_tracker_poll(t, &c->at[c->count])) c->count++;
}

static curve alone(const et_model *model, int stream, const char *device)
{
    static float samples[BLOCK];
    et_tracker_options o = options(device);
    et_tracker *t;
    et_error error = {0};
    curve c = {0};
    if (et_tracker_create(&t, model, &o, &error) != ET_OK) fail_msg("%s", error.message);
    for (int block = 0; block < BLOCKS; block++) {
        sound(stream, block, samples);
        assert_int_equal(et_tracker_push(t, samples, BLOCK), ET_OK);
    }
    assert_int_equal(et_tracker_flush(t), ET_OK);
    poll_all(t, &c);
    et_tracker_destroy(t);
    return c;
}

static void same(const char *what, const curve *expected, const curve *got)
{
    if (got->count != expected->count) fail_msg("%s: %d answers, %d expected", what, got->count, expected->count);
    assert_true(expected->count > 30);
    for (int i = 0; i < got->count; i++) {
        const et_emotion *a = &expected->at[i], *b = &got->at[i];
        if (a->time_s != b->time_s || !(fabsf(a->valence - b->valence) < 1e-4f) || !(fabsf(a->arousal - b->arousal) < 1e-4f))
            fail_msg("%s: answer %d at %g s is (%g, %g), at %g s (%g, %g) expected", what, i, b->time_s, (double)b->valence,
                     (double)b->arousal, a->time_s, (double)a->valence, (double)a->arousal);
    }
}

/* The group's streams are pushed unevenly: each its own number of blocks between two answers. */
static et_status group_curves(et_tracker_group *g, curve *c)
{
    static float samples[BLOCK];
    int pushed[STREAMS] = {0};
    et_status status = ET_OK;
    for (int round = 0; round < BLOCKS; round++) {
        for (int s = 0; s < STREAMS; s++)
            for (int k = 0; k <= (round + s) % 2 && pushed[s] < BLOCKS; k++) {
                sound(s, pushed[s]++, samples);
                assert_int_equal(et_tracker_push(et_tracker_group_get(g, (size_t)s), samples, BLOCK), ET_OK);
                if (pushed[s] == BLOCKS) assert_int_equal(et_tracker_flush(et_tracker_group_get(g, (size_t)s)), ET_OK);
            }
        et_status now = et_tracker_group_answer(g, NULL);
        if (now != ET_OK) status = now;
        for (int s = 0; s < STREAMS; s++) poll_all(et_tracker_group_get(g, (size_t)s), &c[s]);
    }
    return status;
}

static void a_tracker_on_the_gpu_answers_as_on_the_cpu(void **state)
{
    (void)state;
    et_model *model = small_model(3);
    curve here = alone(model, 1, "cpu"), there = alone(model, 1, "cuda");
    assert_true(cuda_on_host_calls("cudaGraphLaunch") > 30);
    same("tracker on the GPU", &here, &there);
    model_destroy(model);
}

static void group_on(const char *device, int failing_launch)
{
    et_model *model = small_model(2);
    et_tracker_options o = options(device);
    et_tracker_group *g;
    et_error error = {0};
    curve c[STREAMS] = {{0}};
    char what[64];
    cuda_on_host_reset();
    if (et_tracker_group_create(&g, model, &o, STREAMS, &error) != ET_OK) fail_msg("%s", error.message);
    if (failing_launch) cuda_on_host_fail("cudaGraphLaunch", failing_launch, cudaErrorECCUncorrectable, true);
    assert_int_equal(et_tracker_group_on_gpu(g), strcmp(device, "cpu") != 0);
    assert_int_equal(group_curves(g, c), ET_OK);
    if (failing_launch) assert_false(et_tracker_group_on_gpu(g));
    et_tracker_group_destroy(g);
    cuda_on_host_reset();
    for (int s = 0; s < STREAMS; s++) {
        curve expected = alone(model, s, "cpu");
        snprintf(what, sizeof what, "group on %s, failing launch %d, stream %d", device, failing_launch, s);
        same(what, &expected, &c[s]);
    }
    model_destroy(model);
}

static void groups_answer_as_single_trackers(void **state)
{
    (void)state;
    group_on("cpu", 0);
    group_on("cuda", 0);
}

static void auto_loses_no_frame_when_the_gpu_fails(void **state)
{
    (void)state;
    for (int launch = 1; launch < 20; launch += 5) group_on("auto", launch);
    assert_int_equal(cuda_on_host_allocated(), 0);
}

static void without_auto_a_failing_gpu_is_an_error(void **state)
{
    (void)state;
    et_model *model = small_model(1);
    et_tracker_options o = options("cuda");
    et_tracker_group *g;
    curve c[STREAMS] = {{0}};
    assert_int_equal(et_tracker_group_create(&g, model, &o, STREAMS, NULL), ET_OK);
    cuda_on_host_fail("cudaGraphLaunch", 8, cudaErrorLaunchFailure, true);
    assert_int_equal(group_curves(g, c), ET_ERROR_DEVICE);
    assert_true(isfinite(c[0].at[0].valence));
    assert_true(isnan(c[0].at[c[0].count - 1].valence));
    et_tracker_group_destroy(g);
    cuda_on_host_reset();
    model_destroy(model);
}

/* All members of an ensemble are begun before the first is waited for: where one wait fails, all were launched. */
static void members_work_at_a_time(void **state)
{
    (void)state;
    enum { MEMBERS = 3 };
    et_model *model = small_model(MEMBERS);
    et_tracker_options o = options("cuda");
    et_tracker_group *g;
    curve c[STREAMS] = {{0}};
    assert_int_equal(et_tracker_group_create(&g, model, &o, STREAMS, NULL), ET_OK);
    cuda_on_host_reset();
    cuda_on_host_fail("cudaStreamSynchronize", 1, cudaErrorLaunchFailure, false);
    assert_int_equal(group_curves(g, c), ET_ERROR_DEVICE);
    assert_true(cuda_on_host_calls("cudaGraphLaunch") > 0);
    assert_int_equal(cuda_on_host_calls("cudaGraphLaunch") % MEMBERS, 0);
    et_tracker_group_destroy(g);
    cuda_on_host_reset();
    model_destroy(model);
}

/* Creation with every single call failing in turn: "cuda" gives one sentence and keeps nothing, "auto" takes the CPU. */
static void every_call_of_the_creation_may_fail(void **state)
{
    (void)state;
    et_model *model = small_model(1);
    et_tracker_options on_gpu = options("cuda"), either = options("auto");
    et_tracker *t;
    cuda_on_host_reset();
    assert_int_equal(et_tracker_create(&t, model, &on_gpu, NULL), ET_OK);
    et_tracker_destroy(t);
    int calls = cuda_on_host_calls(NULL), failures = 0;
    for (int n = 1; n <= calls; n += n < 24 ? 1 : 17) {
        et_error error = {0};
        cuda_on_host_reset();
        cuda_on_host_fail(NULL, n, n % 2 ? cudaErrorMemoryAllocation : cudaErrorLaunchFailure, false);
        et_status status = et_tracker_create(&t, model, &on_gpu, &error);
        if (status == ET_OK) et_tracker_destroy(t);
        failures += status != ET_OK;
        if (status != ET_OK && strncmp(error.message, "cuda: ", 6) != 0) fail_msg("call %d: \"%s\"", n, error.message);
        if (cuda_on_host_allocated() != 0) fail_msg("call %d: %zu bytes are left on the GPU", n, cuda_on_host_allocated());
        cuda_on_host_reset();
        cuda_on_host_fail(NULL, n, cudaErrorLaunchFailure, true);
        assert_int_equal(et_tracker_create(&t, model, &either, NULL), ET_OK);
        et_tracker_destroy(t);
    }
    cuda_on_host_reset();
    assert_true(failures > 25);
    model_destroy(model);
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    et_model *model = small_model(1);
    et_tracker_options o = options("cuda");
    et_tracker *t;
    et_error error;
    cuda_on_host_devices(0);
    assert_int_equal(et_tracker_create(&t, model, &o, &error), ET_ERROR_UNSUPPORTED);
    assert_string_equal(error.message, "cuda: no NVIDIA GPU was found; use --device cpu");
    cuda_on_host_reset();
    cuda_on_host_fail("cudaGetDeviceCount", 1, cudaErrorInsufficientDriver, false);
    cuda_on_host_driver(12020);
    assert_int_equal(et_tracker_create(&t, model, &o, &error), ET_ERROR_UNSUPPORTED);
    assert_string_equal(error.message,
                        "cuda: the NVIDIA driver is for CUDA 12.2 and 13.0 is needed; update it or use --device cpu");
    cuda_on_host_reset();
    cuda_on_host_memory(((size_t)8 << 20) + 1000);
    assert_int_equal(et_tracker_create(&t, model, &o, &error), ET_ERROR_MEMORY);
    assert_non_null(strstr(error.message, "memory does not suffice"));
    cuda_on_host_reset();
    model_destroy(model);
}

static void answering_allocates_nothing(void **state)
{
    (void)state;
    network *net = some_network("dselfattention", 50);
    const network_config *s = network_configuration(net);
    float *row = some_rows(1, s->columns_in), out[2];
    int *places = calloc((size_t)s->window, sizeof *places), slot = 0;
    const backend *gpu;
    backend_session *answer;
    assert_int_equal(backend_load(&gpu, NULL), ET_OK);
    assert_int_equal(gpu->session->create(&answer, net, &(session_setting){.most = 1, .slots = 1}, NULL), ET_OK);
    cuda_on_host_reset();
    backend_call call = {1, row, &slot, 1, places, out};
    for (int i = 0; i < 3; i++) assert_int_equal(backend_session_run(gpu->session, answer, &call, NULL), ET_OK);
    assert_int_equal(cuda_on_host_calls("cudaMalloc") + cuda_on_host_calls("cudaMallocHost"), 0);
    assert_int_equal(cuda_on_host_calls("cudaGraphLaunch"), 3); /* one launch an answer */
    assert_int_equal(cuda_on_host_calls("cudaLaunchKernel"), 0);
    gpu->session->destroy(answer);
    network_destroy(net);
    free(row), free(places);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tracker_on_the_gpu_answers_as_on_the_cpu),
        cmocka_unit_test(groups_answer_as_single_trackers),
        cmocka_unit_test(auto_loses_no_frame_when_the_gpu_fails),
        cmocka_unit_test(without_auto_a_failing_gpu_is_an_error),
        cmocka_unit_test(members_work_at_a_time),
        cmocka_unit_test(every_call_of_the_creation_may_fail),
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(answering_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
