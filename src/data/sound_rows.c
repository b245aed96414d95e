#include <stdlib.h>
#include <string.h>

#include "audio/resampler.h"
#include "audio/sound_file.h"
#include "base/error.h"
#include "data/song_features.h"
#include "features/feature_stream.h"
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
    feature_stream *stream;
    growing rows;
    float newest[ROW_WIDTH];
    int count;      /* rows so far            */
    int64_t frames; /* descriptor rows so far */
} row_maker;

static bool keep_row(row_maker *m)
{
    if (!grow(&m->rows, ROW_WIDTH)) return false;
    memcpy(m->rows.item + m->rows.count, m->newest, sizeof m->newest);
    m->rows.count += ROW_WIDTH;
    m->count++;
    return true;
}

/** Rows on the grid of the data sets: the last 100 descriptor rows, every 50. @return false without memory */
static bool take_hops(row_maker *m)
{
    bool good = true;
    while (good && feature_stream_next(m->stream)) {
        if (!feature_stream_frame(m->stream)) continue;
        m->frames++;
        bool on_grid = m->frames >= FUNCTIONAL_WINDOW && (m->frames - FUNCTIONAL_WINDOW) % FUNCTIONAL_HOP == 0;
        bool wanted = on_grid || m->count == 0; /* of a sound shorter than a second the last */
        if (wanted && feature_stream_row(m->stream, m->newest) && on_grid) good = keep_row(m);
    }
    return good;
}

et_status samples_rows(float **rows_out, int *count, const float *samples, size_t samples_count,
                       const feature_options *options, et_error *error)
{
    row_maker m = {0};
    feature_stream_options how = {.rate_hz = RESAMPLER_HZ,
                                  .channels = 1,
                                  .families = WITH_DESCRIPTORS | options->families,
                                  .ear = options->ear,
                                  .pitch_lag_frames = options->pitch_lag_frames,
                                  .voicing_delta = VOICING_DELTA_SANE,
                                  .rasta_start = options->rasta_start};
    et_status status = feature_stream_create(&m.stream, &how, error);
    if (status) return status;
    bool good = true;
    size_t block = feature_stream_block(m.stream);
    for (size_t at = 0; good && at < samples_count; at += block) {
        feature_stream_push(m.stream, samples + at, samples_count - at < block ? samples_count - at : block);
        good = take_hops(&m);
    }
    feature_stream_end(m.stream, false);
    good = good && take_hops(&m);
    if (good && m.count == 0 && m.frames > 0) good = keep_row(&m); /* shorter than a second */
    feature_stream_destroy(m.stream);
    if (!good) status = error_set(error, ET_ERROR_MEMORY, "out of memory for %d rows of features", m.count);
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
