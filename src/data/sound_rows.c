#include <stdlib.h>
#include <string.h>

#include "audio/resampler.h"
#include "audio/sound_file.h"
#include "base/error.h"
#include "data/song_features.h"
#include "features/functionals.h"

static const size_t SAMPLES_MOST = (size_t)RESAMPLER_HZ * 3600;

typedef struct growing {
    float *item;
    size_t count, room;
} growing;

static bool grow(growing *g, size_t more)
{
    if (g->count + more <= g->room) return true;
    size_t room = (g->count + more) * 2;
    float *item = realloc(g->item, room * sizeof *item);
    if (!item) return false;
    g->item = item, g->room = room;
    return true;
}

/** Reads blocks until the end, an error or the hour; what was read before an error is good. */
static et_status read_blocks(growing *mono, sound_file *file, resampler *rate, float *block, const char *path,
                             et_error *error)
{
    size_t frames = resampler_block(rate), got, not_finite;
    for (;;) {
        et_status status = sound_file_read(file, block, frames, &got, error);
        if (status) return mono->count ? ET_OK : status;
        if (!grow(mono, resampler_room(rate))) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
        if (got == 0 || mono->count > SAMPLES_MOST) break;
        mono->count += resampler_push(rate, block, got, mono->item + mono->count, &not_finite);
    }
    for (size_t more; (more = resampler_flush(rate, mono->item + mono->count)) > 0;) {
        mono->count += more;
        if (!grow(mono, resampler_room(rate))) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    }
    return ET_OK;
}

et_status sound_samples(float **samples, size_t *count, const char *path, et_error *error)
{
    sound_file *file = NULL;
    resampler *rate = NULL;
    growing mono = {0};
    float *block = NULL;
    et_status status = sound_file_open(&file, path, NULL, error);
    if (status) return status;
    unsigned channels = sound_file_channels(file);
    status = resampler_create(&rate, sound_file_rate_hz(file), channels, error);
    if (!status) {
        block = malloc(resampler_block(rate) * channels * sizeof *block);
        status = block ? read_blocks(&mono, file, rate, block, path, error)
                       : error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    }
    if (!status && mono.count == 0) status = error_set(error, ET_ERROR_FORMAT, "%s: no sound in it", path);
    free(block);
    resampler_destroy(rate);
    sound_file_close(file);
    if (status)
        free(mono.item);
    else
        *samples = mono.item, *count = mono.count;
    return status;
}

typedef struct row_maker {
    functionals *functionals;
    growing rows;
    int count;      /* rows so far            */
    int64_t frames; /* descriptor rows so far */
} row_maker;

static bool keep_row(row_maker *m)
{
    if (!grow(&m->rows, FUNCTIONAL_COUNT)) return false;
    functionals_get(m->functionals, m->rows.item + m->rows.count);
    m->rows.count += FUNCTIONAL_COUNT;
    m->count++;
    return true;
}

/** A row on the grid of the data sets: the last 100 descriptor rows, every 50. */
static bool take(row_maker *m, const descriptor_row *row)
{
    functionals_push(m->functionals, row->value);
    m->frames++;
    if (m->frames < FUNCTIONAL_WINDOW || (m->frames - FUNCTIONAL_WINDOW) % FUNCTIONAL_HOP) return true;
    return keep_row(m);
}

et_status samples_rows(float **rows_out, int *count, const float *samples, size_t samples_count,
                       const feature_options *options, et_error *error)
{
    descriptors *d = NULL;
    row_maker m = {0};
    descriptors_options how = {.rate_hz = RESAMPLER_HZ,
                               .pitch_lag_frames = options->pitch_lag_frames,
                               .voicing_delta = VOICING_DELTA_SANE,
                               .rasta_start = options->rasta_start};
    et_status status = descriptors_create(&d, &how, error);
    if (!status) status = functionals_create(&m.functionals, error);
    bool good = true;
    descriptor_row row;
    for (size_t at = 0, taken; !status && good && at < samples_count; at += taken)
        if (descriptors_push(d, samples + at, samples_count - at, &taken, &row)) good = take(&m, &row);
    while (!status && good && descriptors_flush(d, &row)) good = take(&m, &row);
    if (!status && good && m.count == 0 && m.frames > 0) good = keep_row(&m); /* shorter than a second */
    functionals_destroy(m.functionals);
    descriptors_destroy(d);
    if (!status && !good) status = error_set(error, ET_ERROR_MEMORY, "out of memory for %d rows of features", m.count);
    if (!status && m.count == 0) status = error_set(error, ET_ERROR_FORMAT, "too short for one frame of 60 ms");
    if (status)
        free(m.rows.item);
    else
        *rows_out = m.rows.item, *count = m.count;
    return status;
}

et_status sound_rows(float **rows_out, int *count, const char *path, const feature_options *options, et_error *error)
{
    float *samples;
    size_t samples_count;
    et_status status = sound_samples(&samples, &samples_count, path, error);
    if (status) return status;
    if (!degradation_is_none(&options->degradation)) degradation_apply(&options->degradation, samples, samples_count);
    status = samples_rows(rows_out, count, samples, samples_count, options, error);
    free(samples);
    return status;
}
