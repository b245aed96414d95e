#include "recipe/time_points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "evaluate/evaluation.h"
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

/** The song through a memory; at each label the row that has heard no more than the sound up to its time + offset. */
static void follow_song(time_points *m, memory *remembered, const network *net, const training_set *l, int i,
                        const window_options *options)
{
    const song *s = l->song[i];
    float row[LEVEL_MOST];
    memory_reset(remembered);
    for (int k = 0, at = 0; k < s->rows && at < s->labels; k++) {
        if (k == s->row_first) memory_reset(remembered);
        memory_push(remembered, s->row + (size_t)k * ROW_WIDTH, false, row);
        for (; at < s->labels; at++) {
            bool later = k + 1 < s->rows && row_end_s(k + 1) <= s->label_time_s[at] + options->label_offset_s + 1e-6;
            if (later) break;
            if (isnan(s->label[at][TARGET_VALENCE]) || isnan(s->label[at][TARGET_AROUSAL])) continue;
            if (options->split_frames && split_frame(options->seed, s->id, at) != PART_TRAIN) continue;
            network_scaled(net, row, m->point + (size_t)m->count * (size_t)m->columns);
            for (int t = 0; t < TARGETS; t++) m->label[m->count][t] = s->label[at][t];
            m->count++;
        }
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
    memory *m = NULL;
    et_status status = out->point && out->label
                           ? memory_create(&m, constants, net, deviation, config->frame_step_s, error)
                           : error_set(error, ET_ERROR_MEMORY, "no memory for %zu labels over time", most);
    for (int i = 0; i < l->count && !status; i++)
        if (over_time(l, i)) follow_song(out, m, net, l, i, options);
    memory_destroy(m);
    if (status) time_points_free(out);
    return status;
}
