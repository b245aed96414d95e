#include "recipe/training_set.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

static bool teaches(const dataset *c, int i)
{
    const song *s = &c->set->song[i];
    return (!c->part || c->part[i] == PART_TRAIN) && s->rows > 0 && !isnan(song_mean_label(s, TARGET_VALENCE)) &&
           !isnan(song_mean_label(s, TARGET_AROUSAL));
}

void training_set_free(training_set *l)
{
    free(l->point);
    free(l->scale);
    free(l->label);
    free(l->song);
    *l = (training_set){0};
}

void song_level(const song *s, int rows, int columns_in, float *out)
{
    song_mean_row(s, 0, rows, columns_in, out);
}

static void add(training_set *l, const song *s, int scale, int columns_in, float *rows)
{
    song_level(s, s->rows, columns_in, rows + (size_t)l->count * (size_t)columns_in);
    for (int t = 0; t < TARGETS; t++) l->label[l->count][t] = song_mean_label(s, t);
    l->scale[l->count] = scale;
    l->song[l->count++] = s;
}

et_status training_set_rows(float **row, training_set *out, const dataset *datasets, int count, unsigned families,
                            int columns_in, et_error *error)
{
    int songs = 0, left_out = 0;
    for (int k = 0; k < count; k++)
        for (int i = 0; i < datasets[k].set->songs; i++) {
            bool whole = (datasets[k].set->song[i].families & families) == families;
            songs += teaches(&datasets[k], i) && whole;
            left_out += teaches(&datasets[k], i) && !whole;
        }
    size_t n = songs > 0 ? (size_t)songs : 1;
    *out = (training_set){.left_out = left_out,
                          .scale = malloc(n * sizeof *out->scale),
                          .label = malloc(n * sizeof *out->label),
                          .song = malloc(n * sizeof *out->song)};
    *row = malloc(n * (size_t)columns_in * sizeof **row);
    if (!out->scale || !out->label || !out->song || !*row || songs < 2) {
        training_set_free(out);
        free(*row), *row = NULL;
        return songs < 2
                   ? error_set(error, ET_ERROR_FORMAT, "%d songs with both labels to train on: at least 2 are needed", songs)
                   : error_set(error, ET_ERROR_MEMORY, "no memory for %d songs", songs);
    }
    for (int k = 0; k < count; k++)
        for (int i = 0; i < datasets[k].set->songs; i++) {
            const song *s = &datasets[k].set->song[i];
            if (teaches(&datasets[k], i) && (s->families & families) == families)
                add(out, s, datasets[k].scale, columns_in, *row);
        }
    return ET_OK;
}

et_status training_set_scale(training_set *l, const network *net, const float *row, et_error *error)
{
    const network_config *config = network_configuration(net);
    l->columns = config->columns;
    l->point = malloc((size_t)l->count * (size_t)l->columns * sizeof *l->point);
    if (!l->point) return error_set(error, ET_ERROR_MEMORY, "no memory for %d songs", l->count);
    for (int i = 0; i < l->count; i++)
        network_scaled(net, row + (size_t)i * (size_t)config->columns_in, l->point + (size_t)i * (size_t)l->columns);
    return ET_OK;
}
