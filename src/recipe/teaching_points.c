#include "recipe/teaching_points.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const int opening_rows[] = {1, 3, 7}; /* 1, 2, 4 s on the grid of 0.5 s */
enum { OPENINGS = sizeof opening_rows / sizeof *opening_rows, DEGRADED = 2, A_SONG = 1 + OPENINGS + DEGRADED };

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

static const song *same_song(const dataset *degraded, const song *s)
{
    const song *other = s->means_only ? NULL : song_find(degraded->set, s->id);
    return other && other->rows > 0 && strcmp(other->sound ? other->sound : "", s->sound ? s->sound : "") == 0 ? other : NULL;
}

/** The song through two of the degradations: which, its number decides. */
static void add_degraded(teaching_points *p, const training_set *l, int i, const network *net, const dataset *degraded,
                         int degraded_count, double ridge)
{
    for (int d = 0, taken = 0; d < degraded_count && taken < DEGRADED; d++) {
        const song *s = same_song(&degraded[(i + d) % degraded_count], l->song[i]);
        if (!s) continue;
        add(p, l, i, s, s->rows, net, ridge);
        taken++, p->degraded++;
    }
}

et_status teaching_points_create(teaching_points *out, const training_set *l, const network *net, const dataset *degraded,
                                 int degraded_count, const teacher_options *options, bool onsets, et_error *error)
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
    for (int i = 0; i < l->count; i++) {
        const song *s = l->song[i];
        for (int o = 0; onsets && o < OPENINGS && !s->means_only; o++)
            if (s->row_first + opening_rows[o] < s->rows)
                add(out, l, i, s, s->row_first + opening_rows[o], net, options->part_ridge);
        add_degraded(out, l, i, net, degraded, degraded_count, options->part_ridge);
    }
    return ET_OK;
}
