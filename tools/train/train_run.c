/** Training itself: one model, or folds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/read_file.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "train/checkpoint.h"
#include "train/percentiles.h"
#include "train/score_table.h"
#include "train/train_request.h"
#include "train/usual_errors.h"

/* ---- what is said meanwhile ---------------------------------------------------------------------------------------- */

typedef struct watch {
    bool quiet;
    const char *log_path; /* NULL: none */
    const char *note;     /* of every row; NULL: nothing to say */
} watch;

static void watch_line(void *user, const char *line)
{
    const watch *w = user;
    if (!w->quiet) say("%s", line);
}

/** Lines as they are, or with one more column at the end of each. */
static void write_lines(FILE *stream, const char *lines, const char *more)
{
    for (const char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1)
        fprintf(stream, "%.*s%s%s\n", (int)(end - lines), lines, more ? "," : "", more ? more : "");
}

static void write_log(const char *path, const char *rows, const char *note)
{
    atomic_file *file;
    if (atomic_file_create(&file, path, NULL)) return; /* the checkpoint, in the same folder, says what is wrong */
    write_lines(atomic_file_stream(file), FIT_LOG_HEADER, note ? "note" : NULL);
    write_lines(atomic_file_stream(file), rows, note);
    atomic_file_commit(file, NULL);
}

static void watch_epoch(void *user, const fit_epoch *e)
{
    const watch *w = user;
    progress_add(1);
    progress_note("loss %.5f, validation %.5f", e->loss, e->validation);
    if (w->log_path) write_log(w->log_path, e->log, w->note);
}

static bool watch_stop(void *user)
{
    (void)user;
    return interrupted();
}

static int epochs_of(const pipeline_options *o)
{
    return o->fit.epochs * o->members;
}

static pipeline_hooks hooks_of(watch *w)
{
    return (pipeline_hooks){.fit = {.epoch = watch_epoch, .stop = watch_stop, .user = w}, .tell = watch_line, .user = w};
}

/** Data and degraded data as data sets; returns how many degraded ones. */
static int all_datasets(const labelled_data *d, const labelled_data *degraded, dataset *datasets, dataset *degrade)
{
    int count = 0;
    labelled_data_sets(d, datasets);
    for (int i = 0; i < DEGRADATIONS_MOST; i++) {
        labelled_data_sets(&degraded[i], degrade + count);
        count += degraded[i].count;
    }
    return count;
}

/* ---- evaluation ---------------------------------------------------------------------------------------------------- */

static et_status add_answers(evaluation *j, const song *s, const double (*answer)[TARGETS], double offset_s, et_error *error)
{
    double *end = malloc((size_t)s->rows * sizeof *end);
    if (!end) return error_set(error, ET_ERROR_MEMORY, "no memory for the answers of %s", s->id);
    for (int k = 0; k < s->rows; k++) end[k] = row_end_s(k);
    et_status status = evaluation_add(j, s, end, answer, s->rows, offset_s, error);
    free(end);
    return status;
}

static bool has_label_in(const song *s, part p, uint64_t seed)
{
    for (int i = 0; i < s->labels && s->label_time_s; i++)
        if (split_frame(seed, s->id, i) == p) return true;
    return false;
}

/** The song with those labels alone that fall to part `p` where frames are divided. Its labels are malloc'ed. */
static et_status labels_of_part(song *few, const song *s, part p, uint64_t seed, et_error *error)
{
    size_t most = (size_t)s->labels + 1;
    *few = *s;
    few->labels = 0;
    few->label = malloc(most * sizeof *few->label), few->label_time_s = malloc(most * sizeof *few->label_time_s);
    if (!few->label || !few->label_time_s) {
        free(few->label), free(few->label_time_s);
        return error_set(error, ET_ERROR_MEMORY, "no memory for the labels of %s", s->id);
    }
    for (int i = 0; i < s->labels && s->label_time_s; i++) {
        if (split_frame(seed, s->id, i) != p) continue;
        few->label_time_s[few->labels] = s->label_time_s[i];
        memcpy(few->label[few->labels++], s->label[i], sizeof *few->label);
    }
    return ET_OK;
}

