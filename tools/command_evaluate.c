/** emotrack evaluate: a model on labelled songs that it was not trained on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "batch/jobs.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "commands.h"
#include "evaluate/metrics.h"
#include "train/follow_songs.h"
#include "train/labelled_data.h"
#include "train/score_table.h"

enum { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

typedef struct request {
    data_options data;
    const char *model_name, *output, *predictions, *degradation_name;
    int format, joined;
    bool per_song, include, joined_given;
    int device;
    follow_options follow;
} request;

/** The songs that are evaluated, and what became of them. */
typedef struct session {
    const request *r;
    et_model *model;
    const song **song;
    const char **set_name;
    followed *followed;
    int count, left_out;
    evaluation evaluated;
    double mean[TARGETS];
    double *reaction_s;
    int steps;
    char note[160]; /* what every line says about training and evaluated songs; empty: nothing */
} session;

static int parse(request *r, int argc, char **argv)
{
    const option options[] = {
        LABELLED_DATA_OPTIONS(r->data),
        {"model", OPTION_TEXT, &r->model_name, "FILE|NAME", "the model ($EMOTRACK_MODEL, else music)", .letter = 'm'},
        {"format", OPTION_CHOICE, &r->format, "text|json|csv", "(text)"},
        {"output", OPTION_TEXT, &r->output, "FILE", "the table (standard output)", .letter = 'o'},
        {"per-song", OPTION_FLAG, &r->per_song, NULL, "a row for each song too"},
        {"predictions", OPTION_TEXT, &r->predictions, "FILE", "CSV set,song,time_s and label and answer of each target"},
        {"joined", OPTION_INTEGER, &r->joined, "SEED", "all songs one after another without a gap, in an order from SEED", 0,
         2147483647, .given = &r->joined_given},
        {"degrade", OPTION_TEXT, &r->degradation_name, "NAME", "hear the songs as quiet12, quiet24, laptop, phone or clip6"},
        {"device", OPTION_CHOICE, &r->device, "cpu|cuda|auto", "where the network runs (cpu)"},
        {"include-training-songs", OPTION_FLAG, &r->include, NULL,
         "evaluate songs too that the model was trained on, and say so"},
        {NULL},
    };
    const option_page page = {
        "evaluate",
        "",
        "a model on labelled songs",
        "emotrack evaluate --model music --data DEAM --joined 1",
        options,
        "Songs that the model was trained or chosen on are left out and counted. Where there is sound it goes "
        "through the tracker, exactly as annotate has it; songs without sound are followed on the 0.5 s grid of "
        "their feature rows."};
    int operands, code = options_parse(&page, argc, argv, &operands);
    if (code != OPTIONS_GO) return code;
    if (operands > 0) return options_wrong(&page, "'%s' is no option; data sets are given with --data", argv[0]);
    if (r->data.data.count == 0) return options_wrong(&page, "no --data; name the folder of labelled songs");
    et_error error;
    if (degradation_find(&r->follow.degrade, r->degradation_name ? r->degradation_name : "none", &error) != ET_OK)
        return options_wrong(&page, "%s", error.message);
    static const char *const devices[] = {"cpu", "cuda", "auto"};
    r->follow.device = devices[r->device];
    r->follow.threads = r->data.threads;
    return OPTIONS_GO;
}

/* ---- which songs --------------------------------------------------------------------------------------------------- */

