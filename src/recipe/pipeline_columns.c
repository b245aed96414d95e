#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "recipe/pipeline_internal.h"
#include "recipe/preprocessing.h"
#include "recipe/time_points.h"
#include "train/forest.h"

/** Columns that all data sets with songs of their own know; of means alone only where nothing more is known. */
static void find_known(const pipeline *c, bool *known)
{
    bool more = false;
    for (int i = 0; i < ROW_COLUMNS; i++) {
        known[i] = c->options->families & (1u << row_family(i));
        for (int k = 0; k < c->count; k++)
            known[i] &= c->datasets[k].set->layout == LAYOUT_MEANS || c->datasets[k].set->column_known[i];
        more |= known[i] && i >= FUNCTIONAL_COUNT;
    }
    bool only_means = true;
    for (int k = 0; k < c->count; k++) only_means &= c->datasets[k].set->layout == LAYOUT_MEANS;
    for (int i = 0; i < ROW_COLUMNS; i++)
        for (int k = 0; k < c->count && (only_means || !more); k++) known[i] &= c->datasets[k].set->column_known[i];
}

static void select_known_columns(pipeline *c)
{
    bool known[ROW_COLUMNS];
    find_known(c, known);
    c->columns = preprocessing_usable_columns(known, c->options->network.relative, c->chosen);
}

/** Families whose columns are selected. */
static unsigned selected_families(const pipeline *c)
{
    unsigned families = 0;
    for (int i = 0; i < c->columns; i++) families |= 1u << row_family(c->chosen[i]);
    return families;
}

static bool is_scaled_by(const pipeline *c, int k, int i)
{
    const dataset *d = &c->datasets[k];
    bool trains = !d->part || d->part[i] == PART_TRAIN || c->options->scale_all;
    return trains && !d->set->song[i].means_only;
}

/** Rows of songs, all or every s-th. @param frames  malloc'ed, count x columns_in; NULL where no song has any */
static et_status sample_frames(const pipeline *c, float **frames, int *count, et_error *error)
{
    size_t all = 0, columns = (size_t)c->config.columns_in, n = 0, at = 0;
    for (int k = 0; k < c->count; k++)
        for (int i = 0; i < c->datasets[k].set->songs; i++)
            if (is_scaled_by(c, k, i)) all += (size_t)c->datasets[k].set->song[i].rows;
    if (all < 2) return ET_OK;
    size_t step = (all + SCALING_FRAMES_MOST - 1) / SCALING_FRAMES_MOST;
    *frames = calloc((all / step + 1) * columns, sizeof **frames);
    if (!*frames) return error_set(error, ET_ERROR_MEMORY, "no memory for %zu frames", all / step);
    for (int k = 0; k < c->count; k++)
        for (int i = 0; i < c->datasets[k].set->songs; i++) {
            const song *s = &c->datasets[k].set->song[i];
            if (!is_scaled_by(c, k, i)) continue;
            for (int r = s->row_first; r < s->rows; r++)
                if (at++ % step == 0) song_mean_row(s, r, r + 1, c->config.columns_in, *frames + n++ * columns);
        }
    *count = (int)n;
    return ET_OK;
}

/** Least and largest label of one song join the range so far. */
static void widen_range(const song *s, double *least, double *largest)
{
    for (int l = 0; l < s->labels; l++)
        for (int t = 0; t < TARGETS; t++) {
            double label = (double)s->label[l][t];
            if (!isnan(label)) *least = fmin(*least, label), *largest = fmax(*largest, label);
        }
}

static void find_label_range(pipeline *c)
{
    double least = 1, largest = -1;
    for (int k = 0; k < c->count; k++)
        for (int i = 0; i < c->datasets[k].set->songs; i++)
            if (is_scaled_by(c, k, i)) widen_range(&c->datasets[k].set->song[i], &least, &largest);
    if (least < largest) c->label_least = least, c->label_range = largest - least;
}

/** Numbers in a row, as the memory will give them. */
static int columns_in(const pipeline *c)
{
    return c->columns && c->chosen[c->columns - 1] >= FUNCTIONAL_COUNT ? ROW_COLUMNS : FUNCTIONAL_COUNT;
}

static et_status fit_preprocessing(pipeline *c, int in, et_error *error)
{
    network_destroy(c->out->preprocessing);
    c->out->preprocessing = NULL;
    c->config = c->options->network;
    c->config.targets = c->options->targets == ANSWERS_BOTH ? TARGETS : 1;
    c->config.columns_in = in;
    c->config.columns = c->config.features = c->columns;
    c->config.projection = false;
    et_status status = network_create(&c->out->preprocessing, &c->config, error);
    if (status) return status;
    network_initialise(c->out->preprocessing, 0);
    float *frames = NULL;
    int count = c->training_set.count;
    if (c->options->on_frames) status = sample_frames(c, &frames, &count, error);
    if (!status)
        status = preprocessing_fit_scaling(c->out->preprocessing, c->chosen, frames ? frames : c->rows, count,
                                           c->options->scaling, c->options->clip, error);
    free(frames);
    if (status) return status;
    free(c->training_set.point);
    return training_set_scale(&c->training_set, c->out->preprocessing, c->rows, error);
}

