/* The learned ear on the GPU (emulated where there is none): the rows of the CPU's ear, for windows of many streams. */
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

enum { STREAMS = 2, AHEAD = 8, LONGEST = 8 };

static ear_weights *weights;
static const backend *gpu;

static int open_all(void **state)
{
    (void)state;
    et_error error;
    if (ear_weights_load(&weights, EAR_FILE, &error) != ET_OK) fail_msg("%s", error.message);
    return backend_load(&gpu, &error) != ET_OK;
}

static int close_all(void **state)
{
    (void)state;
    ear_weights_destroy(weights);
    return 0;
}

/* Chords that change, under noise, of its own for every stream. */
static void hear_half_second(ear *e, int stream, int part)
{
    uint32_t noise = (uint32_t)(stream * 100 + part + 1) * 2654435761u;
    for (int hop = 0; hop < EAR_GRID; hop++) {
        float samples[EAR_HOP];
        for (int i = 0; i < EAR_HOP; i++) {
            double t = part * 0.5 + hop * 0.01 + i / 44100.0, hz = 110 * (1 + stream) * pow(2, (part / 2) % 5 / 12.0);
            noise = noise * 1664525u + 1013904223u;
            samples[i] = (float)(0.2 * sin(6.2831853 * hz * t) + 0.1 * sin(6.2831853 * 2.5 * hz * t) * (sin(9 * t) > 0) +
                                 0.05 * ((double)(noise >> 8) / 8388608.0 - 1));
        }
        ear_push(e, samples);
    }
}

static ear *ear_after(int stream, int parts)
{
    ear *e = NULL;
    assert_int_equal(ear_create(&e, weights, AHEAD, NULL), ET_OK);
    for (int part = 0; part < parts; part++) hear_half_second(e, stream, part);
    return e;
}

static void assert_rows(const backend_ear *there, ear *const *here, int streams, int batch)
{
    for (int s = 0; s < streams; s++) {
        float expected[EAR_ROW];
        ear_hear(here[s], batch, expected);
        for (int c = 0; c < EAR_ROW; c++)
            if (!(fabsf(there->rows[s][c] - expected[c]) < 1e-4f))
                fail_msg("stream %d, half second %d, column %d: %g, on the CPU %g", s, batch, c, (double)there->rows[s][c],
                         (double)expected[c]);
    }
}

/* From the first half second, which is all tail, to one whose window has forgotten the start. */
static void rows_are_those_of_the_cpu(void **state)
{
    (void)state;
    backend_ear *there;
    ear *here[STREAMS];
    assert_int_equal(gpu->ear->create(&there, weights, STREAMS, NULL), ET_OK);
    for (int s = 0; s < STREAMS; s++) here[s] = ear_after(s, LONGEST);
    for (int batch = 0; batch < LONGEST; batch += batch < 2 ? 2 : 5) {
        for (int s = 0; s < STREAMS; s++) there->known[s] = ear_window(here[s], batch, there->windows[s]);
        assert_int_equal(gpu->ear->run(there, STREAMS, NULL), ET_OK);
        assert_rows(there, here, STREAMS, batch);
    }
    for (int s = 0; s < STREAMS; s++) ear_destroy(here[s]);
    gpu->ear->destroy(there);
    assert_int_equal(cuda_on_host_allocated(), 0);
}

/* A call of fewer streams than the last, each at another place of its sound: nothing of the last call shows. */
static void a_call_leaves_nothing_behind(void **state)
{
    (void)state;
    backend_ear *there;
    ear *all[STREAMS], *late, *early;
    assert_int_equal(gpu->ear->create(&there, weights, STREAMS, NULL), ET_OK);
    for (int s = 0; s < STREAMS; s++) all[s] = ear_after(s, LONGEST);
    for (int s = 0; s < STREAMS; s++) there->known[s] = ear_window(all[s], LONGEST - 1, there->windows[s]);
    assert_int_equal(gpu->ear->run(there, STREAMS, NULL), ET_OK);
    late = ear_after(0, 6), early = ear_after(1, 1);
    float expected[2][EAR_ROW];
    there->known[0] = ear_window(early, 0, there->windows[0]);
    there->known[1] = ear_window(late, 5, there->windows[1]);
    ear_hear(early, 0, expected[0]);
    ear_hear(late, 5, expected[1]);
    assert_int_equal(gpu->ear->run(there, 2, NULL), ET_OK);
    for (int s = 0; s < 2; s++)
        for (int c = 0; c < EAR_ROW; c++) assert_true(fabsf(there->rows[s][c] - expected[s][c]) < 1e-4f);
    for (int s = 0; s < STREAMS; s++) ear_destroy(all[s]);
    ear_destroy(early), ear_destroy(late);
    gpu->ear->destroy(there);
}

static void hearing_allocates_nothing(void **state)
{
    (void)state;
    backend_ear *there;
    ear *here = ear_after(0, 1);
    assert_int_equal(gpu->ear->create(&there, weights, 1000, NULL), ET_OK);
    assert_in_range(there->most, 32, 1000);
    there->known[0] = ear_window(here, 0, there->windows[0]);
    cuda_on_host_reset();
    assert_int_equal(gpu->ear->run(there, 1, NULL), ET_OK);
    assert_int_equal(cuda_on_host_calls("cudaMalloc") + cuda_on_host_calls("cudaMallocHost"), 0);
    assert_int_equal(cuda_on_host_calls("cudnnConvolutionForward"), 8);
    assert_int_equal(gpu->ear->run(there, there->most + 1, NULL), ET_ERROR_ARGUMENT);
    ear_destroy(here);
    gpu->ear->destroy(there);
}

static void every_call_may_fail(void **state)
{
    (void)state;
    backend_ear *there;
    et_error error;
    cuda_on_host_reset();
    assert_int_equal(gpu->ear->create(&there, weights, 1, NULL), ET_OK);
    gpu->ear->destroy(there);
    int calls = cuda_on_host_calls(NULL), failures = 0;
    for (int n = 1; n <= calls; n++) {
        cuda_on_host_reset();
        cuda_on_host_fail(NULL, n, cudaErrorLaunchFailure, false);
        et_status status = gpu->ear->create(&there, weights, 1, &error);
        if (status == ET_OK) gpu->ear->destroy(there);
        failures += status != ET_OK;
        if (status != ET_OK && strncmp(error.message, "cuda: ", 6) != 0) fail_msg("call %d: \"%s\"", n, error.message);
        if (cuda_on_host_allocated() != 0) fail_msg("call %d: %zu bytes are left", n, cuda_on_host_allocated());
    }
    cuda_on_host_reset();
    assert_true(failures > 40);
    assert_int_equal(gpu->ear->create(&there, weights, 1, NULL), ET_OK);
    there->known[0] = 1;
    memset(there->windows[0], 0, sizeof there->windows[0]);
    cuda_on_host_fail("cudnnConvolutionForward", 8, 1, false);
    assert_int_equal(gpu->ear->run(there, 1, &error), ET_ERROR_DEVICE);
    assert_non_null(strstr(error.message, "cuDNN"));
    gpu->ear->destroy(there);
    cuda_on_host_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_those_of_the_cpu),
        cmocka_unit_test(a_call_leaves_nothing_behind),
        cmocka_unit_test(hearing_allocates_nothing),
        cmocka_unit_test(every_call_may_fail),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