/** Windows of one part, whatever song they are of, by the model. */
static et_status evaluate_frames(evaluation *j, const pipeline_result *r, const song_set *set, part p, uint64_t seed,
                                 et_error *error)
{
    et_status status = ET_OK;
    for (int i = 0; i < set->songs && !status; i++) {
        song few;
        double(*answer)[TARGETS] = NULL;
        if (set->song[i].means_only || !has_label_in(&set->song[i], p, seed)) continue;
        status = labels_of_part(&few, &set->song[i], p, seed, error);
        if (status) return status;
        status = model_answers(r->model, &few, &answer, error);
        if (!status) status = add_answers(j, &few, (const double(*)[TARGETS])answer, model_offset_s(r->model), error);
        free(answer), free(few.label), free(few.label_time_s);
    }
    return status;
}

static et_status add_teacher(evaluation *j, const pipeline_result *r, int scale, const song *s, et_error *error)
{
    double(*answer)[TARGETS];
    et_status status = teacher_follow(r->teacher, r->preprocessing, scale, s, &answer, error);
    if (status) return status;
    status = add_answers(j, s, (const double(*)[TARGETS])answer, 0, error);
    free(answer);
    return status;
}

/** Songs of one part of a set, by the model; and by the teacher if `taught` is given. */
static et_status evaluate_part(evaluation *by_model, evaluation *by_teacher, evaluation *taught, const pipeline_result *r,
                               const labelled_data *d, int k, part p, et_error *error)
{
    et_status status = ET_OK;
    for (int i = 0; i < d->set[k].songs && !status; i++) {
        const song *s = &d->set[k].song[i];
        double(*answer)[TARGETS];
        if (d->part[k][i] != p || s->means_only) continue;
        if (by_model) {
            status = model_answers(r->model, s, &answer, error);
            if (status) return status;
            status = add_answers(by_model, s, (const double(*)[TARGETS])answer, model_offset_s(r->model), error);
            free(answer);
        }
        if (!status && by_teacher && r->teacher) status = add_teacher(by_teacher, r, d->scale[k], s, error);
        if (!status && by_model && taught && r->teacher) status = add_teacher(taught, r, 0, s, error);
    }
    return status;
}

/* ---- one model ----------------------------------------------------------------------------------------------------- */

static void set_text(json_t *o, const char *key, const char *text)
{
    if (text) json_object_set_new(o, key, json_string(text));
}

/** The last name of a path. */
static json_t *name_of(const json_t *path)
{
    const char *text = json_string_value(path);
    size_t end = text ? strlen(text) : 0, begin;
    while (end > 1 && text[end - 1] == '/') end--;
    for (begin = end; begin > 0 && text[begin - 1] != '/';) begin--;
    return json_stringn(text ? text + begin : "", end - begin);
}

/** A run's settings as a model keeps them: of files and folders their names alone, so that it tells nothing of the machine and is the
 *  same wherever the data lie. */
static json_t *settings_without_places(const json_t *settings)
{
    static const char *const places[] = {"data", "song-means", "songs", "errors"};
    json_t *named = json_deep_copy(settings);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        json_t *place = json_object_get(named, places[i]);
        if (json_is_string(place)) json_object_set_new(named, places[i], name_of(place));
        for (size_t k = 0; k < json_array_size(place); k++) json_array_set_new(place, k, name_of(json_array_get(place, k)));
    }
    return named;
}

