#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "train/course_parts.h"
#include "train/song_features.h"

/** How damaged sound shifts the level of each song, in scaled columns. @param shifts  malloc'ed, count x columns */
static et_status find_shifts(const course *c, const school_class *damaged, int damaged_count, float **shifts, int *count,
                             et_error *error)
{
    size_t most = 1;
    for (int d = 0; d < damaged_count; d++) most += (size_t)damaged[d].set->songs;
    *count = 0;
    *shifts = malloc(most * (size_t)c->columns * sizeof **shifts);
    if (!*shifts) return error_set(error, ET_ERROR_MEMORY, "no memory for damaged songs");
    for (int i = 0; i < c->lessons.count; i++)
        for (int d = 0; d < damaged_count; d++) {
            const song *s = c->lessons.song[i]->means_only ? NULL : song_find(damaged[d].set, c->lessons.song[i]->id);
            if (!s || strcmp(s->sound ? s->sound : "", c->lessons.song[i]->sound ? c->lessons.song[i]->sound : "") != 0)
                continue;
            float row[2 * FUNCTIONAL_COUNT] = {0}, *shift = *shifts + (size_t)*count * (size_t)c->columns;
            song_level(s, s->rows, c->config.columns_in, row);
            network_scaled(c->out->front, row, shift);
            for (int j = 0; j < c->columns; j++) shift[j] -= c->lessons.point[(size_t)i * (size_t)c->columns + (size_t)j];
            ++*count;
        }
    return ET_OK;
}

/** What the level leaves at one moment: of a teacher that was not taught with the song. */
static void level_left(const course *c, const moments *m, int i, double out[TARGETS])
{
    double level[TARGETS];
    teacher_without(c->out->teacher, m->lesson[i], m->point + (size_t)i * (size_t)m->columns, 0, level);
    for (int t = 0; t < TARGETS; t++) out[t] = m->label[i][t] - level[t];
}

/** Share of what the level leaves that the residual explains of what it was taught. */
static void tell_residual(const course *c, const moments *m, const double (*left)[TARGETS])
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
    course_tell(c,
                "residual: %d of %d points over time; of what the level leaves it takes up arousal %.0f%%, valence %.0f%%",
                residual_points(c->out->residual), m->count, 100 - 100 * after[TARGET_AROUSAL] / before[TARGET_AROUSAL],
                100 - 100 * after[TARGET_VALENCE] / before[TARGET_VALENCE]);
}

static et_status teach_residual(course *c, const moments *m, et_error *error)
{
    double(*left)[TARGETS] = malloc(((size_t)m->count + 1) * sizeof *left);
    if (!left) return error_set(error, ET_ERROR_MEMORY, "no memory for %d points over time", m->count);
    for (int i = 0; i < m->count; i++) level_left(c, m, i, left[i]);
    et_status status =
        residual_fit(&c->out->residual, m->point, (const double(*)[TARGETS])left, m->count, m->columns,
                     c->lessons.level_columns < m->columns ? c->lessons.level_columns : 0, &c->options->residual, error);
    if (!status) tell_residual(c, m, (const double(*)[TARGETS])left);
    free(left);
    return status;
}

void course_matter_free(course_matter *m)
{
    moments_free(&m->moments);
    free(m->shifts);
    free(m->openings);
    *m = (course_matter){0};
}

et_status course_gather(course_matter *out, course *c, const school_class *damaged, int damaged_count, et_error *error)
{
    const course_options *o = c->options;
    const struct et_model *model = c->out->model;
    example_matter *e = &out->matter;
    *out = (course_matter){.matter = {.net = model->member[0], .teacher = c->out->teacher, .lessons = &c->lessons}};
    et_status status = find_shifts(c, damaged, damaged_count, &out->shifts, &e->shift_count, error);
    if (!status && e->shift_count) course_tell(c, "%d songs heard through damaged sound", e->shift_count);
    if (!status && o->examples.opening_share > 0) {
        status = opening_shifts(&out->openings, &e->opening_count, &c->lessons, model->member[0], error);
        if (!status) course_tell(c, "%d openings of songs", e->opening_count);
    }
    if (!status && o->residual.on) {
        status = moments_create(&out->moments, &c->lessons, model->member[0], &o->memory, model->memory_deviation,
                                &o->windows, error);
        if (!status) status = teach_residual(c, &out->moments, error);
        e->moments = &out->moments, e->residual = c->out->residual;
    }
    e->shifts = out->shifts, e->openings = out->openings;
    return status;
}