static et_status choose_songs(session *s, const labelled_data *d, et_error *error)
{
    size_t all = 1;
    for (int k = 0; k < d->count; k++) all += (size_t)d->set[k].songs;
    s->song = malloc(all * sizeof *s->song), s->set_name = malloc(all * sizeof *s->set_name);
    s->followed = calloc(all, sizeof *s->followed), s->reaction_s = malloc(2 * all * sizeof *s->reaction_s);
    if (!s->song || !s->set_name || !s->followed || !s->reaction_s)
        return error_set(error, ET_ERROR_MEMORY, "no memory for %zu songs", all);
    const json_t *training = json_object_get(s->model->metadata, "training");
    for (int k = 0; k < d->count; k++)
        for (int i = 0; i < d->set[k].songs; i++) {
            const song *one = &d->set[k].song[i];
            bool known = trained_on(training, &d->set[k], one);
            if (one->means_only || (known && !s->r->include)) {
                s->left_out += known;
                continue;
            }
            s->set_name[s->count] = d->set[k].name, s->song[s->count++] = one;
        }
    if (s->count == 0)
        return error_set(
            error, ET_ERROR_ARGUMENT,
            "no song to evaluate: the model was trained on all %d (--include-training-songs evaluates them and says so)",
            s->left_out);
    const char *split = split_note(training);
    snprintf(s->note, sizeof s->note, "%s%s%s", s->r->include ? "training songs included" : "",
             s->r->include && split ? "; " : "", split ? split : "");
    json_t *mean = json_object_get(training, "mean_label");
    s->mean[TARGET_VALENCE] =
        json_is_number(json_object_get(mean, "valence")) ? json_number_value(json_object_get(mean, "valence")) : NAN;
    s->mean[TARGET_AROUSAL] =
        json_is_number(json_object_get(mean, "arousal")) ? json_number_value(json_object_get(mean, "arousal")) : NAN;
    return ET_OK;
}

/* ---- following ----------------------------------------------------------------------------------------------------- */

static void shuffle_songs(session *s)
{
    random_numbers r = random_stream((uint64_t)s->r->joined, RANDOM_ORDER, 0);
    for (int i = s->count - 1; i > 0; i--) {
        int j = random_below(&r, i + 1);
        const song *held = s->song[i];
        const char *name = s->set_name[i];
        s->song[i] = s->song[j], s->song[j] = held;
        s->set_name[i] = s->set_name[j], s->set_name[j] = name;
    }
}

/** Songs without sound: the model along their rows. */
static void follow_rows(session *s)
{
    for (int i = 0; i < s->count; i++) {
        const song *one = s->song[i];
        followed *f = &s->followed[i];
        if (one->rows == 0) continue;
        followed_free(f, 1);
        f->time_s = malloc((size_t)one->rows * sizeof *f->time_s);
        if (!f->time_s || model_answers(s->model, one, &f->answer, &f->error)) continue;
        for (int k = 0; k < one->rows; k++) f->time_s[k] = row_end_s(k);
        f->rows = one->rows;
    }
}

static et_status follow_all(session *s, et_error *error)
{
    const request *r = s->r;
    bool by_sound = true;
    et_status status = follow_check(s->model, &r->follow, error);
    if (status) return status;
    for (int i = 0; i < s->count; i++) by_sound &= s->song[i]->rows == 0;
    if (r->joined_given && !by_sound) return error_set(error, ET_ERROR_ARGUMENT, "--joined needs the sound of every song");
    progress_begin("evaluate", s->count, "songs", r->data.quiet);
    if (r->joined_given) {
        shuffle_songs(s);
        status = follow_joined(s->followed, s->model, s->song, s->count, &r->follow, error);
        s->steps = status ? 0 : reactions(s->followed, s->count, s->reaction_s);
    } else {
        follow_each(s->followed, s->model, s->song, s->count, &r->follow);
        follow_rows(s);
    }
    progress_end();
    for (int i = 0; i < s->count && !status; i++) {
        const followed *f = &s->followed[i];
        if (f->error.status) say("%s; left out", f->error.message);
        if (f->error.status == ET_ERROR_INTERRUPTED)
            status = error_set(error, ET_ERROR_INTERRUPTED, "interrupted");
        else if (f->rows > 0)
            status = evaluation_add(&s->evaluated, s->song[i], f->time_s, (const double(*)[TARGETS])f->answer, f->rows,
                                    model_offset_s(s->model), error);
    }
    if (!status && s->evaluated.count == 0)
        return error_set(error, ET_ERROR_FORMAT, "no song gave an answer that could be held against a label");
    return status;
}

static const char *note_of(const session *s)
{
    return s->note[0] ? s->note : NULL;
}

/* ---- what is written ----------------------------------------------------------------------------------------------- */