static void describe(pipeline_result *r, const labelled_data *d, const train_request *q, json_t *scores)
{
    struct et_model *model = r->model;
    const char *slash = strrchr(q->output, '/'), *file = slash ? slash + 1 : q->output;
    snprintf(model->name, sizeof model->name, "%.*s", (int)strcspn(q->name ? q->name : file, "."), q->name ? q->name : file);
    json_t *training = json_object();
    json_object_set_new(training, "songs", songs_by_part(d));
    json_object_set_new(training, "settings", settings_without_places(q->settings));
    set_text(training, "program", EMOTRACK_VERSION);
    json_object_set_new(training, "taught_songs", json_integer(r->songs));
    json_object_set_new(
        training, "mean_label",
        json_pack("{sf sf}", "valence", r->mean_label[TARGET_VALENCE], "arousal", r->mean_label[TARGET_AROUSAL]));
    if (r->interrupted) json_object_set_new(training, "interrupted", json_true());
    if (q->pipeline.split_frames) set_text(training, "split", SPLIT_BY_FRAME);
    json_object_set_new(model->metadata, "training", training);
    json_object_set_new(model->metadata, "metrics", scores);
    set_text(model->metadata, "license", q->license);
    set_text(model->metadata, "card", q->card);
}

/** The table of one part of a set, if it has anything in it.
 *  @param scores  receives {"deam test": {...}}   @param usual  gets the songs that are rated as the model answers */
static et_status evaluate_one(const pipeline_result *r, const labelled_data *d, int k, part p, const train_request *q,
                              json_t *scores, usual_errors *usual, et_error *error)
{
    static const char *const names[] = {"train", "validation", "test"};
    const bool frames = q->pipeline.split_frames;
    const char *note = frames ? SPLIT_BY_FRAME : NULL;
    evaluation j = {0};
    score s;
    et_status status = frames ? evaluate_frames(&j, r, &d->set[k], p, q->pipeline.seed, error)
                              : evaluate_part(&j, NULL, NULL, r, d, k, p, error);
    if (!status && j.count) status = score_of(&s, &j, r->mean_label, error);
    if (!status && j.count) {
        char title[128];
        snprintf(title, sizeof title, "%s, %s %s", d->set[k].name, names[p], frames ? "windows" : "songs");
        score_print(stdout, title, &s, note);
        json_t *table = score_json(&s);
        if (note) json_object_set_new(table, "note", json_string(note));
        json_object_set_new(scores, title, table);
        if (!frames && d->scale[k] == 0) usual_errors_add(usual, &s);
    }
    evaluation_free(&j);
    return status;
}

/** Tables for validation and test songs (or windows) of every data set; the model gets its usual errors. */
static et_status evaluate_all(const pipeline_result *r, const labelled_data *d, const train_request *q,
                              const usual_errors *kept, json_t *scores, et_error *error)
{
    usual_errors own = {0};
    et_status status = ET_OK;
    for (int k = 0; k < d->count; k++)
        for (int p = PART_VALIDATION; p <= PART_TEST && !status; p++)
            status = evaluate_one(r, d, k, (part)p, q, scores, &own, error);
    if (!status) usual_errors_give(q->errors ? kept : &own, r->model);
    return status;
}

/** The model gets what its networks hear with. */
static et_status give_ear(struct et_model *model, const char *path, et_error *error)
{
    unsigned char *bytes = NULL;
    size_t size;
    if (!(model_families(model) & WITH_EAR)) return ET_OK;
    et_status status = read_file(path, EAR_FILE_MOST, &bytes, &size, error);
    if (!status) status = model_take_ear(model, bytes, size, path, error);
    free(bytes);
    return status;
}

