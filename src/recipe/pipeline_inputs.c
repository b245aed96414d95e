#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/song_features.h"
#include "recipe/pipeline_internal.h"

/** How damaged sound shifts the level of each song, in scaled columns. @param shifts  malloc'ed, count x columns */
static et_status find_shifts(const pipeline *c, const dataset *degraded, int degraded_count, float **shifts, int *count,
                             et_error *error)
{
    size_t most = 1;
    for (int d = 0; d < degraded_count; d++) most += (size_t)degraded[d].set->songs;
    *count = 0;
    *shifts = malloc(most * (size_t)c->columns * sizeof **shifts);
    if (!*shifts) return error_set(error, ET_ERROR_MEMORY, "no memory for damaged songs");
    for (int i = 0; i < c->training_set.count; i++)
        for (int d = 0; d < degraded_count; d++) {
            const song *s =
                c->training_set.song[i]->means_only ? NULL : song_find(degraded[d].set, c->training_set.song[i]->id);
            if (!s ||
                strcmp(s->sound ? s->sound : "", c->training_set.song[i]->sound ? c->training_set.song[i]->sound : "") != 0)
                continue;
            float row[2 * FUNCTIONAL_COUNT] = {0}, *shift = *shifts + (size_t)*count * (size_t)c->columns;
            song_level(s, s->rows, c->config.columns_in, row);
            network_scaled(c->out->front, row, shift);
            for (int j = 0; j < c->columns; j++)
                shift[j] -= c->training_set.point[(size_t)i * (size_t)c->columns + (size_t)j];
            ++*count;
        }
    return ET_OK;
}

/** What the level leaves at one moment: of a teacher that was not taught with the song. */
static void level_left(const pipeline *c, const time_points *m, int i, double out[TARGETS])
{
    double level[TARGETS];
    teacher_without(c->out->teacher, m->lesson[i], m->point + (size_t)i * (size_t)m->columns, 0, level);
    for (int t = 0; t < TARGETS; t++) out[t] = m->label[i][t] - level[t];
}

/** Share of what the level leaves that the residual explains of what it was taught. */
static void tell_residual(const pipeline *c, const time_points *m, const double (*left)[TARGETS])
{
    double before[TARGETS] = {0}, after[TARGETS] = {0};
    for (int i = 0; i < m->count; i++) {
        double answer[TARGETS];
        residual_answer(c->out->residual, m->point + (size_t)i * (size_t)m->columns, answer);
        for (int t = 0; t < TARGETS; t++) {
            before[t] += left[i][t] * left[i][t];
            after[t] += (left[i][t] - answer[t]) * (left[i][t] - answer[t]);
        }
    }
    pipeline_tell(c,
                  "residual: %d of %d points over time; of what the level leaves it takes up arousal %.0f%%, valence %.0f%%",
                  residual_points(c->out->residual), m->count, 100 - 100 * after[TARGET_AROUSAL] / before[TARGET_AROUSAL],
                  100 - 100 * after[TARGET_VALENCE] / before[TARGET_VALENCE]);
}

static et_status teach_residual(pipeline *c, const time_points *m, et_error *error)
{
    double(*left)[TARGETS] = malloc(((size_t)m->count + 1) * sizeof *left);
    if (!left) return error_set(error, ET_ERROR_MEMORY, "no memory for %d points over time", m->count);
    for (int i = 0; i < m->count; i++) level_left(c, m, i, left[i]);
    et_status status = residual_fit(&c->out->residual, m->point, (const double(*)[TARGETS])left, m->count, m->columns,
                                    c->training_set.level_columns < m->columns ? c->training_set.level_columns : 0,
                                    &c->options->residual, error);
    if (!status) tell_residual(c, m, (const double(*)[TARGETS])left);
    free(left);
    return status;
}

void pipeline_inputs_free(pipeline_inputs *m)
{
    time_points_free(&m->time_points);
    free(m->shifts);
    free(m->onsets);
    *m = (pipeline_inputs){0};
}

et_status pipeline_gather(pipeline_inputs *out, pipeline *c, const dataset *degraded, int degraded_count, et_error *error)
{
    const pipeline_options *o = c->options;
    const struct et_model *model = c->out->model;
    distillation_inputs *e = &out->inputs;
    *out =
        (pipeline_inputs){.inputs = {.net = model->member[0], .teacher = c->out->teacher, .training_set = &c->training_set}};
    et_status status = find_shifts(c, degraded, degraded_count, &out->shifts, &e->shift_count, error);
    if (!status && e->shift_count) pipeline_tell(c, "%d songs heard through damaged sound", e->shift_count);
    if (!status && o->distillation.onset_share > 0) {
        status = onset_shifts(&out->onsets, &e->onset_count, &c->training_set, model->member[0], error);
        if (!status) pipeline_tell(c, "%d openings of songs", e->onset_count);
    }
    if (!status && o->residual.on) {
        status = time_points_create(&out->time_points, &c->training_set, model->member[0], &o->memory,
                                    model->memory_deviation, &o->windows, error);
        if (!status) status = teach_residual(c, &out->time_points, error);
        e->time_points = &out->time_points, e->residual = c->out->residual;
    }
    e->shifts = out->shifts, e->onsets = out->onsets;
    return status;
}
