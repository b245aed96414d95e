/** What the tests of this room share: sound, tables of reference values, descriptors of a whole sound, comparison. */
#ifndef TESTS_FEATURES_REFERENCE_H
#define TESTS_FEATURES_REFERENCE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sndfile.h>

#include "features/descriptors.h"
#include "features/functionals.h"

typedef struct sound {
    double rate_hz;
    size_t count;
    float *sample; /* mono */
} sound;

/* A table of numbers; `columns` leaves out the first column, the time. */
typedef struct table {
    size_t rows, columns;
    float *value;
} table;

static inline float *table_row(const table *t, size_t row)
{
    return t->value + row * t->columns;
}
static inline void table_free(table *t)
{
    free(t->value);
}

/** Channels are averaged. Missing file: count is 0. */
static inline sound sound_load(const char *path)
{
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (file == NULL) return (sound){0};
    size_t channels = (size_t)info.channels, room = 1 << 16, count = 0;
    float *block = malloc(4096 * channels * sizeof *block), *sample = malloc(room * sizeof *sample);
    for (sf_count_t got; (got = sf_readf_float(file, block, 4096)) > 0;) {
        if (count + (size_t)got > room) sample = realloc(sample, (room *= 2) * sizeof *sample);
        for (size_t i = 0; i < (size_t)got; i++) {
            float sum = 0.0f;
            for (size_t c = 0; c < channels; c++) sum += block[i * channels + c];
            sample[count++] = sum / (float)channels;
        }
    }
    free(block);
    sf_close(file);
    return (sound){.rate_hz = info.samplerate, .count = count, .sample = sample};
}

/** Numbers between `;`, header and first column left out. Missing file: no rows. */
static inline table table_load(const char *path, size_t columns)
{
    table t = {.columns = columns};
    FILE *in = fopen(path, "r");
    if (in == NULL) return t;
    static char line[65536];
    size_t room = 0;
    if (fgets(line, sizeof line, in) == NULL) line[0] = '\0';
    while (fgets(line, sizeof line, in)) {
        if (t.rows == room) t.value = realloc(t.value, (room = room ? 2 * room : 256) * columns * sizeof(float));
        const char *at = line;
        for (size_t c = 0; c < columns; c++) {
            at = strchr(at, ';');
            if (at == NULL) {
                fail_msg("%s, row %zu: %zu columns, %zu expected", path, t.rows, c, columns);
                break;
            }
            table_row(&t, t.rows)[c] = strtof(++at, NULL);
        }
        t.rows++;
    }
    fclose(in);
    return t;
}

static inline descriptors_options reference_options(double rate_hz)
{
    return (descriptors_options){.rate_hz = rate_hz, .pitch_lag_frames = 29, .voicing_delta = VOICING_DELTA_REFERENCE};
}

/** All rows of a sound that comes in blocks of `block(seed)` samples; NULL: in one piece. */
static inline table describe_sound(const sound *s, const descriptors_options *options, size_t (*block)(uint32_t *),
                                   uint32_t seed)
{
    descriptors *d = NULL;
    et_error error;
    if (descriptors_create(&d, options, &error) != ET_OK) fail_msg("%s", error.message);
    size_t room = s->count / descriptors_hop(d) + 8;
    table t = {.columns = DESCRIPTOR_ROW, .value = malloc(room * DESCRIPTOR_ROW * sizeof(float))};
    descriptor_row row;
    for (size_t at = 0; at < s->count;) {
        size_t count = block != NULL ? block(&seed) : s->count, end = count < s->count - at ? at + count : s->count;
        while (at < end) {
            size_t taken = 0;
            bool known = descriptors_push(d, s->sample + at, end - at, &taken, &row);
            at += taken;
            if (!known) continue;
            assert_int_equal(row.index, t.rows);
            memcpy(table_row(&t, t.rows++), row.value, sizeof row.value);
        }
    }
    while (descriptors_flush(d, &row)) {
        assert_int_equal(row.index, t.rows);
        memcpy(table_row(&t, t.rows++), row.value, sizeof row.value);
    }
    descriptors_destroy(d);
    return t;
}

/** Functionals of all whole windows of a table of descriptors. */
static inline table half_seconds(const table *rows)
{
    functionals *f = NULL;
    assert_int_equal(functionals_create(&f, NULL), ET_OK);
    table t = {.columns = FUNCTIONAL_COUNT,
               .value = malloc((rows->rows / FUNCTIONAL_HOP + 1) * FUNCTIONAL_COUNT * sizeof(float))};
    for (size_t i = 0; i < rows->rows; i++) {
        functionals_push(f, table_row(rows, i));
        if (i + 1 >= FUNCTIONAL_WINDOW && (i + 1) % FUNCTIONAL_HOP == 0) functionals_get(f, table_row(&t, t.rows++));
    }
    functionals_destroy(f);
    return t;
}

static inline double largest(const table *t, size_t column)
{
    double most = 0.0;
    for (size_t r = 0; r < t->rows; r++) most = fmax(most, fabs((double)table_row(t, r)[column]));
    return most;
}

#endif
