#include "train/course.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "train/forest.h"
#include "train/front.h"
#include "train/principal.h"
#include "train/random.h"
#include "train/song_features.h"

bool course_defaults(course_options *o, const char *name)
{
    *o = (course_options){.projection = PROJECTION_PCA,
                          .components = 60,
                          .variance = 0.998,
                          .forest_threshold = 0.0015,
                          .clip = 2,
                          .taught = true,
                          .teacher = teacher_defaults,
                          .examples = example_defaults,
                          .batch = 192,
                          .members = 1,
                          .pitch_lag_frames = 10,
                          .seed = 1};
    if (!network_defaults(&o->network, name)) return false;
    o->network.window = 8, o->network.channels = 6, o->network.hidden = 24;
    o->network.dropout_head = 0.1f, o->network.dropout_branch = 0.01f;
    o->network.targets = TARGETS;
    o->memory = (memory_constants){.time_constant_s = 20, .ear_s = 4, .threshold = 1.5, .silence_reset_s = 2};
    o->windows = (window_options){.batch = 192, .label_scale = 1};
    o->fit = (fit_options){.epochs = 40,
                           .schedule = SCHEDULE_ONE_CYCLE,
                           .rate = 0.003,
                           .threads = 1,
                           .optimiser = {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .decay = 0.01, .clip = 1}};
    return true;
}

bool course_seed_recipe(course_options *o, const char *name)
{
    if (!course_defaults(o, name) || !network_defaults(&o->network, name)) return false;
    o->taught = false;
    o->network.relative = false, o->network.lag = 1, o->network.attention_last = true, o->network.targets = TARGETS;
    o->projection = PROJECTION_FOREST, o->clip = 0;
    o->memory = (memory_constants){0};
    o->windows = (window_options){.batch = 168, .label_scale = 1, .split_frames = true};
    o->fit = (fit_options){
        .epochs = 40,
        .schedule = SCHEDULE_SEED,
        .rate = 0.004,
        .threads = 1,
        .patience = 40,
        .optimiser = {
            .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .decay = 1e-4, .l2 = true, .clip = 1, .clip_each_tensor = true}};
    return true;
}

/** What stands between the stages. */
typedef struct course {
    const course_options *options;
    const school_class *classes;
    int count;
    const course_hooks *hooks;
    lessons lessons;
    float *rows;
    int chosen[2 * FUNCTIONAL_COUNT], columns;
    network_config config;
    course_result *out;
} course;

static void tell(const course *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void tell(const course *c, const char *format, ...)
{
    if (!c->hooks || !c->hooks->tell) return;
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    c->hooks->tell(c->hooks->user, line);
}

/* ---- columns and scaling ------------------------------------------------------------------------------------------- */

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
    tell(c, "forest: %d of %d columns are important for valence or arousal", kept, c->columns);
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

static et_status prepare(course *c, et_error *error)
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
    tell(c, "%d songs to learn from, %d columns", c->lessons.count, c->columns);
    return ET_OK;
}

/* ---- teacher ------------------------------------------------------------------------------------------------------- */

static void tell_teacher(const course *c, const double (*answer)[TARGETS])
{
    size_t n = (size_t)c->lessons.count;
    double *pair = malloc(2 * n * sizeof *pair), nse[TARGETS];
    for (int t = 0; pair && t < TARGETS; t++) {
        size_t used = 0;
        for (size_t i = 0; i < n; i++)
            if (c->lessons.scale[i] == 0) pair[used] = c->lessons.label[i][t], pair[n + used++] = answer[i][t];
        nse[t] = metrics_of(pair, pair + n, used).nse;
    }
    if (pair)
        tell(c, "teacher: each song left out, NSE of its level: arousal %.3f, valence %.3f", nse[TARGET_AROUSAL],
             nse[TARGET_VALENCE]);
    free(pair);
}

static et_status teach(course *c, et_error *error)
{
    double(*left_out)[TARGETS] = NULL;
    et_status status = lessons_teach(&c->out->teacher, &c->lessons, &c->options->teacher, &left_out, error);
    if (!status) tell_teacher(c, (const double(*)[TARGETS])left_out);
    free(left_out);
    return status;
}