static score score_of_song(const session *s, int from, int to)
{
    evaluation one = s->evaluated;
    score out = {0};
    one.songs = 1, one.count = (size_t)(to - from);
    one.label += from, one.answer += from, one.time_s += from, one.onset += s->evaluated.song[from],
        one.whole += s->evaluated.song[from];
    int *zero = calloc((size_t)(to - from), sizeof *zero);
    one.song = zero;
    if (zero) score_of(&out, &one, s->mean, NULL);
    free(zero);
    return out;
}

static int song_end(const session *s, int from)
{
    int to = from;
    while (to < (int)s->evaluated.count && s->evaluated.song[to] == s->evaluated.song[from]) to++;
    return to;
}

/** The evaluated songs are those that gave answers, in order: finds the next one. */
static int next_evaluated(const session *s, int i)
{
    while (s->followed[i].rows == 0 || s->song[i]->labels == 0) i++;
    return i;
}

static json_t *json_of_songs(const session *s)
{
    json_t *list = json_array();
    for (int from = 0, to, i = 0; from < (int)s->evaluated.count; from = to, i++) {
        to = song_end(s, from), i = next_evaluated(s, i);
        score one = score_of_song(s, from, to);
        json_array_append_new(list, json_pack("{ss ss si so}", "set", s->set_name[i], "song", s->song[i]->id, "labels",
                                              to - from, "targets", score_json(&one)));
    }
    return list;
}

static const char *defined(char text[16], double x)
{
    snprintf(text, 16, isnan(x) ? "-" : "%.3f", x);
    return text;
}

static void print_songs(FILE *stream, const session *s, bool csv)
{
    const char *note = note_of(s);
    if (csv)
        fprintf(stream, "set,song,labels,arousal_rmse,arousal_r,valence_rmse,valence_r%s\n", note ? ",note" : "");
    else
        fprintf(stream, "%-14s %-26s %6s  %12s %9s  %12s %9s\n", "set", "song", "labels", "arousal RMSE", "r",
                "valence RMSE", "r");
    for (int from = 0, to, i = 0; from < (int)s->evaluated.count; from = to, i++) {
        to = song_end(s, from), i = next_evaluated(s, i);
        score one = score_of_song(s, from, to);
        const metrics *a = &one.all[TARGET_AROUSAL], *v = &one.all[TARGET_VALENCE];
        if (csv) {
            text_write_csv(stream, s->set_name[i]);
            fputc(',', stream);
            text_write_csv(stream, s->song[i]->id);
            fprintf(stream, ",%d", to - from);
            const double numbers[] = {a->rmse, a->r, v->rmse, v->r};
            for (int k = 0; k < 4; k++) score_csv_number(stream, numbers[k]);
        } else {
            char set[15], id[27], r[2][16];
            fprintf(stream, "%-14s %-26s %6d  %12.3f %9s  %12.3f %9s", text_shown(set, sizeof set, s->set_name[i]),
                    text_shown(id, sizeof id, s->song[i]->id), to - from, a->rmse, defined(r[0], a->r), v->rmse,
                    defined(r[1], v->r));
        }
        fprintf(stream, !note ? "\n" : csv ? ",%s\n" : "  (%s)\n", note);
    }
}

static void print_text(FILE *stream, session *s, const score *all)
{
    if (s->r->include) fprintf(stream, "INCLUDES TRAINING SONGS: these figures say nothing about songs never heard\n");
    fprintf(stream, "model %s (%.12s), %d songs left out because it was trained on them%s%s\n", s->model->name,
            s->model->digest, s->left_out, s->r->degradation_name ? ", heard as " : "",
            s->r->degradation_name ? s->r->degradation_name : "");
    score_print(stream, NULL, all, note_of(s));
    if (s->r->joined_given)
        fprintf(stream, "joined: %d steps larger than 0.25; time to 63%%: median %.1f s, 90%% within %.1f s\n", s->steps,
                percentile(s->reaction_s, (size_t)s->steps, 50), percentile(s->reaction_s, (size_t)s->steps, 90));
    if (s->r->per_song) print_songs(stream, s, false);
}

