/* Time of the descriptors on one thread, whole and by stage: bench_features SOUND [REPEATS] [--only-whole]
 * Sound is decoded first and not counted. Of the repeats the fastest counts. */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "features/auditory.h"
#include "features/contours.h"
#include "features/descriptors.h"
#include "features/energy.h"
#include "features/fft.h"
#include "features/functionals.h"
#include "features/lanes_alloc.h"
#include "features/mfcc.h"
#include "features/pitch.h"
#include "features/pitch_path.h"
#include "features/spectral.h"
#include "features/voice_quality.h"

typedef struct bench {
    double rate_hz;
    size_t count, frames, hop, short_frame, long_frame;
    float *sound;

    fft *spectrum;
    float *magnitude, *power; /* of one frame: stages after the transform see the same spectrum */
    mel *bank;
    float band[MEL_ROOM];
    auditory auditory;
    mfcc mfcc;
    spectral *spectral;
    pitch *pitch;
    pitch_path path;
    pitch_candidates *candidates; /* of all frames */
    pitch_decision *decisions;
    voice_quality *voice;
    contours contours;
    functionals *functionals;
    descriptor_row row;
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
    if (file == NULL) {
        fprintf(stderr, "bench_features: %s: %s\n", path, sf_strerror(NULL));
        return 0;
    }
    size_t channels = (size_t)info.channels, room = 1 << 22, got;
    float *all = malloc(room * channels * sizeof *all);
    while ((got = (size_t)sf_readf_float(file, all + b->count * channels, (sf_count_t)(room - b->count))) > 0) {
        b->count += got;
        if (b->count == room) all = realloc(all, (room *= 2) * channels * sizeof *all);
    }
    sf_close(file);
    for (size_t i = 0; i < b->count; i++) {
        float sum = 0.0f;
        for (size_t c = 0; c < channels; c++) sum += all[i * channels + c];
        all[i] = sum / (float)channels;
    }
    b->sound = all;
    b->rate_hz = info.samplerate;
    return b->count > 0;
}

static void prepare(bench *b)
{
    b->hop = (size_t)round(0.01 * b->rate_hz);
    b->short_frame = (size_t)round(0.02 * b->rate_hz);
    b->long_frame = (size_t)round(0.06 * b->rate_hz);
    b->frames = (b->count - b->long_frame) / b->hop + 1;
    size_t size = fft_size(b->short_frame);
    b->spectrum = fft_create(size);
    b->magnitude = lanes_alloc(size / 2 + 1, sizeof(float));
    b->power = lanes_alloc(size / 2 + 1, sizeof(float));
    b->bank = mel_create(b->rate_hz, size);
    auditory_init(&b->auditory, b->bank, false);
    mfcc_init(&b->mfcc);
    b->spectral = spectral_create(b->rate_hz, size);
    b->pitch = pitch_create(b->rate_hz, b->long_frame);
    b->candidates = calloc(b->frames, sizeof *b->candidates);
    b->decisions = calloc(b->frames, sizeof *b->decisions);
    b->voice = voice_quality_create(b->rate_hz, b->hop, b->long_frame);
    contours_init(&b->contours, VOICING_DELTA_SANE);
    functionals_create(&b->functionals, NULL);
}

/* Stages; each is called for every frame in turn. */
static void short_transform(bench *b, size_t n)
{
    memcpy(fft_input(b->spectrum), b->sound + n * b->hop, b->short_frame * sizeof(float));
    fft_magnitude(b->spectrum, b->magnitude);
    size_t bins = fft_size(b->short_frame) / 2 + 1;
    for (size_t k = 0; k < bins; k++) b->power[k] = b->magnitude[k] * b->magnitude[k];
}

static void bands(bench *b, size_t n)
{
    (void)n;
    float cepstrum[MFCC_ROOM];
    auditory_values heard;
    mel_filter(b->bank, b->power, b->band);
    auditory_frame(&b->auditory, b->band, &heard);
    mfcc_frame(&b->mfcc, b->band, cepstrum);
}

