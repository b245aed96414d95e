/* Time of the learned ear on one thread, live, on whole files and by stage: bench_ear EAR SOUND [REPEATS]
 * EAR is models/ear.safetensors. Sound must have 44.1 kHz; it is decoded first and not counted. Of the repeats the fastest
 * counts, in time of the processor. */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/processor.h"
#include "base/read_file.h"
#include "features/ear.h"
#include "features/ear_network.h"
#include "features/ear_resampler.h"

enum { BATCH = 128 /* frames at once on whole files */ };

typedef struct bench {
    ear_weights *weights;
    size_t hops, frames;
    float *sound, *at_16k, *x; /* 44.1 kHz; 16 kHz, half a frame of zeros before; rows of 96 */
    ear_resampler *resampler;
    ear_mel *mel;
    ear_network *live, *whole;
    ear *ear;
} bench;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* what others do on the machine does not count */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int load(bench *b, const char *path)
{
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (file == NULL || info.samplerate != 44100) {
        fprintf(stderr, "bench_ear: %s: %s\n", path, file ? "not at 44.1 kHz" : sf_strerror(NULL));
        return 0;
    }
    size_t channels = (size_t)info.channels, count = (size_t)info.frames;
    float *all = calloc(count * channels + EAR_HOP, sizeof *all);
    count = (size_t)sf_readf_float(file, all, (sf_count_t)count);
    sf_close(file);
    for (size_t i = 0; i < count; i++) {
        float sum = 0.0f;
        for (size_t c = 0; c < channels; c++) sum += all[i * channels + c];
        all[i] = sum / (float)channels;
    }
    b->sound = all;
    b->hops = count / EAR_HOP;
    b->frames = b->hops * EAR_RESAMPLER_OUT / EAR_FRAME_HOP;
    return b->frames > 0;
}

static void prepare(bench *b)
{
    b->at_16k = calloc(b->hops * EAR_RESAMPLER_OUT + 2 * EAR_FRAME, sizeof(float));
    b->x = calloc(b->frames * EAR_BANDS, sizeof(float));
    b->resampler = ear_resampler_create();
    b->mel = ear_mel_create();
    b->live = ear_network_create(b->weights, 32);
    b->whole = ear_network_create(b->weights, BATCH);
    ear_create(&b->ear, b->weights, 0, NULL);
}

static void resample(bench *b)
{
    ear_resampler_reset(b->resampler);
    for (size_t h = 0; h < b->hops; h++)
        ear_resampler_hop(b->resampler, b->sound + h * EAR_HOP, b->at_16k + EAR_FRAME_HOP + h * EAR_RESAMPLER_OUT);
}

static void bands(bench *b)
{
    ear_level level = {0};
    for (size_t f = 0; f < b->frames; f++) {
        float power[EAR_BANDS], gain = ear_level_gain(&level, b->at_16k + (f + 1) * EAR_FRAME_HOP);
        ear_mel_power(b->mel, b->at_16k + f * EAR_FRAME_HOP, power);
        ear_mel_logarithm(power, gain, b->x + f * EAR_BANDS);
    }
}

static void network_live(bench *b)
{
    ear_network_reset(b->live);
    for (size_t f = 0; f + 32 <= b->frames; f += 31) ear_network_push(b->live, b->x + f * EAR_BANDS, 31, true);
}

static void network_whole(bench *b)
{
    ear_network_reset(b->whole);
    for (size_t f = 0; f < b->frames; f += BATCH) {
        size_t count = b->frames - f < BATCH ? b->frames - f : BATCH;
        ear_network_push(b->whole, b->x + f * EAR_BANDS, (int)count, f + count == b->frames);
    }
}

static void whole(bench *b)
{
    resample(b);
    bands(b);
    network_whole(b);
}

static void live(bench *b)
{
    float row[EAR_ROW];
    ear_reset(b->ear);
    for (size_t h = 0; h < b->hops; h++) {
        ear_push(b->ear, b->sound + h * EAR_HOP);
        ear_row(b->ear, row);
    }
}

static void print_stages(bench *b, int repeats)
{
    static const struct {
        const char *name;
        void (*run)(bench *);
    } stages[] = {
        {"44.1 kHz to 16 kHz", resample},     {"mel bands, logarithm", bands}, {"network, whole file", network_whole},
        {"network, live rows", network_live}, {"all, whole file", whole},      {"all, live rows", live}};
    double seconds = (double)b->hops * 0.01;
    printf("%.1f s of sound\n", seconds);
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        double best = INFINITY;
        for (int r = 0; r < repeats; r++) {
            double start = now_s();
            stages[i].run(b);
            best = fmin(best, now_s() - start);
        }
        printf("%-22s %7.2f us a frame, %6.3f%% of a core, %6.0f times real time\n", stages[i].name,
               best / (double)b->frames * 1e6, 100 * best / seconds, seconds / best);
    }
}

/* The slowest rows come at once: what a sound card must wait for. */
static void print_slowest_hop(bench *b)
{
    double worst = 0, sum = 0;
    int grids = 0;
    ear_reset(b->ear);
    for (size_t h = 0; h < b->hops; h++) {
        double start = now_s();
        ear_push(b->ear, b->sound + h * EAR_HOP);
        double took = now_s() - start;
        worst = fmax(worst, took);
        if ((h + 1) % EAR_GRID == 0) sum += took, grids++;
    }
    printf("hop of a row           %7.3f ms (mean), %.3f ms (longest of all hops)\n", 1e3 * sum / grids, 1e3 * worst);
}

int main(int count, char **arguments)
{
    bench b = {0};
    et_error error;
    if (count < 3 || !load(&b, arguments[2])) return 2;
    unsigned char *bytes = NULL;
    size_t size = 0;
    if (read_file(arguments[1], (size_t)1 << 24, &bytes, &size, &error) != ET_OK) {
        fprintf(stderr, "bench_ear: %s\n", error.message);
        return 2;
    }
    for (int level = PROCESSOR_LEVELS - 1; level >= 0; level--) {
        static const char *const names[] = {"baseline", "AVX2", "AVX-512"};
        if (!ear_kernels_of(level)) continue;
        if (ear_weights_parse_for(&b.weights, ear_kernels_of(level), bytes, size, arguments[1], &error) != ET_OK) {
            fprintf(stderr, "bench_ear: %s\n", error.message);
            return 2;
        }
        prepare(&b);
        printf("%s, ", names[level]);
        print_stages(&b, count > 3 ? atoi(arguments[3]) : 5);
        print_slowest_hop(&b);
    }
    return 0; /* the operating system takes the memory back */
}
