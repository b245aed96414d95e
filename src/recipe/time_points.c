#include "recipe/time_points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "evaluate/song_follow.h"
#include "recipe/label_windows.h"

void time_points_free(time_points *m)
{
    free(m->point);
    free(m->label);
    *m = (time_points){0};
}

static bool over_time(const training_set *l, int i)
{
    return l->scale[i] == 0 && l->song[i]->label_time_s && !l->song[i]->means_only;
}

typedef struct following {
    time_points *out;
    const song *song;
    const network *net;
    const window_options *options;
    int at; /* next label */
} following;

/** At each label the row that has heard no more than the sound up to its time + offset. */
static void add_row(void *user, int k, const float *remembered)
{
    following *f = user;
    const song *s = f->song;
    time_points *m = f->out;
    for (; f->at < s->labels && song_row_at(s, s->label_time_s[f->at] + f->options->label_offset_s, k) == k; f->at++) {
        if (isnan(s->label[f->at][TARGET_VALENCE]) || isnan(s->label[f->at][TARGET_AROUSAL])) continue;
        if (f->options->split_frames && split_frame(f->options->seed, s->id, f->at) != PART_TRAIN) continue;
        network_scaled(f->net, remembered, m->point + (size_t)m->count * (size_t)m->columns);
        for (int t = 0; t < TARGETS; t++) m->label[m->count][t] = s->label[f->at][t];
        m->count++;
    }
}

et_status time_points_create(time_points *out, const training_set *l, const network *net, const memory_constants *constants,
                             const float *deviation, const window_options *options, et_error *error)
{
    const network_config *config = network_configuration(net);
    size_t most = 1;
    for (int i = 0; i < l->count; i++) most += over_time(l, i) ? (size_t)l->song[i]->labels : 0;
    *out = (time_points){.columns = config->columns,
                         .point = malloc(most * (size_t)config->columns * sizeof *out->point),
                         .label = malloc(most * sizeof *out->label)};
    et_status status =
        out->point && out->label ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for %zu labels over time", most);
    for (int i = 0; i < l->count && !status; i++) {
        following f = {.out = out, .song = l->song[i], .net = net, .options = options};
        if (over_time(l, i)) status = song_remember(l->song[i], net, constants, deviation, add_row, &f, error);
    }
    if (status) time_points_free(out);
    return status;
}