static void shape(bench *b, size_t n)
{
    (void)n;
    float out[SPECTRAL_COUNT];
    spectral_frame(b->spectral, b->magnitude, b->power, out);
}

static void energies(bench *b, size_t n)
{
    volatile float keep = energy_rms(b->sound + n * b->hop, b->short_frame);
    keep = energy_zero_crossings(b->sound + n * b->hop, b->long_frame);
    (void)keep;
}

static void candidates(bench *b, size_t n)
{
    pitch_frame(b->pitch, b->sound + n * b->hop, &b->candidates[n]);
}

static void path(bench *b, size_t n)
{
    if (n == 0) pitch_path_init(&b->path, PITCH_MAX_LAG);
    pitch_decision d;
    if (pitch_path_push(&b->path, &b->candidates[n], &d)) b->decisions[n - PITCH_MAX_LAG] = d;
}

static void voice(bench *b, size_t n)
{
    voice_values values;
    if (n == 0) voice_quality_reset(b->voice);
    voice_quality_frame(b->voice, (int64_t)n, b->decisions[n].hz, b->sound, 0, &values);
}

static void rows(bench *b, size_t n)
{
    float raw[DESCRIPTOR_COUNT] = {(float)n};
    contours_push(&b->contours, raw, &b->row);
}

static void moments(bench *b, size_t n)
{
    float out[FUNCTIONAL_COUNT];
    b->row.value[0] = (float)n;
    functionals_push(b->functionals, b->row.value);
    functionals_get(b->functionals, out);
}

static void whole(bench *b)
{
    descriptors *d = NULL;
    descriptors_options options = {.rate_hz = b->rate_hz, .pitch_lag_frames = PITCH_MAX_LAG};
    if (descriptors_create(&d, &options, NULL) != ET_OK) return;
    for (size_t at = 0, taken = 0; at < b->count; at += taken)
        descriptors_push(d, b->sound + at, b->count - at, &taken, &b->row);
    while (descriptors_flush(d, &b->row)) {
    }
    descriptors_destroy(d);
}

static double stage_us(bench *b, void (*stage)(bench *, size_t), int repeats)
{
    double best = INFINITY;
    for (int r = 0; r < repeats; r++) {
        double start = now_s();
        for (size_t n = 0; n < b->frames; n++) stage(b, n);
        best = fmin(best, now_s() - start);
    }
    return best / (double)b->frames * 1e6;
}

static void print_stages(bench *b, int repeats)
{
    static const struct {
        const char *name;
        void (*run)(bench *, size_t);
    } stages[] = {{"20 ms transform", short_transform},
                  {"mel, auditory, RASTA, MFCC", bands},
                  {"spectral shape", shape},
                  {"energy, zero crossings", energies},
                  {"pitch candidates (60 ms)", candidates},
                  {"pitch path", path},
                  {"jitter, shimmer, HNR", voice},
                  {"smoothing and deltas", rows},
                  {"functionals, every frame", moments}};
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
        printf("%-28s %7.2f us a frame\n", stages[i].name, stage_us(b, stages[i].run, repeats));
}

int main(int count, char **arguments)
{
    bench b = {0};
    if (count < 2 || !load(&b, arguments[1])) return 2;
    int repeats = count > 2 ? atoi(arguments[2]) : 5;
    prepare(&b);
    double best = INFINITY, seconds = (double)b.count / b.rate_hz;
    for (int r = 0; r < repeats; r++) {
        double start = now_s();
        whole(&b);
        best = fmin(best, now_s() - start);
    }
    printf("%.1f s of sound, %zu frames\n", seconds, b.frames);
    printf("%-28s %7.2f us a frame, %.0f times real time\n", "130 descriptors", best / (double)b.frames * 1e6,
           seconds / best);
    if (count < 4) print_stages(&b, repeats);
    return 0; /* the operating system takes the memory back */
}