/** MODEL.config.json: what --config takes for the same run. */
static et_status write_config(const train_request *q, et_error *error)
{
    char *path = NULL, *text = json_dumps(q->settings, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    atomic_file *file;
    if (!text || asprintf(&path, "%s.config.json", q->output) < 0) {
        free(text);
        return error_set(error, ET_ERROR_MEMORY, "no memory for the settings");
    }
    et_status status = atomic_file_create(&file, path, error);
    if (!status) fprintf(atomic_file_stream(file), "%s\n", text);
    if (!status) status = atomic_file_commit(file, error);
    free(text), free(path);
    return status;
}

int train_model(labelled_data *d, labelled_data *degraded, const train_request *q)
{
    et_error error = {0};
    dataset datasets[SONG_SETS_MOST], degrade[SONG_SETS_MOST * DEGRADATIONS_MOST];
    char *state = NULL, *log = NULL;
    if (asprintf(&state, "%s.checkpoint", q->output) < 0 || asprintf(&log, "%s.log.csv", q->output) < 0) return EXIT_FAILED;
    atomic_file_sweep(q->output);
    watch w = {.quiet = q->data.quiet, .log_path = log};
    if (q->pipeline.split_frames) w.note = SPLIT_BY_FRAME;
    if (w.note) say("%s", w.note);
    pipeline_hooks hooks = hooks_of(&w);
    pipeline_result r = {0};
    usual_errors kept = {0};
    et_status status = q->errors ? usual_errors_read(&kept, q->errors, &error) : ET_OK;
    if (!status) status = write_config(q, &error);
    if (!status) status = train_divide(d, q, &error);
    int degrade_count = all_datasets(d, degraded, datasets, degrade);
    progress_begin("train", epochs_of(&q->pipeline), "epochs", q->data.quiet);
    if (!status)
        status =
            pipeline_run(&r, datasets, d->count, degrade, degrade_count, &q->pipeline, state, q->resume, &hooks, &error);
    progress_end();
    json_t *scores = json_object();
    if (!status) status = evaluate_all(&r, d, q, &kept, scores, &error);
    if (!status) status = percentiles_give(r.model, d, &error);
    if (!status) status = give_ear(r.model, q->ear, &error);
    if (!status) {
        describe(&r, d, q, scores);
        status = model_save(r.model, q->output, &error);
    } else
        json_decref(scores);
    int code = status ? say_failure(&error) : r.interrupted ? EXIT_INTERRUPTED : EXIT_DONE;
    if (!status)
        say("%s: %s%s", q->output, r.model->digest,
            r.interrupted ? " (interrupted: the best so far; --resume goes on)" : "");
    if (!status && !r.interrupted) checkpoint_remove(state);
    pipeline_result_free(&r);
    free(state), free(log);
    return code;
}

/* ---- folds --------------------------------------------------------------------------------------------------------- */

typedef struct pool {
    evaluation by_model, by_teacher; /**< the teacher in the terms of the set's own raters */
    evaluation taught;               /**< and in those of the answer, which the network learnt */
} pool;

/** Trains without fold `f` of every divided set and tests on it. */
static et_status run_fold(pool *pools, labelled_data *d, const labelled_data *degraded, int *const *fold, int f,
                          const train_request *q, const pipeline_hooks *hooks, et_error *error)
{
    dataset datasets[SONG_SETS_MOST], degrade[SONG_SETS_MOST * DEGRADATIONS_MOST];
    for (int k = 0; k < d->count; k++)
        for (int i = 0; fold[k] && i < d->set[k].songs; i++) d->part[k][i] = fold[k][i] == f ? PART_TEST : PART_TRAIN;
    int degrade_count = all_datasets(d, degraded, datasets, degrade);
    pipeline_result r;
    bool networks = q->pipeline.fit.epochs > 1 || !q->pipeline.taught;
    et_status status =
        networks ? pipeline_run(&r, datasets, d->count, degrade, degrade_count, &q->pipeline, NULL, false, hooks, error)
                 : pipeline_teach(&r, datasets, d->count, degrade, degrade_count, &q->pipeline, hooks, error);
    if (!status && networks && r.interrupted) status = error_set(error, ET_ERROR_INTERRUPTED, "interrupted");
    for (int k = 0; k < d->count && !status; k++)
        status = evaluate_part(networks ? &pools[k].by_model : NULL, &pools[k].by_teacher, &pools[k].taught, &r, d, k,
                               PART_TEST, error);
    pipeline_result_free(&r);
    return status;
}

/** @param usual  NULL, or gets the songs */
static et_status print_pool(const char *name, const char *who, const evaluation *j, usual_errors *usual, et_error *error)
{
    if (!j->count) return ET_OK;
    char title[160];
    score s;
    et_status status = score_of(&s, j, (const double[]){NAN, NAN}, error);
    snprintf(title, sizeof title, "%s, %s", name, who);
    if (!status) score_print(stdout, title, &s, NULL);
    if (!status && usual) usual_errors_add(usual, &s);
    return status;
}

/** How much of what the teacher says of songs that neither has heard the network says too. */
static void print_agreement(const pool *p)
{
    size_t n = p->by_model.count;
    double *pair = malloc((2 * n + 1) * sizeof *pair), r2[TARGETS];
    if (!pair || n == 0 || p->taught.count != n) {
        free(pair);
        return;
    }
    for (int t = 0; t < TARGETS; t++) {
        for (size_t i = 0; i < n; i++) pair[i] = p->taught.answer[i][t], pair[n + i] = p->by_model.answer[i][t];
        r2[t] = metrics_of(pair, pair + n, n).nse;
    }
    free(pair);
    printf("  of the teacher's variance on these songs the network explains: arousal %.3f, valence %.3f\n",
           r2[TARGET_AROUSAL], r2[TARGET_VALENCE]);
}

static et_status run_repeat(labelled_data *d, const labelled_data *degraded, const train_request *q, int repeat,
                            const pipeline_hooks *hooks, usual_errors *usual, et_error *error)
{
    int *fold[SONG_SETS_MOST] = {0};
    pool pools[SONG_SETS_MOST] = {0};
    et_status status = ET_OK;
    for (int k = 0; k < d->count && !status; k++) {
        if (d->set[k].layout == LAYOUT_MEANS) continue;
        const char **key = split_keys(&d->set[k], q->ungrouped);
        fold[k] = malloc((size_t)d->set[k].songs * sizeof *fold[k]);
        status = key && fold[k]
                     ? split_folds(fold[k], key, d->set[k].songs, q->folds, q->pipeline.seed + (uint64_t)repeat, error)
                     : error_set(error, ET_ERROR_MEMORY, "no memory for folds");
        free(key);
        for (int i = 0, set, at; i < d->set[k].songs && !status; i++)
            if (stands_before(d, k, i, &set, &at)) fold[k][i] = fold[set][at];
    }
    for (int f = 0; f < q->folds && !status; f++) status = run_fold(pools, d, degraded, fold, f, q, hooks, error);
    for (int k = 0; k < d->count && !status; k++) {
        char name[128];
        snprintf(name, sizeof name, "%s, %d folds, repeat %d", d->set[k].name, q->folds, repeat + 1);
        status = print_pool(name, "teacher", &pools[k].by_teacher, NULL, error);
        if (!status)
            status =
                print_pool(name, q->pipeline.network.network, &pools[k].by_model, d->scale[k] == 0 ? usual : NULL, error);
        if (!status) print_agreement(&pools[k]);
    }
    fflush(stdout);
    for (int k = 0; k < d->count; k++) {
        evaluation_free(&pools[k].by_model);
        evaluation_free(&pools[k].by_teacher);
        evaluation_free(&pools[k].taught);
        free(fold[k]);
    }
    return status;
}

int train_folds(labelled_data *d, labelled_data *degraded, const train_request *q)
{
    et_error error = {0};
    watch w = {.quiet = q->data.quiet};
    pipeline_hooks hooks = hooks_of(&w);
    usual_errors usual = {0};
    et_status status = ET_OK;
    progress_begin("folds", epochs_of(&q->pipeline) * q->folds * q->repeats, "epochs", q->data.quiet);
    for (int repeat = 0; repeat < q->repeats && !status; repeat++)
        status = run_repeat(d, degraded, q, repeat, &hooks, &usual, &error);
    progress_end();
    if (!status && q->errors) status = usual_errors_write(&usual, q->errors, &error);
    return status ? say_failure(&error) : EXIT_DONE;
}
