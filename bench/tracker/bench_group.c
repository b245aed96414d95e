/* What a stream of a group costs the host when ears and networks are on a GPU, stage by stage; beside it what the CPU needs
 * where there is none. Needs no GPU: the stages that a GPU takes over are not run, or run here.
 *
 *     bench_group SOUND MODEL.safetensors
 *
 * Processor time of one thread, 100 answers a second, as shares of a core for each stream. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "audio/sound_file.h"
#include "model/model_file.h"
#include "track/tracker.h"

enum { STREAMS = 4, SECONDS_MOST = 60, ROUNDS_A_SECOND = 4 };

typedef enum { PUSH, GATHER, UNDERSTAND, EAR, NETWORKS, STAGES } stage;
static const char *const names[STAGES] = {
    "push: sound, descriptors, harmony, the ear's mel bands (each stream's own thread)",
    "the ear's windows to the device's memory (the thread that answers)",
    "memory, rows to the networks (the thread that answers)",
    "the ear's layers, here",
    "networks, here",
};

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check(et_status status, const et_error *error)
{
    if (status == ET_OK) return;
    fprintf(stderr, "bench_group: %s\n", error->message);
    exit(1);
}

typedef struct group {
    ensemble *ensemble;
    et_tracker *tracker[STREAMS];
    float (*windows)[EAR_WINDOW][EAR_BANDS];
    double spent_s[STAGES];
} group;

static void answer(group *g)
{
    double begin = cpu_s();
    for (int s = 0; s < STREAMS; s++)
        for (int b = 0; b < ear_waiting(tracker_late_ear(g->tracker[s])); b++)
            ear_window(tracker_late_ear(g->tracker[s]), b, g->windows[s]);
    double gathered = cpu_s();
    for (int s = 0; s < STREAMS; s++)
        for (int b = 0; b < ear_waiting(tracker_late_ear(g->tracker[s])); b++)
            ear_hear(tracker_late_ear(g->tracker[s]), b, tracker_late_row(g->tracker[s], b));
    double heard = cpu_s();
    for (int s = 0; s < STREAMS; s++) tracker_late_understand(g->tracker[s]);
    double understood = cpu_s();
    ensemble_run(g->ensemble, NULL);
    g->spent_s[GATHER] += gathered - begin;
    g->spent_s[EAR] += heard - gathered;
    g->spent_s[UNDERSTAND] += understood - heard;
    g->spent_s[NETWORKS] += cpu_s() - understood;
}

static double play(group *g, sound_file *file)
{
    size_t block = (size_t)(sound_file_rate_hz(file) / ROUNDS_A_SECOND), got = 1;
    float *samples = malloc(block * sound_file_channels(file) * sizeof *samples);
    double played_s = 0;
    et_emotion unread;
    while (samples && got > 0 && played_s < SECONDS_MOST) {
        if (sound_file_read(file, samples, block, &got, NULL) != ET_OK) break;
        double begin = cpu_s();
        for (int s = 0; s < STREAMS; s++) et_tracker_push(g->tracker[s], samples, got);
        g->spent_s[PUSH] += cpu_s() - begin;
        answer(g);
        for (int s = 0; s < STREAMS; s++)
            while (et_tracker_poll(g->tracker[s], &unread)) continue;
        played_s += (double)got / sound_file_rate_hz(file);
    }
    free(samples);
    return played_s;
}

int main(int argc, char **argv)
{
    et_model *model;
    et_error error;
    sound_file *file;
    group g = {.windows = calloc(STREAMS, sizeof *g.windows)};
    if (argc != 3 || !g.windows) return fprintf(stderr, "bench_group SOUND MODEL\n"), 2;
    check(et_model_create(&model, argv[2], &error), &error);
    check(sound_file_open(&file, argv[1], NULL, &error), &error);
    et_tracker_options o = {.rate_hz = sound_file_rate_hz(file), .channels = sound_file_channels(file), .step_ms = 10};
    ensemble_options shared = {.stride = tracker_stride(model, &o), .streams = STREAMS, .ahead = TRACKER_AHEAD};
    check(ensemble_create(&g.ensemble, model, &shared, &error), &error);
    for (int s = 0; s < STREAMS; s++) check(tracker_create(&g.tracker[s], model, &o, g.ensemble, s, true, &error), &error);
    double played_s = play(&g, file) * STREAMS;
    for (int i = 0; i < STAGES; i++) printf("%-82s %6.3f%% of a core\n", names[i], 100 * g.spent_s[i] / played_s);
    for (int s = 0; s < STREAMS; s++) et_tracker_destroy(g.tracker[s]);
    ensemble_destroy(g.ensemble);
    sound_file_close(file);
    et_model_destroy(model);
    free(g.windows);
    return 0;
}
