/* Speed of the whole: sound to emotion on one core.
 *
 *     bench_tracker SOUND [MODEL.safetensors]     mono or not, any rate; at least 20 s
 *     bench_tracker --day SOUND [MODEL]           24 h of it: resident size and time per answer, hour by hour
 *
 * Shares of a core are processor time, so that other programs on the machine do not count; times of single hops are taken on
 * the wall and do. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audio/sound_file.h"
#include "model/model_file.h"

enum { HOPS_MOST = 6000, HOURS = 24 };

typedef struct sound {
    float *samples;
    size_t frames;
    unsigned channels;
    double rate_hz;
} sound;

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void give_up(const char *message)
{
    fprintf(stderr, "bench_tracker: %s\n", message);
    exit(1);
}

static sound read_sound(const char *path)
{
    sound_file *file;
    et_error error;
    size_t got = 1;
    if (sound_file_open(&file, path, NULL, &error) != ET_OK) give_up(error.message);
    sound s = {.channels = sound_file_channels(file), .rate_hz = sound_file_rate_hz(file)};
    size_t room = (size_t)(s.rate_hz * HOPS_MOST / 100);
    s.samples = malloc(sizeof(float) * room * s.channels);
    while (got > 0 && s.frames < room) {
        if (sound_file_read(file, s.samples + s.frames * s.channels, room - s.frames, &got, &error) != ET_OK) break;
        s.frames += got;
    }
    sound_file_close(file);
    return s;
}

/* The mission's network with random weights: speed does not depend on them. */
static et_model *random_model(const char *name, int columns, int features, int channels, int hidden, int window)
{
    network_config config;
    et_model *model;
    et_error error;
    network_defaults(&config, "dselfattention");
    config.columns_in = 260;
    config.columns = columns;
    config.features = features;
    config.projection = config.relative = true;
    config.channels = channels;
    config.hidden = hidden;
    config.window = window;
    if (model_create(&model, &config, 1, &error) != ET_OK) give_up(error.message);
    network_initialise(model->member[0], 1);
    network_refresh(model->member[0]);
    snprintf(model->name, sizeof model->name, "%s", name);
    model->memory = (memory_constants){.time_constant_s = 12, .change_window_s = 4, .threshold = 1.5, .silence_reset_s = 2};
    model->pitch_lag_frames = 10;
    return model;
}

static et_tracker *tracker_of(const et_model *model, const sound *s, unsigned step_ms)
{
    et_tracker *tracker;
    et_error error;
    et_tracker_options options = {.rate_hz = s->rate_hz, .channels = s->channels, .step_ms = step_ms};
    if (et_tracker_create(&tracker, model, &options, &error) != ET_OK) give_up(error.message);
    return tracker;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* As a microphone gives it: a hop at a time, an answer each. */
static void bench_live(const et_model *model, const sound *s)
{
    static double took[HOPS_MOST];
    et_tracker *tracker = tracker_of(model, s, 10);
    et_emotion emotion;
    size_t hop = (size_t)(s->rate_hz / 100), hops = s->frames / hop, answers = 0;
    double began = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < hops; i++) {
        double before = seconds(CLOCK_MONOTONIC);
        et_tracker_push(tracker, s->samples + i * hop * s->channels, hop);
        while (et_tracker_poll(tracker, &emotion)) answers++;
        took[i] = seconds(CLOCK_MONOTONIC) - before;
    }
    double share = (seconds(CLOCK_PROCESS_CPUTIME_ID) - began) / ((double)hops / 100);
    qsort(took, hops, sizeof *took, ascending);
    printf(
        "%-24s 100 answers/s: %5.2f%% of a core; a hop takes %.3f ms (median), %.3f (p99), %.3f (most); look-ahead %.0f ms, "
        "%zu answers\n",
        et_model_name(model), 100 * share, 1e3 * took[hops / 2], 1e3 * took[hops * 99 / 100], 1e3 * took[hops - 1],
        1e3 * et_tracker_look_ahead_s(tracker), answers);
    et_tracker_destroy(tracker);
}

/* As annotate does it. */
static void bench_grid(const et_model *model, const sound *s)
{
    et_tracker *tracker = tracker_of(model, s, 500);
    et_emotion emotion;
    double began = seconds(CLOCK_PROCESS_CPUTIME_ID), sum = 0;
    for (size_t at = 0, now; at < s->frames; at += now) {
        now = s->frames - at < 4096 ? s->frames - at : 4096;
        et_tracker_push(tracker, s->samples + at * s->channels, now);
        while (et_tracker_poll(tracker, &emotion)) sum += (double)emotion.valence;
    }
    double took = seconds(CLOCK_PROCESS_CPUTIME_ID) - began;
    printf("%-24s 0.5 s grid: %.0f times real time (decoding not counted; checksum %.6f)\n", et_model_name(model),
           (double)s->frames / s->rate_hz / took, sum);
    et_tracker_destroy(tracker);
}

static double resident_mb(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%ld %ld", &pages, &resident) != 2) resident = 0;
    if (f) fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static void bench_day(const et_model *model, const sound *s)
{
    et_tracker *tracker = tracker_of(model, s, 10);
    et_emotion emotion;
    size_t hop = (size_t)(s->rate_hz / 100), hops = s->frames / hop, i = 0;
    long answers = 0;
    for (int hour = 1; hour <= HOURS; hour++) {
        double began = seconds(CLOCK_PROCESS_CPUTIME_ID);
        long before = answers;
        for (int n = 0; n < 360000; n++, i = (i + 1) % hops) {
            et_tracker_push(tracker, s->samples + i * hop * s->channels, hop);
            while (et_tracker_poll(tracker, &emotion)) answers++;
        }
        printf("hour %2d: %.1f us an answer, %.2f MB resident, %ld answers, at %.2f s valence %.6f\n", hour,
               1e6 * (seconds(CLOCK_PROCESS_CPUTIME_ID) - began) / (double)(answers - before), resident_mb(), answers,
               emotion.time_s, (double)emotion.valence);
        fflush(stdout);
    }
    et_tracker_destroy(tracker);
}

int main(int argc, char **argv)
{
    bool day = argc > 1 && strcmp(argv[1], "--day") == 0;
    et_error error;
    argc -= day;
    argv += day;
    if (argc < 2) give_up("usage: bench_tracker [--day] SOUND [MODEL.safetensors]");
    sound s = read_sound(argv[1]);
    if (s.frames < (size_t)(20 * s.rate_hz)) give_up("the sound must last 20 s");
    et_model *seed = random_model("seed size", 248, 64, 20, 100, 26);
    et_model *bundled = NULL;
    if (argc < 3)
        bundled = random_model("bundled size (random)", 72, 60, 6, 24, 8);
    else if (et_model_create(&bundled, argv[2], &error) != ET_OK)
        give_up(error.message);
    if (day) {
        bench_day(bundled, &s);
    } else {
        bench_live(seed, &s);
        bench_live(bundled, &s);
        bench_grid(bundled, &s);
    }
    free(s.samples);
    et_model_destroy(seed);
    et_model_destroy(bundled);
    return 0;
}