/** What the forest grows on: songs' means, or labelled frames. */
typedef struct forest_ground {
    time_points frames;
    const float *point;
    const double (*label)[TARGETS];
    int count, step;
} forest_ground;

static et_status find_ground(const pipeline *c, forest_ground *g, et_error *error)
{
    static const memory_constants no_memory = {0};
    const window_options options = pipeline_windows(c);
    *g = (forest_ground){.point = c->training_set.point,
                         .label = (const double(*)[TARGETS])c->training_set.label,
                         .count = c->training_set.count,
                         .step = 1};
    if (!c->options->on_frames) return ET_OK;
    et_status status =
        time_points_create(&g->frames, &c->training_set, c->out->preprocessing, &no_memory, NULL, &options, error);
    if (status || g->frames.count < 2) return status;
    g->point = g->frames.point, g->label = (const double(*)[TARGETS])g->frames.label;
    g->step = (g->frames.count + FOREST_FRAMES_MOST - 1) / FOREST_FRAMES_MOST;
    g->count = (g->frames.count + g->step - 1) / g->step;
    return ET_OK;
}

/** Importance of each column for target t. */
static et_status ask_forest(const pipeline *c, const forest_ground *g, int t, double *importance, et_error *error)
{
    size_t columns = (size_t)c->columns, n = (size_t)g->count;
    float *row = malloc(n * columns * sizeof *row), *target = malloc(n * sizeof *target);
    forest_options forest = {.trees = 200, .leaf = 5, .seed = c->options->seed, .threads = c->options->fit.threads};
    et_status status = row && target ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for the forest");
    for (size_t i = 0; i < n && !status; i++) {
        memcpy(row + i * columns, g->point + i * (size_t)g->step * columns, columns * sizeof *row);
        target[i] = (float)g->label[i * (size_t)g->step][t];
    }
    if (!status) status = forest_importance(row, target, g->count, c->columns, &forest, importance, error);
    free(row), free(target);
    return status;
}

/** Keeps the columns that a random forest finds important for one of the targets. */
static et_status choose_by_forest(pipeline *c, et_error *error)
{
    forest_ground ground;
    double *importance = malloc((size_t)c->columns * sizeof *importance);
    bool *keep = calloc((size_t)c->columns, sizeof *keep);
    et_status status = find_ground(c, &ground, error);
    if (!status && (!importance || !keep)) status = error_set(error, ET_ERROR_MEMORY, "no memory for the forest");
    for (int t = 0; t < TARGETS && !status; t++) {
        status = ask_forest(c, &ground, t, importance, error);
        for (int i = 0; i < c->columns && !status; i++) keep[i] |= importance[i] >= c->options->forest_threshold;
    }
    int kept = 0;
    for (int i = 0; i < c->columns && !status; i++)
        if (keep[i]) c->chosen[kept++] = c->chosen[i];
    if (!status && kept == 0)
        status = error_set(error, ET_ERROR_FORMAT,
                           "no column reaches the forest's importance of %g: give more songs, or --projection pca",
                           c->options->forest_threshold);
    if (!status)
        pipeline_tell(c, "forest on %d %s: %d of %d columns are important for valence or arousal", ground.count,
                      ground.frames.count ? "frames" : "songs", kept, c->columns);
    c->columns = kept;
    time_points_free(&ground.frames);
    free(importance), free(keep);
    return status;
}

static void find_mean_label(pipeline *c)
{
    int n = 0;
    double sum[TARGETS] = {0};
    for (int i = 0; i < c->training_set.count; i++) {
        if (c->training_set.scale[i] != 0) continue;
        n++;
        for (int t = 0; t < TARGETS; t++) sum[t] += c->training_set.label[i][t];
    }
    for (int t = 0; t < TARGETS; t++) c->out->mean_label[t] = n ? sum[t] / n : NAN;
}

et_status pipeline_prepare(pipeline *c, et_error *error)
{
    select_known_columns(c);
    if (c->columns == 0) return error_set(error, ET_ERROR_FORMAT, "the data sets have no column of the families in common");
    int in = columns_in(c), known = c->columns;
    et_status status = training_set_rows(&c->rows, &c->training_set, c->datasets, c->count, selected_families(c), in, error);
    if (status) return status;
    c->columns = preprocessing_moving_columns(c->chosen, known, c->rows, c->training_set.count, in);
    status = fit_preprocessing(c, in, error);
    if (!status && c->options->projection == PROJECTION_FOREST) {
        status = choose_by_forest(c, error);
        if (!status) status = fit_preprocessing(c, in, error);
    }
    if (status) return status;
    find_mean_label(c);
    if (c->options->scale_labels && !c->options->taught) find_label_range(c);
    c->out->songs = c->training_set.count;
    pipeline_tell(c, "%d songs to learn from, %d columns", c->training_set.count, c->columns);
    if (c->training_set.left_out)
        pipeline_tell(c,
                      "%d songs without sound do not hold these columns and are left out (--family descriptors takes them)",
                      c->training_set.left_out);
    return ET_OK;
}
