/** Times a GPU: the latency of one stream, how many streams it carries, with and without the learned ear, training windows per
 *  second. Needs nothing but the build; says what is missing without a GPU. Before anything is timed the answers are compared
 *  with the CPU's.
 *
 *      bench_gpu [MOST_STREAMS [EAR.safetensors]] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../network_sizes.h"
#include "model/backend.h"

enum { RUNS = 1000, WARM_UP = 50, BATCH = 168, STEPS = 50 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void check(et_status status, const et_error *error)
{
    if (status == ET_OK) return;
    fprintf(stderr, "bench_gpu: %s\n", error->message);
    exit(1);
}

static void *room(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory) return memory;
    fprintf(stderr, "bench_gpu: no memory\n");
    exit(1);
}

static network *make(const network_config *config)
{
    network *net = NULL;
    et_error error = {0};
    check(network_create(&net, config, &error), &error);
    network_initialise(net, 1);
    network_refresh(net);
    return net;
}

static float *random_rows(size_t count)
{
    float *x = room(count, sizeof *x);
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) x[i] = (float)((state = state * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1;
    return x;
}

/* Streams that each bring a frame and ask for an answer; a stream has K slots. */
typedef struct work {
    backend_session *answer;
    backend_call call;
    float *rows, *out;
    int *slots, *windows;
} work;

static void work_open(work *w, const backend *gpu, const network *net, int streams)
{
    const network_config *s = network_configuration(net);
    et_error error = {0};
    w->rows = random_rows((size_t)streams * (size_t)s->columns_in);
    w->out = room((size_t)streams * 2, sizeof *w->out);
    w->slots = room((size_t)streams, sizeof *w->slots);
    w->windows = room((size_t)streams * (size_t)s->window, sizeof *w->windows);
    for (int n = 0; n < streams; n++) {
        w->slots[n] = n * s->window;
        for (int k = 0; k < s->window; k++) w->windows[n * s->window + k] = n * s->window + (k + 1) % s->window;
    }
    check(gpu->session->create(&w->answer, net, &(session_setting){.most = streams, .slots = streams * s->window}, &error),
          &error);
    w->call = (backend_call){streams, w->rows, w->slots, streams, w->windows, w->out};
}

