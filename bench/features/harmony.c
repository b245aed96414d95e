/* Harmony and rhythm of a sound at 44.1 kHz, a row every half second as CSV, then time on one thread:
 * bench_harmony SOUND [REPEATS]. Sound is decoded first and not counted. Of the repeats the fastest counts. */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "features/harmony.h"
#include "features/key.h"

enum { ROW_HOPS = 50 };

typedef struct mono {
    size_t hops;
    float *sample;
} mono;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* what others do on the machine does not count */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static mono load(const char *path)
{
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (file == NULL || info.samplerate != 44100) {
        fprintf(stderr, "bench_harmony: %s: %s\n", path, file == NULL ? sf_strerror(NULL) : "not at 44.1 kHz");
        exit(2);
    }
    size_t channels = (size_t)info.channels, room = 1 << 16, count = 0;
    float frame[256], *sample = malloc(room * sizeof *sample);
    while (channels <= 256 && sf_readf_float(file, frame, 1) == 1) {
        float sum = 0.0f;
        for (size_t c = 0; c < channels; c++) sum += frame[c];
        if (count == room) sample = realloc(sample, (room *= 2) * sizeof *sample);
        sample[count++] = sum / (float)channels;
    }
    sf_close(file);
    return (mono){.hops = count / HARMONY_HOP, .sample = sample};
}

static void print_rows(harmony *h, const mono *m)
{
    printf("time_s,key,majorness,tempo_bpm,pulse");
    for (int c = 0; c < HARMONY_COLUMNS; c++) printf(",%s", harmony_column_name(c));
    for (size_t i = 0; i < m->hops; i++) {
        float row[HARMONY_COLUMNS];
        harmony_reading r;
        harmony_push(h, m->sample + i * HARMONY_HOP);
        if ((i + 1) % ROW_HOPS != 0) continue;
        harmony_row(h, row);
        harmony_read(h, &r);
        printf("\n%.2f,%s,%.4f,%.2f,%.4f", 0.01 * (double)(i + 1), r.key == HARMONY_NO_KEY ? "" : key_name(r.key),
               (double)r.majorness, (double)r.tempo_bpm, (double)r.pulse);
        for (int c = 0; c < HARMONY_COLUMNS; c++) printf(",%.6g", (double)row[c]);
    }
    printf("\n");
}

int main(int count, char **arguments)
{
    harmony *h = NULL;
    if (count < 2 || harmony_create(&h, NULL) != ET_OK) return 2;
    mono m = load(arguments[1]);
    print_rows(h, &m);
    double best = INFINITY, seconds = 0.01 * (double)m.hops;
    for (int r = count > 2 ? atoi(arguments[2]) : 5; r > 0; r--) {
        harmony_reset(h);
        double start = now_s();
        for (size_t i = 0; i < m.hops; i++) harmony_push(h, m.sample + i * HARMONY_HOP);
        best = fmin(best, now_s() - start);
    }
    fprintf(stderr, "%.1f s of sound, %.3f%% of a core, %.0f times real time\n", seconds, 100.0 * best / seconds,
            seconds / best);
    harmony_destroy(h);
    free(m.sample);
    return 0;
}
