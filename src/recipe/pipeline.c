#include "recipe/pipeline_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"
#include "recipe/preprocessing.h"
#include "recipe/settings.h"
#include "train/pca.h"

int pipeline_first_target(const pipeline *c)
{
    return c->options->targets == ANSWERS_AROUSAL ? TARGET_AROUSAL : TARGET_VALENCE;
}

window_options pipeline_windows(const pipeline *c)
{
    const pipeline_options *o = c->options;
    window_options w = {.batch = o->batch,
                        .label_offset_s = o->label_offset_s,
                        .split_frames = o->split_frames,
                        .label_scale = 1,
                        .seed = o->seed};
    if (c->label_range > 0) w.label_scale = 1 / c->label_range, w.label_shift = -c->label_least / c->label_range;
    return w;
}

void pipeline_tell(const pipeline *c, const char *format, ...)
{
    if (!c->hooks || !c->hooks->tell) return;
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    c->hooks->tell(c->hooks->user, line);
}

/* ---- teacher ------------------------------------------------------------------------------------------------------- */

static et_status teach(pipeline *c, const dataset *degraded, int degraded_count, et_error *error)
{
    const pipeline_options *o = c->options;
    teaching_points *p = &c->points;
    et_status status = teaching_points_create(p, &c->training_set, c->out->preprocessing, degraded, degraded_count,
                                              &o->teacher, o->clip, o->distillation.onset_share > 0, error);
    if (status) return status;
    pipeline_tell(c, "teacher: %d points: songs, their first seconds, %d of them as degraded sound", p->count, p->degraded);
    return teacher_fit(&c->out->teacher, p->point, p->set, (const double(*)[TARGETS])p->label, p->ridge, p->count,
                       p->columns, &o->teacher, error);
}

/* ---- model --------------------------------------------------------------------------------------------------------- */

static et_status count_components(pipeline *c, et_error *error)
{
    if (c->options->projection != PROJECTION_PCA) return ET_OK;
    int rows = c->training_set.count, kept = c->options->components;
    if (kept == 0) {
        double explained;
        float *direction, *mean = malloc((size_t)c->columns * sizeof *mean);
        if (!mean) return error_set(error, ET_ERROR_MEMORY, "no memory for PCA");
        et_status status = pca_components(c->training_set.point, rows, c->columns, 0, c->options->variance, mean, &direction,
                                          &kept, &explained, error);
        free(mean);
        if (status) return status;
        free(direction);
    }
    c->config.projection = true;
    if (kept > c->columns) kept = c->columns;
    c->config.features = kept < rows ? kept : rows - 1; /* more directions than songs there are not */
    return ET_OK;
}

static et_status build_model(pipeline *c, et_error *error)
{
    et_status status = count_components(c, error);
    if (status) return status;
    struct et_model *model = NULL;
    status = model_create(&model, &c->config, c->options->members, error);
    if (status) return status;
    c->out->model = model;
    for (int i = 0; i < model->members; i++) {
        random_numbers r = random_stream(c->options->seed, RANDOM_WEIGHTS, (uint64_t)i);
        network_initialise(model->member[i], random_next(&r));
        preprocessing_copy(model->member[i], c->out->preprocessing);
    }
    if (c->config.projection) {
        double explained;
        status =
            preprocessing_fit_projection(model->member[0], c->training_set.point, c->training_set.count, &explained, error);
        if (status) return status;
        pipeline_tell(c, "PCA: %d components explain %.1f%% of the variance", c->config.features, 100 * explained);
        for (int i = 1; i < model->members; i++) preprocessing_copy(model->member[i], model->member[0]);
    }
    for (int i = 0; i < model->members; i++) model->target[i] = pipeline_first_target(c);
    model->memory = c->options->memory;
    model->pitch_lag_frames = c->options->pitch_lag_frames;
    /* windows' labels become (label - least) / range: an answer of 0 stands for the least, 1 for the largest */
    if (c->label_range > 0) model->label_low = (float)(c->label_least - c->label_range);
    if (c->label_range > 0) model->label_high = (float)(c->label_least + c->label_range);
    model->label_offset_s = c->options->label_offset_s;
    return ET_OK;
}

#define STILL 1e-4 /* of the deviation between songs */

