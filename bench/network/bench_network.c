/** Times the networks: an answer, the windows of a file, training. One line each: what, milliseconds or windows per second.
 *
 *      bench_network [--reference] [--threads N] [--cpu] [--only answers|training|recipe|networks]        tables for the
 *  seed-size network and the bundled recipe's bench_network --write MODEL ROWS OUT       a seed-size model, its input and its
 *  answers, for peers.py */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../network_sizes.h"
#include "model/model_file.h"
#include "model/network_internal.h"

/* Time by the clock on the wall; with --cpu, this process's own (one thread, on a machine that others use too). */
static clockid_t clock_used = CLOCK_MONOTONIC;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(clock_used, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check(et_status status, const et_error *error)
{
    if (status == ET_OK) return;
    fprintf(stderr, "bench_network: %s\n", error->message);
    exit(1);
}

static network *make(const network_config *config, bool reference)
{
    network *net = NULL;
    et_error error = {0};
    check(network_create(&net, config, &error), &error);
    check(network_choose_kernels(net, reference, &error), &error);
    network_initialise(net, 1);
    return net;
}

static float *random_rows(size_t count)
{
    float *rows = malloc(count * sizeof *rows);
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        rows[i] = (float)(state >> 8) / 8388608.0f - 1;
    }
    return rows;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum { ROUNDS = 300, FILE_WINDOWS = 168 };

/* Frames of a file: windows slide over FILE_WINDOWS + K - 1 frames. */
static void bench_answers(const char *name, const network_config *config, bool reference)
{
    network *net = make(config, reference);
    network_work *work = NULL;
    et_error error = {0};
    check(network_work_create(&work, net, FILE_WINDOWS, &error), &error);
    int steps = config->window, frames = FILE_WINDOWS + steps - 1, rounds = reference ? 20 : ROUNDS;
    size_t size = network_slot_size(net);
    float *rows = random_rows((size_t)frames * (size_t)config->columns_in),
          *slots = malloc((size_t)frames * size * sizeof *slots);
    const float **place = malloc(FILE_WINDOWS * (size_t)steps * sizeof *place), out[2 * FILE_WINDOWS];
    for (int i = 0; i < FILE_WINDOWS * steps; i++) place[i] = slots + (size_t)(i / steps + i % steps) * size;
    double frame_s[ROUNDS], window_s[ROUNDS], file_s[20];
    for (int f = 0; f < frames; f++)
        network_frame(net, work, rows + (size_t)f * (size_t)config->columns_in, slots + (size_t)f * size);
    for (int r = 0; r < rounds; r++) {
        double start = now_s();
        network_frame(net, work, rows, slots);
        frame_s[r] = now_s() - start;
    }
    for (int r = 0; r < rounds; r++) {
        double start = now_s();
        network_windows(net, work, place, 1, (float *)out);
        window_s[r] = now_s() - start;
    }
    for (int r = 0; r < 20 && !(reference && r > 2); r++) {
        double start = now_s();
        for (int f = 0; f < frames; f++)
            network_frame(net, work, rows + (size_t)f * (size_t)config->columns_in, slots + (size_t)f * size);
        network_windows(net, work, place, FILE_WINDOWS, (float *)out);
        file_s[r] = now_s() - start;
    }
    qsort(frame_s, (size_t)rounds, sizeof *frame_s, by_size);
    qsort(window_s, (size_t)rounds, sizeof *window_s, by_size);
    qsort(file_s, reference ? 3 : 20, sizeof *file_s, by_size);
    printf("%s: one answer, frames cached       %8.4f ms\n", name, 1e3 * window_s[rounds / 2]);
    printf("%s: one frame's part                %8.4f ms\n", name, 1e3 * frame_s[rounds / 2]);
    printf("%s: windows of a file, each         %8.4f ms\n", name, 1e3 * file_s[reference ? 1 : 10] / FILE_WINDOWS);
    network_work_destroy(work);
    network_destroy(net);
    free(rows);
    free(slots);
    free(place);
}

/* Training steps; `shared`: windows slide over one file, else each has frames of its own. */
static void bench_training(const char *name, const network_config *config, int windows, bool shared, int threads,
                           bool reference)
{
    network *net = make(config, reference);
    int steps = config->window, frames = shared ? windows + steps - 1 : windows * steps, rounds = reference ? 1 : 10;
    network_trainer *trainer = NULL;
    et_error error = {0};
    check(network_trainer_create(&trainer, net, frames, windows, threads, &error), &error);
    float *rows = random_rows((size_t)frames * (size_t)config->features);
    float *out = calloc(2 * (size_t)windows, sizeof *out),
          *gradients = malloc(network_parameter_count(net) * sizeof *gradients);
    int *places = malloc((size_t)windows * (size_t)steps * sizeof *places);
    for (int i = 0; i < windows * steps; i++) places[i] = shared ? i / steps + i % steps : i;
    network_batch batch = {.rows = rows, .projected = true, .frames = frames, .window_frames = places, .windows = windows};
    double start = 0, forward = 0, refresh = 0;
    for (int r = -1; r < rounds; r++) {
        if (r == 0) start = now_s(), forward = refresh = 0;
        double begin = now_s();
        network_trainer_forward(trainer, &batch, out);
        forward += now_s() - begin;
        network_trainer_backward(trainer, out, gradients);
        begin = now_s();
        network_refresh(net);
        refresh += now_s() - begin;
    }
    double seconds = (now_s() - start) / rounds;
    printf("%s: training, %d thread%s, %s  %8.1f windows/s  (step %.2f ms: forward %.2f, refresh %.2f)\n", name, threads,
           threads == 1 ? " " : "s", shared ? "shared frames" : "own frames   ", windows / seconds, 1e3 * seconds,
           1e3 * forward / rounds, 1e3 * refresh / rounds);
    network_trainer_destroy(trainer);
    network_destroy(net);
    free(rows);
    free(out);
    free(gradients);
    free(places);
}

static int write_for_peers(const char *model_path, const char *rows_path, const char *out_path)
{
    network_config config = seed_size();
    et_model *model = NULL;
    et_error error = {0};
    check(model_create(&model, &config, 1, &error), &error);
    network *net = model->member[0];
    network_initialise(net, 1);
    strcpy(model->name, "bench");
    check(model_save(model, model_path, &error), &error);
    network_work *work = NULL;
    check(network_work_create(&work, net, FILE_WINDOWS, &error), &error);
    int steps = config.window, frames = FILE_WINDOWS + steps - 1;
    size_t size = network_slot_size(net), columns = (size_t)config.columns_in;
    float *rows = random_rows((size_t)frames * columns), *slots = malloc((size_t)frames * size * sizeof *slots),
          out[2 * FILE_WINDOWS];
    const float **place = malloc(FILE_WINDOWS * (size_t)steps * sizeof *place);
    for (int f = 0; f < frames; f++) network_frame(net, work, rows + (size_t)f * columns, slots + (size_t)f * size);
    for (int i = 0; i < FILE_WINDOWS * steps; i++) place[i] = slots + (size_t)(i / steps + i % steps) * size;
    network_windows(net, work, place, FILE_WINDOWS, out);
    FILE *file = fopen(rows_path, "wb");
    bool good =
        file && fwrite(rows, sizeof *rows, (size_t)frames * columns, file) == (size_t)frames * columns && fclose(file) == 0;
    file = fopen(out_path, "wb");
    good = good && file && fwrite(out, sizeof *out, 2 * FILE_WINDOWS, file) == 2 * FILE_WINDOWS && fclose(file) == 0;
    free(place);
    free(slots);
    free(rows);
    network_work_destroy(work);
    model_destroy(model);
    return good ? 0 : 1;
}

int main(int count, char **argument)
{
    bool reference = false;
    int threads = 2;
    const char *only = "";
    if (count == 5 && strcmp(argument[1], "--write") == 0) return write_for_peers(argument[2], argument[3], argument[4]);
    for (int i = 1; i < count; i++) {
        if (strcmp(argument[i], "--reference") == 0) reference = true;
        if (strcmp(argument[i], "--cpu") == 0) clock_used = CLOCK_PROCESS_CPUTIME_ID;
        if (strcmp(argument[i], "--only") == 0 && i + 1 < count) only = argument[i + 1];
        if (strcmp(argument[i], "--threads") == 0 && i + 1 < count) threads = atoi(argument[i + 1]);
    }
    network_config seed = seed_size(), recipe = bundled_size();
    if (strcmp(only, "networks") == 0) {
        for (int n = 0; network_names()[n]; n++) {
            network_config config = recipe;
            snprintf(config.network, sizeof config.network, "%s", network_names()[n]);
            bench_answers(config.network, &config, reference);
            bench_training(config.network, &config, 192, false, threads, reference);
        }
        return 0;
    }
    bool answers = strcmp(only, "training") != 0 && strcmp(only, "recipe") != 0, training = strcmp(only, "answers") != 0;
    if (answers) {
        bench_answers("seed size ", &seed, reference);
        bench_answers("recipe's  ", &recipe, reference);
    }
    for (int t = 1; training && t <= threads; t++) {
        if (strcmp(only, "recipe") != 0) bench_training("seed size ", &seed, FILE_WINDOWS, true, t, reference);
        bench_training("recipe's  ", &recipe, 192, false, t, reference);
    }
    return 0;
}
