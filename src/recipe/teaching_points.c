#include "recipe/teaching_points.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"

static const int onset_rows[] = {1, 3, 7}; /* 1, 2, 4 s on the grid of 0.5 s */
enum {
    ONSETS = sizeof onset_rows / sizeof *onset_rows,
    DEGRADED = 2,
    A_SONG = 1 + ONSETS + DEGRADED,
    DEGRADED_SETS_MOST = 128
};
static const uint64_t SHIFT_STEP = (uint64_t)1 << 42; /* a stream of its own */

void teaching_points_free(teaching_points *p)
{
    free(p->point);
    free(p->set);
    free(p->label);
    free(p->ridge);
    *p = (teaching_points){0};
}

/** One more point of song i: a level of `s` after so many rows. */
static void add(teaching_points *p, const training_set *l, int i, const song *s, int rows, const network *net, double ridge)
{
    float row[LEVEL_MOST];
    song_level(s, rows, network_configuration(net)->columns_in, row);
    network_scaled(net, row, p->point + (size_t)p->count * (size_t)p->columns);
    p->set[p->count] = l->scale[i];
    memcpy(p->label[p->count], l->label[i], sizeof *p->label);
    p->ridge[p->count++] = ridge;
}

/** How a degradation shifts songs, in scaled columns. */
typedef struct shifts {
    float *shift; /* count x columns */
    int count;
} shifts;

static const song *degraded_song(const dataset *degraded, const song *s)
{
    const song *other = s->means_only ? NULL : song_find(degraded->set, s->id);
    return other && other->rows > 0 && strcmp(other->sound ? other->sound : "", s->sound ? s->sound : "") == 0 ? other
                                                                                                               : NULL;
}

static et_status find_shifts(shifts *out, const teaching_points *p, const training_set *l, const network *net,
                             const dataset *degraded, et_error *error)
{
    size_t columns = (size_t)p->columns;
    *out = (shifts){.shift = malloc(((size_t)degraded->set->songs + 1) * columns * sizeof *out->shift)};
    if (!out->shift) return error_set(error, ET_ERROR_MEMORY, "no memory for degraded songs");
    for (int i = 0; i < l->count && out->count < degraded->set->songs; i++) {
        const song *s = degraded_song(degraded, l->song[i]);
        if (!s) continue;
        float row[LEVEL_MOST], *shift = out->shift + (size_t)out->count++ * columns;
        song_level(s, s->rows, network_configuration(net)->columns_in, row);
        network_scaled(net, row, shift);
        for (size_t c = 0; c < columns; c++) shift[c] -= p->point[(size_t)i * columns + c];
    }
    return ET_OK;
}

/** Song i once more, shifted as one of these was. */
static void add_shifted(teaching_points *p, const training_set *l, int i, const shifts *by, random_numbers *r, float clip,
                        double ridge)
{
    size_t columns = (size_t)p->columns;
    const float *level = p->point + (size_t)i * columns, *shift = by->shift + (size_t)random_below(r, by->count) * columns;
    float *to = p->point + (size_t)p->count * columns;
    for (size_t c = 0; c < columns; c++) {
        float x = level[c] + shift[c];
        to[c] = clip > 0 && x > clip ? clip : clip > 0 && x < -clip ? -clip : x;
    }
    p->set[p->count] = l->scale[i];
    memcpy(p->label[p->count], l->label[i], sizeof *p->label);
    p->ridge[p->count++] = ridge;
    p->degraded++;
}

static et_status add_degraded(teaching_points *p, const training_set *l, const network *net, const dataset *degraded,
                              int degraded_count, double ridge, float clip, et_error *error)
{
    shifts by[DEGRADED_SETS_MOST] = {{0}};
    int used = 0;
    et_status status = ET_OK;
    for (int d = 0; d < degraded_count && used < DEGRADED_SETS_MOST && !status; d++) {
        status = find_shifts(&by[used], p, l, net, &degraded[d], error);
        if (!status && by[used].count > 0)
            used++;
        else
            free(by[used].shift), by[used].shift = NULL;
    }
    random_numbers r = random_stream(1, RANDOM_SAMPLE, SHIFT_STEP);
    for (int i = 0; i < l->count && !status && used; i++)
        for (int d = 0; d < DEGRADED && d < used && !l->song[i]->means_only; d++)
            add_shifted(p, l, i, &by[(i + d) % used], &r, clip, ridge);
    for (int d = 0; d < used; d++) free(by[d].shift);
    return status;
}

et_status teaching_points_create(teaching_points *out, const training_set *l, const network *net, const dataset *degraded,
                                 int degraded_count, const teacher_options *options, float clip, bool onsets,
                                 et_error *error)
{
    size_t most = (size_t)l->count * A_SONG, columns = (size_t)l->columns;
    *out = (teaching_points){.columns = l->columns,
                             .point = malloc(most * columns * sizeof *out->point),
                             .set = malloc(most * sizeof *out->set),
                             .label = malloc(most * sizeof *out->label),
                             .ridge = malloc(most * sizeof *out->ridge)};
    if (!out->point || !out->set || !out->label || !out->ridge) {
        teaching_points_free(out);
        return error_set(error, ET_ERROR_MEMORY, "no memory for what the teacher is taught");
    }
    for (int i = 0; i < l->count; i++) add(out, l, i, l->song[i], l->song[i]->rows, net, options->ridge);
    for (int i = 0; i < l->count && onsets; i++)
        for (int o = 0; o < ONSETS && !l->song[i]->means_only; o++)
            if (l->song[i]->row_first + onset_rows[o] < l->song[i]->rows)
                add(out, l, i, l->song[i], l->song[i]->row_first + onset_rows[o], net, options->part_ridge);
    et_status status = add_degraded(out, l, net, degraded, degraded_count, options->part_ridge, clip, error);
    if (status) teaching_points_free(out);
    return status;
}