static bool any_descriptors(const pipeline *c)
{
    for (int i = 0; i < c->columns; i++)
        if (c->chosen[i] < FUNCTIONAL_COUNT) return true;
    return false;
}

/** Within-song deviation of means as short as the change detector's, in each scaled column; 0: not compared. */
static et_status fit_memory_deviation(pipeline *c, et_error *error)
{
    int rows = (int)(c->options->memory.change_window_s / 0.5 + 0.5), columns = c->columns, count = 0;
    if (rows < 1) return ET_OK;
    double *square = calloc((size_t)columns, sizeof *square);
    float *point = malloc(2 * (size_t)columns * sizeof *point), *deviation = malloc((size_t)columns * sizeof *deviation);
    if (!square || !point || !deviation) {
        free(square), free(point), free(deviation);
        return error_set(error, ET_ERROR_MEMORY, "no memory for the memory's deviations");
    }
    for (int i = 0; i < c->training_set.count; i++) {
        const song *s = c->training_set.song[i];
        float row[LEVEL_MOST];
        if (s->means_only || s->rows - s->row_first < 2 * rows) continue;
        song_level(s, s->rows, c->config.columns_in, row);
        network_scaled(c->out->preprocessing, row, point);
        for (int k = s->row_first; k + rows <= s->rows; k += rows, count++) {
            song_mean_row(s, k, k + rows, c->config.columns_in, row);
            network_scaled(c->out->preprocessing, row, point + columns);
            for (int j = 0; j < columns; j++) square[j] += pow((double)point[columns + j] - point[j], 2);
        }
    }
    /* Descriptors alone, where there are any: the ear's and harmony's columns move so much within a song that with them the change
     * detector hears changes where there are none. */
    int compared = any_descriptors(c) ? FUNCTIONAL_COUNT : ROW_COLUMNS;
    for (int j = 0; j < columns; j++) {
        double within = count ? sqrt(square[j] / count) : 1;
        /* a column that stands still is compared on the songs' own scale */
        deviation[j] = c->chosen[j] >= compared ? 0.0f : within > STILL ? (float)within : 1.0f;
    }
    free(square), free(point);
    free(c->out->model->memory_deviation);
    c->out->model->memory_deviation = deviation;
    return ET_OK;
}

static void pipeline_end(pipeline *c)
{
    training_set_free(&c->training_set);
    teaching_points_free(&c->points);
    free(c->rows);
}

et_status pipeline_teach(pipeline_result *out, const dataset *datasets, int count, const dataset *degraded,
                         int degraded_count, const pipeline_options *options, const pipeline_hooks *hooks, et_error *error)
{
    *out = (pipeline_result){0};
    pipeline c = {.options = options, .datasets = datasets, .count = count, .hooks = hooks, .out = out};
    et_status status = pipeline_prepare(&c, error);
    if (!status) status = teach(&c, degraded, degraded_count, error);
    pipeline_end(&c);
    if (status) pipeline_result_free(out);
    return status;
}

/* ---- the networks -------------------------------------------------------------------------------------------------- */

static et_status train_members(pipeline *c, const fit_source *source, checkpoint *state, et_error *error)
{
    struct et_model *model = c->out->model;
    const fit_hooks *hooks = c->hooks ? &c->hooks->fit : NULL;
    size_t bytes = state->count * sizeof(float);
    for (int i = 0; i < state->member; i++) {
        memcpy(network_parameters(model->member[i]), state->done + state->count * (size_t)i, bytes);
        network_refresh(model->member[i]);
    }
    while (state->member < model->members) {
        network *net = model->member[state->member];
        et_status status = fit_network(net, source, &c->options->fit, c->options->seed, state, hooks, error);
        int usable = state->member + (state->epoch > 0);
        if (status == ET_ERROR_INTERRUPTED && usable > 0) {
            for (int i = usable; i < model->members; i++) network_destroy(model->member[i]), model->member[i] = NULL;
            model->members = usable;
            c->out->interrupted = true;
            return ET_OK;
        }
        if (status) return status;
        checkpoint_member_done(state, network_parameters(net));
    }
    return ET_OK;
}