et_status course_teach(course_result *out, const school_class *classes, int count, const course_options *options,
                       et_error *error)
{
    *out = (course_result){0};
    course c = {.options = options, .classes = classes, .count = count, .out = out};
    et_status status = prepare(&c, error);
    if (!status) status = teach(&c, error);
    lessons_free(&c.lessons);
    free(c.rows);
    if (status) course_result_free(out);
    return status;
}

/* ---- model --------------------------------------------------------------------------------------------------------- */

static et_status count_components(course *c, et_error *error)
{
    if (c->options->projection != PROJECTION_PCA) return ET_OK;
    int rows = c->lessons.count, kept = c->options->components;
    if (kept == 0) {
        double explained;
        float *direction, *mean = malloc((size_t)c->columns * sizeof *mean);
        if (!mean) return error_set(error, ET_ERROR_MEMORY, "no memory for PCA");
        et_status status = principal_components(c->lessons.point, rows, c->columns, 0, c->options->variance, mean,
                                                &direction, &kept, &explained, error);
        free(mean);
        if (status) return status;
        free(direction);
    }
    c->config.projection = true;
    c->config.features = kept < c->columns ? kept : c->columns;
    return ET_OK;
}

static et_status build_model(course *c, et_error *error)
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
        front_copy(model->member[i], c->out->front);
    }
    if (c->config.projection) {
        double explained;
        status = front_fit_projection(model->member[0], c->lessons.point, c->lessons.count, &explained, error);
        if (status) return status;
        tell(c, "PCA: %d components explain %.1f%% of the variance", c->config.features, 100 * explained);
        for (int i = 1; i < model->members; i++) front_copy(model->member[i], model->member[0]);
    }
    for (int i = 0; i < model->members; i++) model->target[i] = c->options->first_target;
    model->memory = c->options->memory;
    model->pitch_lag_frames = c->options->pitch_lag_frames;
    model->label_low = -1, model->label_high = 1;
    model->label_offset_s = c->options->windows.label_offset_s;
    return ET_OK;
}

#define STILL 1e-4 /* of the deviation between songs */

/** Within-song deviation of means as short as the ear's, in each scaled column. */
static et_status fit_memory_deviation(course *c, et_error *error)
{
    int rows = (int)(c->options->memory.ear_s / 0.5 + 0.5), columns = c->columns, count = 0;
    if (rows < 1) return ET_OK;
    double *square = calloc((size_t)columns, sizeof *square);
    float *point = malloc(2 * (size_t)columns * sizeof *point), *deviation = malloc((size_t)columns * sizeof *deviation);
    if (!square || !point || !deviation) {
        free(square), free(point), free(deviation);
        return error_set(error, ET_ERROR_MEMORY, "no memory for the memory's deviations");
    }
    for (int i = 0; i < c->lessons.count; i++) {
        const song *s = c->lessons.song[i];
        float row[2 * FUNCTIONAL_COUNT] = {0};
        if (s->means_only || s->rows - s->row_first < 2 * rows) continue;
        song_level(s, s->rows, c->config.columns_in, row);
        network_scaled(c->out->front, row, point);
        for (int k = s->row_first; k + rows <= s->rows; k += rows, count++) {
            song_mean_row(s, k, k + rows, row);
            network_scaled(c->out->front, row, point + columns);
            for (int j = 0; j < columns; j++) square[j] += pow((double)point[columns + j] - point[j], 2);
        }
    }
    for (int j = 0; j < columns; j++) {
        double within = count ? sqrt(square[j] / count) : 1;
        deviation[j] =
            within > STILL ? (float)within : 1; /* a column that stands still is compared on the songs' own scale */
    }
    free(square), free(point);
    free(c->out->model->memory_deviation);
    c->out->model->memory_deviation = deviation;
    return ET_OK;
}

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

/* ---- the networks -------------------------------------------------------------------------------------------------- */

