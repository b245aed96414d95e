#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "train/course_parts.h"
#include "train/forest.h"
#include "train/front.h"

static void choose_known_columns(course *c)
{
    bool known[FUNCTIONAL_COUNT];
    for (int i = 0; i < FUNCTIONAL_COUNT; i++) {
        known[i] = true;
        for (int k = 0; k < c->count; k++) known[i] &= c->classes[k].set->column_known[i];
    }
    c->columns = front_usable_columns(known, c->options->network.relative, c->chosen);
    if (!c->options->memory.deviation) return;
    for (int i = 0; i < c->columns; i++) c->chosen[c->columns + i] = c->chosen[i] + FUNCTIONAL_COUNT;
    c->columns *= 2;
}

static et_status fit_front(course *c, et_error *error)
{
    network_destroy(c->out->front);
    c->out->front = NULL;
    c->config = c->options->network;
    c->config.columns_in = c->options->memory.deviation ? 2 * FUNCTIONAL_COUNT : FUNCTIONAL_COUNT;
    c->config.columns = c->config.features = c->columns;
    c->config.projection = false;
    et_status status = network_create(&c->out->front, &c->config, error);
    if (status) return status;
    network_initialise(c->out->front, 0);
    status = front_fit_scaling(c->out->front, c->chosen, c->rows, c->lessons.count, c->options->clip, error);
    if (status) return status;
    free(c->lessons.point);
    return lessons_scale(&c->lessons, c->out->front, c->rows, error);
}

/** Keeps the columns that a random forest finds important for one of the targets. */
static et_status choose_by_forest(course *c, et_error *error)
{
    double *importance = malloc((size_t)c->columns * sizeof *importance);
    float *target = malloc((size_t)c->lessons.count * sizeof *target);
    bool *keep = calloc((size_t)c->columns, sizeof *keep);
    et_status status = importance && target && keep ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for the forest");
    forest_options forest = {.trees = 200, .leaf = 5, .seed = c->options->seed};
    for (int t = 0; t < TARGETS && !status; t++) {
        for (int i = 0; i < c->lessons.count; i++) target[i] = (float)c->lessons.label[i][t];
        status = forest_importance(c->lessons.point, target, c->lessons.count, c->columns, &forest, importance, error);
        for (int i = 0; i < c->columns && !status; i++) keep[i] |= importance[i] >= c->options->forest_threshold;
    }
    int kept = 0;
    for (int i = 0; i < c->columns && !status; i++)
        if (keep[i]) c->chosen[kept++] = c->chosen[i];
    if (!status && kept == 0)
        status = error_set(error, ET_ERROR_FORMAT,
                           "no column reaches the forest's importance of %g: give more songs, or --projection pca",
                           c->options->forest_threshold);
    course_tell(c, "forest: %d of %d columns are important for valence or arousal", kept, c->columns);
    c->columns = kept;
    free(importance), free(target), free(keep);
    return status;
}

static void find_mean_label(course *c)
{
    int n = 0;
    double sum[TARGETS] = {0};
    for (int i = 0; i < c->lessons.count; i++) {
        if (c->lessons.scale[i] != 0) continue;
        n++;
        for (int t = 0; t < TARGETS; t++) sum[t] += c->lessons.label[i][t];
    }
    for (int t = 0; t < TARGETS; t++) c->out->mean_label[t] = n ? sum[t] / n : NAN;
}

et_status course_prepare(course *c, et_error *error)
{
    choose_known_columns(c);
    int columns_in = c->options->memory.deviation ? 2 * FUNCTIONAL_COUNT : FUNCTIONAL_COUNT;
    et_status status = lesson_rows(&c->rows, &c->lessons, c->classes, c->count, columns_in, error);
    if (!status) status = fit_front(c, error);
    if (!status && c->options->projection == PROJECTION_FOREST) {
        status = choose_by_forest(c, error);
        if (!status) status = fit_front(c, error);
    }
    if (status) return status;
    find_mean_label(c);
    c->out->lessons = c->lessons.count;
    course_tell(c, "%d songs to learn from, %d columns", c->lessons.count, c->columns);
    return ET_OK;
}