static et_status train_taught(pipeline *c, checkpoint *state, et_error *error)
{
    const pipeline_options *o = c->options;
    distillation *e = NULL;
    distillation_options how = o->distillation;
    how.clip = o->clip;
    et_status status = distillation_create(&e, c->out->model->member[0], c->out->teacher, &c->points, &c->training_set,
                                           o->batch, pipeline_first_target(c), &how, o->seed, error);
    if (status) return status;
    fit_source source = distillation_source(e);
    status = train_members(c, &source, state, error);
    if (!status) status = distillation_agreement(e, c->out->model->member[0], c->out->agreement, error);
    if (!status)
        pipeline_tell(c, "the network explains %.2f%% and %.2f%% of the teacher's variance (valence, arousal)",
                      100 * c->out->agreement[0], 100 * c->out->agreement[1]);
    distillation_destroy(e);
    return status;
}

static et_status train_on_labels(pipeline *c, checkpoint *state, et_error *error)
{
    const struct et_model *model = c->out->model;
    windows *w = NULL;
    window_options options = pipeline_windows(c);
    et_status status = windows_create(&w, model->member[0], &c->options->memory, model->memory_deviation, c->datasets,
                                      c->count, &options, pipeline_first_target(c), error);
    if (status) return status;
    fit_source source = windows_source(w);
    status = train_members(c, &source, state, error);
    windows_destroy(w);
    return status;
}

static uint64_t digest_songs(uint64_t d, const dataset *datasets, int count)
{
    for (int k = 0; k < count; k++)
        for (int i = 0; i < datasets[k].set->songs; i++) {
            const song *s = &datasets[k].set->song[i];
            int numbers[3] = {datasets[k].scale, datasets[k].part ? (int)datasets[k].part[i] : 0, s->rows};
            d = digest_bytes(d, s->id, strlen(s->id) + 1);
            d = digest_bytes(d, numbers, sizeof numbers);
            d = digest_bytes(d, s->label, (size_t)s->labels * sizeof *s->label);
            d = digest_bytes(d, s->row, (size_t)s->rows * ROW_WIDTH * sizeof *s->row);
        }
    return d;
}

/** Of everything that decides what training will give: options, ids, parts, labels and rows. */
static uint64_t digest_of(const pipeline *c, const dataset *degraded, int degraded_count)
{
    uint64_t d = digest_bytes(DIGEST_START, EMOTRACK_VERSION, sizeof EMOTRACK_VERSION);
    d = settings_digest(d, c->options);
    return digest_songs(digest_songs(d, c->datasets, c->count), degraded, degraded_count);
}

/** The run's checkpoint, empty or as an earlier run left it. */
static et_status open_checkpoint(const pipeline *c, checkpoint *state, uint64_t digest, const char *path, bool resume,
                                 et_error *error)
{
    et_status status = checkpoint_create(state, path, digest, network_parameter_count(c->out->model->member[0]),
                                         c->options->members, error);
    if (status || !resume) return status;
    status = checkpoint_load(state, error);
    if (status == ET_ERROR_FILE) return ET_OK; /* nothing there: from the beginning */
    if (!status) pipeline_tell(c, "resumed at network %d, epoch %d", state->member + 1, state->epoch + 1);
    return status;
}

et_status pipeline_run(pipeline_result *out, const dataset *datasets, int count, const dataset *degraded, int degraded_count,
                       const pipeline_options *options, const char *checkpoint_path, bool resume,
                       const pipeline_hooks *hooks, et_error *error)
{
    *out = (pipeline_result){0};
    pipeline c = {.options = options, .datasets = datasets, .count = count, .hooks = hooks, .out = out};
    checkpoint state = {0};
    et_status status = pipeline_prepare(&c, error);
    if (!status && options->taught) status = teach(&c, degraded, degraded_count, error);
    if (!status) status = build_model(&c, error);
    if (!status) status = fit_memory_deviation(&c, error);
    if (!status)
        status = open_checkpoint(&c, &state, digest_of(&c, degraded, degraded_count), checkpoint_path, resume, error);
    if (!status) status = options->taught ? train_taught(&c, &state, error) : train_on_labels(&c, &state, error);
    checkpoint_free(&state);
    pipeline_end(&c);
    if (status) pipeline_result_free(out);
    return status;
}

void pipeline_result_free(pipeline_result *r)
{
    model_destroy(r->model);
    teacher_destroy(r->teacher);
    network_destroy(r->preprocessing);
    *r = (pipeline_result){0};
}