static et_status train_members(course *c, const fit_source *source, checkpoint *kept, et_error *error)
{
    struct et_model *model = c->out->model;
    size_t bytes = kept->count * sizeof(float);
    for (int i = 0; i < kept->member; i++) {
        memcpy(network_parameters(model->member[i]), kept->done + kept->count * (size_t)i, bytes);
        network_refresh(model->member[i]);
    }
    while (kept->member < model->members) {
        network *net = model->member[kept->member];
        et_status status = fit_network(net, source, &c->options->fit, kept, c->hooks ? &c->hooks->fit : NULL, error);
        if (status == ET_ERROR_INTERRUPTED && kept->member + (kept->epoch > 0) > 0) {
            for (int i = kept->member + (kept->epoch > 0); i < model->members; i++)
                network_destroy(model->member[i]), model->member[i] = NULL;
            model->members = kept->member + (kept->epoch > 0);
            c->out->interrupted = true;
            return ET_OK;
        }
        if (status) return status;
        checkpoint_member_done(kept, network_parameters(net));
    }
    return ET_OK;
}

static et_status train_taught(course *c, const school_class *damaged, int damaged_count, checkpoint *kept, et_error *error)
{
    float *shifts = NULL;
    int shift_count = 0;
    examples *e = NULL;
    network *first = c->out->model->member[0];
    et_status status = find_shifts(c, damaged, damaged_count, &shifts, &shift_count, error);
    if (!status && shift_count) tell(c, "%d songs heard through damaged sound", shift_count);
    if (!status)
        status = examples_create(&e, first, c->out->teacher, &c->lessons, shifts, shift_count, c->options->batch,
                                 c->options->first_target, &c->options->examples, c->options->seed, error);
    fit_source source = status ? (fit_source){0} : examples_source(e);
    if (!status) status = train_members(c, &source, kept, error);
    if (!status) status = examples_agreement(e, c->out->model->member[0], c->out->agreement, error);
    if (!status)
        tell(c, "the network explains %.2f%% and %.2f%% of the teacher's variance (%s)", 100 * c->out->agreement[0],
             100 * c->out->agreement[1], "valence, arousal");
    examples_destroy(e);
    free(shifts);
    return status;
}

static et_status train_on_labels(course *c, checkpoint *kept, et_error *error)
{
    windows *w = NULL;
    struct et_model *model = c->out->model;
    et_status status = windows_create(&w, model->member[0], &c->options->memory, model->memory_deviation, c->classes,
                                      c->count, &c->options->windows, c->options->first_target, error);
    fit_source source = status ? (fit_source){0} : windows_source(w);
    if (!status) status = train_members(c, &source, kept, error);
    windows_destroy(w);
    return status;
}

et_status course_run(course_result *out, const school_class *classes, int count, const school_class *damaged,
                     int damaged_count, const course_options *options, const char *checkpoint_path, bool resume,
                     const course_hooks *hooks, et_error *error)
{
    *out = (course_result){0};
    course c = {.options = options, .classes = classes, .count = count, .hooks = hooks, .out = out};
    checkpoint kept = {0};
    et_status status = prepare(&c, error);
    if (!status && options->taught) status = teach(&c, error);
    if (!status) status = build_model(&c, error);
    if (!status) status = fit_memory_deviation(&c, error);
    uint64_t digest = course_digest(classes, count, damaged, damaged_count, options);
    if (!status)
        status = checkpoint_create(&kept, checkpoint_path, digest, network_parameter_count(out->model->member[0]),
                                   options->members, error);
    if (!status && resume) {
        status = checkpoint_load(&kept, error);
        if (status == ET_ERROR_FILE)
            status = ET_OK; /* nothing there: from the beginning */
        else if (!status)
            tell(&c, "taken up at network %d, epoch %d", kept.member + 1, kept.epoch + 1);
    }
    if (!status)
        status =
            options->taught ? train_taught(&c, damaged, damaged_count, &kept, error) : train_on_labels(&c, &kept, error);
    checkpoint_free(&kept);
    lessons_free(&c.lessons);
    free(c.rows);
    if (status) course_result_free(out);
    return status;
}

void course_result_free(course_result *r)
{
    model_destroy(r->model);
    teacher_destroy(r->teacher);
    network_destroy(r->front);
    *r = (course_result){0};
}