static void print_json(FILE *stream, session *s, const score *all)
{
    json_t *o = json_pack("{ss ss si si si so}", "model", s->model->name, "digest", s->model->digest, "songs", all->songs,
                          "frames", (int)all->labels, "left_out", s->left_out, "targets", score_json(all));
    if (s->r->include) json_object_set_new(o, "includes_training_songs", json_true());
    if (s->note[0]) json_object_set_new(o, "note", json_string(s->note));
    if (s->r->degradation_name) json_object_set_new(o, "degradation", json_string(s->r->degradation_name));
    if (s->r->joined_given) {
        double median = percentile(s->reaction_s, (size_t)s->steps, 50),
               p90 = percentile(s->reaction_s, (size_t)s->steps, 90);
        json_object_set_new(o, "reaction_s",
                            json_pack("{so so si}", "median", s->steps ? json_real(median) : json_null(), "p90",
                                      s->steps ? json_real(p90) : json_null(), "steps", s->steps));
    }
    if (s->r->per_song) json_object_set_new(o, "per_song", json_of_songs(s));
    json_dumpf(o, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    fputc('\n', stream);
    json_decref(o);
}

static et_status write_predictions(const session *s, et_error *error)
{
    output *out;
    et_status status = output_open(&out, s->r->predictions, false, error);
    if (status) return status;
    FILE *stream = output_stream(out);
    const char *note = note_of(s);
    fprintf(stream, "set,song,time_s,valence_label,valence,arousal_label,arousal%s\n", note ? ",note" : "");
    for (int from = 0, to, i = 0; from < (int)s->evaluated.count; from = to, i++) {
        to = song_end(s, from), i = next_evaluated(s, i);
        for (int k = from; k < to; k++) {
            const double *label = s->evaluated.label[k], *answer = s->evaluated.answer[k];
            text_write_csv(stream, s->set_name[i]);
            fputc(',', stream);
            text_write_csv(stream, s->song[i]->id);
            if (isnan(s->evaluated.time_s[k]))
                fprintf(stream, ",");
            else
                fprintf(stream, ",%.9g", s->evaluated.time_s[k]);
            for (int t = TARGET_VALENCE; t <= TARGET_AROUSAL; t++)
                if (isnan(label[t]))
                    fprintf(stream, ",,%.9g", answer[t]);
                else
                    fprintf(stream, ",%.9g,%.9g", label[t], answer[t]);
            fprintf(stream, note ? ",%s\n" : "\n", note);
        }
    }
    return output_close(out, error);
}

static et_status write_table(session *s, et_error *error)
{
    score all;
    output *out = NULL;
    et_status status = score_of(&all, &s->evaluated, s->mean, error);
    if (!status) status = output_open(&out, s->r->output, false, error);
    if (status) return status;
    FILE *stream = output_stream(out);
    if (s->r->format == FORMAT_JSON)
        print_json(stream, s, &all);
    else if (s->r->format == FORMAT_TEXT)
        print_text(stream, s, &all);
    else if (s->r->per_song)
        print_songs(stream, s, true);
    else
        score_csv(stream, &all, note_of(s));
    return output_close(out, error);
}

static int evaluate(session *s, const labelled_data *d)
{
    et_error error = {0};
    et_status status = choose_songs(s, d, &error);
    if (!status) status = follow_all(s, &error);
    if (!status && s->r->predictions) status = write_predictions(s, &error);
    if (!status) status = write_table(s, &error);
    int code = status ? say_failure(&error) : EXIT_DONE;
    evaluation_free(&s->evaluated);
    if (s->followed) followed_free(s->followed, s->count);
    free(s->song), free(s->set_name), free(s->followed), free(s->reaction_s);
    return code;
}

int command_evaluate(int argc, char **argv)
{
    request r = {.data.threads = jobs_processors()};
    int code = parse(&r, argc, argv);
    if (code != OPTIONS_GO) return code;
    et_error error = {0};
    session s = {.r = &r};
    if (et_model_create(&s.model, r.model_name, &error)) return say_failure(&error);
    labelled_data d;
    code = labelled_data_read(&d, &r.data, NULL, s.model->pitch_lag_frames, &error);
    if (code == OPTIONS_GO) {
        code = evaluate(&s, &d);
        labelled_data_free(&d);
    }
    et_model_destroy(s.model);
    return code;
}