static void work_close(work *w, const backend *gpu)
{
    gpu->session->destroy(w->answer);
    free(w->rows), free(w->out), free(w->slots), free(w->windows);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void time_streams(const backend *gpu, const network *net, const char *name, int streams)
{
    static double ms[RUNS];
    work w;
    et_error error = {0};
    int runs = streams > 256 ? RUNS / 5 : RUNS;
    work_open(&w, gpu, net, streams);
    for (int i = 0; i < WARM_UP; i++) check(backend_session_run(gpu->session, w.answer, &w.call, &error), &error);
    for (int i = 0; i < runs; i++) {
        double begin = now_ms();
        check(backend_session_run(gpu->session, w.answer, &w.call, &error), &error);
        ms[i] = now_ms() - begin;
    }
    qsort(ms, (size_t)runs, sizeof *ms, by_size);
    double p50 = ms[runs / 2], p99 = ms[runs * 99 / 100];
    printf("answers   %-8s %6d streams  p50 %8.3f ms  p99 %8.3f ms  %10.0f answers/s  %8.0f streams at 100/s\n", name,
           streams, p50, p99, 1e3 * streams / p50, 10.0 * streams / p99);
    work_close(&w, gpu);
}

/* The GPU's answers beside the CPU's. */
static void compare(const backend *gpu, const network *net)
{
    const network_config *s = network_configuration(net);
    work w;
    network_work *cpu;
    et_error error = {0};
    float *ring = room((size_t)s->window * network_slot_size(net), sizeof *ring), expected[2], worst = 0;
    const float **window = room((size_t)s->window, sizeof *window);
    work_open(&w, gpu, net, 1);
    check(network_work_create(&cpu, net, 1, &error), &error);
    float *rows = random_rows((size_t)s->window * (size_t)s->columns_in);
    for (int k = 0; k < s->window; k++) {
        backend_call frame = {.frames = 1, .rows = rows + k * s->columns_in, .frame_slot = &k};
        check(backend_session_run(gpu->session, w.answer, &frame, &error), &error);
        network_frame(net, cpu, rows + k * s->columns_in, ring + (size_t)k * network_slot_size(net));
    }
    for (int k = 0; k < s->window; k++) window[k] = ring + (size_t)w.windows[k] * network_slot_size(net);
    w.call.frames = 0;
    check(backend_session_run(gpu->session, w.answer, &w.call, &error), &error);
    network_windows(net, cpu, window, 1, expected);
    for (int r = 0; r < s->targets; r++) worst = fmaxf(worst, fabsf(expected[r] - w.out[r]));
    printf("compared  %-16s  answers differ from the CPU's by at most %.1e\n", s->network, (double)worst);
    if (!(worst < 1e-3f)) exit(1);
    network_work_destroy(cpu);
    work_close(&w, gpu);
    free(ring), free(window), free(rows);
}

/* Steps as training on labels makes them: rows on the device, windows that follow one another, the optimiser's part
 * included. */
static void time_training(const backend *gpu, network *net, const char *name, precision_kind precision, const char *what)
{
    const network_config *s = network_configuration(net);
    int frames = BATCH + s->window - 1, count;
    float *rows = random_rows((size_t)frames * (size_t)s->features), label[BATCH * 2] = {0};
    float *zero = room(network_parameter_count(net), sizeof *zero);
    int *places = room((size_t)BATCH * (size_t)s->window, sizeof *places), *chosen = room((size_t)frames, sizeof *chosen);
    step_result result[STEP_RESULTS_MOST];
    backend_training training = {.rule = {LOSS_MSE, {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip = 1}, precision},
                                 .most_frames = frames,
                                 .most_windows = BATCH,
                                 .rows = rows,
                                 .row_count = (size_t)frames};
    backend_trainer *trainer;
    et_error error = {0};
    double begin = 0;
    for (int i = 0; i < BATCH * s->window; i++) places[i] = i / s->window + i % s->window;
    for (int f = 0; f < frames; f++) chosen[f] = f;
    check(gpu->trainer->create(&trainer, net, &training, &error), &error);
    check(gpu->trainer->write(trainer, zero, zero, 0, &error), &error);
    network_batch batch = {.rows = rows,
                           .chosen = chosen,
                           .projected = true,
                           .frames = frames,
                           .window_frames = places,
                           .windows = BATCH,
                           .seed = 1};
    for (int step = -5; step < STEPS; step++, batch.seed++) {
        if (step == 0) check(gpu->trainer->results(trainer, result, &count, &error), &error);
        if (step == 0) begin = now_ms();
        check(gpu->trainer->step(trainer, &batch, label, 0.001, &error), &error);
    }
    check(gpu->trainer->results(trainer, result, &count, &error), &error);
    double ms = (now_ms() - begin) / STEPS;
    printf("training  %-8s %-8s %6d windows  %8.3f ms a step  %10.0f windows/s (frames shared; with the optimiser)\n", name,
           what, BATCH, ms, 1e3 * BATCH / ms);
    gpu->trainer->destroy(trainer);
    free(rows), free(zero), free(places), free(chosen);
}

static void time_sizes(const backend *gpu, network_config config, const char *name, int most)
{
    network *net = make(&config);
    for (int streams = 1; streams <= most; streams *= 4) time_streams(gpu, net, name, streams);
    time_training(gpu, net, name, PRECISION_FLOAT32, "float32");
    time_training(gpu, net, name, PRECISION_TF32, "tf32");
    time_training(gpu, net, name, PRECISION_BF16, "bf16");
    network_destroy(net);
}

/* Two windows a second of every stream. */
static void time_ear(const backend *gpu, const char *path, int streams)
{
    static double ms[RUNS];
    static float here[EAR_ROW];
    enum { EAR_RUNS = RUNS / 5, WINDOWS_A_SECOND = 2 };
    ear_weights *weights;
    backend_ear *there;
    ear *cpu;
    et_error error = {0};
    check(ear_weights_load(&weights, path, &error), &error);
    check(gpu->ear->create(&there, weights, streams, &error), &error);
    check(ear_create(&cpu, weights, 1, &error), &error);
    float *noise = random_rows((size_t)EAR_GRID * EAR_HOP), worst = 0;
    for (int hop = 0; hop < EAR_GRID; hop++) ear_push(cpu, noise + hop * EAR_HOP);
    for (int n = 0; n < there->most; n++) there->known[n] = ear_window(cpu, 0, there->windows[n]);
    for (int i = 0; i < WARM_UP; i++) check(gpu->ear->run(there, there->most, &error), &error);
    for (int i = 0; i < EAR_RUNS; i++) {
        double begin = now_ms();
        check(gpu->ear->run(there, there->most, &error), &error);
        ms[i] = now_ms() - begin;
    }
    ear_hear(cpu, 0, here);
    for (int c = 0; c < EAR_ROW; c++) worst = fmaxf(worst, fabsf(here[c] - there->rows[there->most - 1][c]));
    qsort(ms, EAR_RUNS, sizeof *ms, by_size);
    double p50 = ms[EAR_RUNS / 2];
    printf(
        "ear       %6d streams a call  p50 %8.3f ms  %10.0f windows/s  %8.0f streams; rows differ from the CPU's by %.1e\n",
        there->most, p50, 1e3 * there->most / p50, 1e3 * there->most / p50 / WINDOWS_A_SECOND, (double)worst);
    printf("          with the ear a second of a stream takes %.1f us more than its answers\n",
           1e3 * p50 / there->most * WINDOWS_A_SECOND);
    if (!(worst < 1e-3f)) exit(1);
    gpu->ear->destroy(there);
    ear_destroy(cpu);
    ear_weights_destroy(weights);
    free(noise);
}

int main(int argc, char **argv)
{
    const backend *gpu;
    et_error error = {0};
    char name[128];
    int most = argc > 1 ? atoi(argv[1]) : 16384;
    check(backend_load(&gpu, &error), &error);
    check(gpu->probe(name, sizeof name, &error), &error);
    printf("device    %s\n", name);
    for (const char *const *network_name = network_names(); *network_name; network_name++) {
        network_config config;
        network_defaults(&config, *network_name);
        network *net = make(&config);
        compare(gpu, net);
        network_destroy(net);
    }
    time_sizes(gpu, seed_size(), "seed", most);
    time_sizes(gpu, bundled_size(), "bundled", most);
    for (int streams = 1; argc > 2 && streams <= 256; streams *= 16) time_ear(gpu, argv[2], streams);
    return 0;
}
