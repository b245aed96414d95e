#include "evaluate/evaluation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/room.h"
#include "evaluate/song_follow.h"

const double onset_offset_s[ONSET_OFFSETS] = {1, 2, 3, 5, 10, 20};

double row_end_s(int k)
{
    return 0.5 * k + 1;
}

void evaluation_free(evaluation *j)
{
    free(j->song);
    free(j->time_s);
    free(j->label);
    free(j->answer);
    free(j->onset);
    free(j->whole);
    *j = (evaluation){0};
}

/** Makes room for one more entry of `size` bytes. */
static bool widen(void **array, size_t count, size_t size)
{
    void *more = room_for_one_more(*array, count, size);
    if (more) *array = more;
    return more != NULL;
}

static bool room_for_song(evaluation *j)
{
    return widen((void **)&j->onset, (size_t)j->songs, sizeof *j->onset) &&
           widen((void **)&j->whole, (size_t)j->songs, sizeof *j->whole);
}

static bool room_for_label(evaluation *j)
{
    return widen((void **)&j->song, j->count, sizeof *j->song) && widen((void **)&j->time_s, j->count, sizeof *j->time_s) &&
           widen((void **)&j->label, j->count, sizeof *j->label) && widen((void **)&j->answer, j->count, sizeof *j->answer);
}

void answers_mean(const double (*answer)[TARGETS], int first, int rows, double out[TARGETS])
{
    for (int t = 0; t < TARGETS; t++) {
        out[t] = 0;
        for (int k = first; k < rows; k++) out[t] += answer[k][t] / (rows - first);
    }
}

/** What was answered when `onset_offset_s` had been heard. */
static void take_onsets(double out[ONSET_OFFSETS][TARGETS], const double *end_s, const double (*answer)[TARGETS], int rows)
{
    int at = -1;
    for (int i = 0; i < ONSET_OFFSETS; i++) {
        while (at + 1 < rows && end_s[at + 1] <= onset_offset_s[i] + 1e-6) at++;
        bool there = at >= 0 && end_s[rows - 1] >= onset_offset_s[i] - 1e-6;
        for (int t = 0; t < TARGETS; t++) out[i][t] = there ? answer[at][t] : NAN;
    }
}

et_status evaluation_add(evaluation *j, const song *s, const double *end_s, const double (*answer)[TARGETS], int rows,
                         double label_offset_s, et_error *error)
{
    bool room = room_for_song(j);
    int at = 0;
    for (int i = 0; i < s->labels && rows > 0; i++) {
        if (!room || !room_for_label(j)) return error_set(error, ET_ERROR_MEMORY, "no memory for the answers of %s", s->id);
        size_t n = j->count++;
        j->song[n] = j->songs;
        j->time_s[n] = s->label_time_s ? s->label_time_s[i] : NAN;
        for (int t = 0; t < TARGETS; t++) j->label[n][t] = s->label[i][t];
        if (!s->label_time_s) {
            answers_mean(answer, rows / 2, rows, j->answer[n]);
            continue;
        }
        double until = s->label_time_s[i] + label_offset_s + 1e-6;
        if (i > 0 && s->label_time_s[i] < s->label_time_s[i - 1]) at = 0;
        while (at + 1 < rows && end_s[at + 1] <= until) at++;
        memcpy(j->answer[n], answer[at], sizeof j->answer[n]);
    }
    if (rows > 0 && s->labels > 0) {
        answers_mean(answer, 0, rows, j->whole[j->songs]);
        take_onsets(j->onset[j->songs++], end_s, answer, rows);
    }
    return ET_OK;
}

double model_offset_s(const struct et_model *model)
{
    const network_config *config = network_configuration(model->member[0]);
    return model->label_offset_s - config->lag * config->frame_step_s;
}

/** On the scale of labels; in double where nothing is to be done, as the sums are. */
static double answer_of(const struct et_model *model, double answer)
{
    bool as_it_is = model->label_low == -1 && model->label_high == 1;
    return as_it_is ? answer : (double)model_answer(model, (float)answer);
}

/** Where a member's answers are added. */
typedef struct adding {
    double (*answer)[TARGETS];
    const struct et_model *model;
    int member;
} adding;

static void add_answer(void *user, int k, const float *remembered, const float *answer)
{
    (void)remembered;
    adding *a = user;
    int targets = network_configuration(a->model->member[a->member])->targets;
    for (int t = 0; t < targets; t++) a->answer[k][targets == 1 ? a->model->target[a->member] : t] += answer[t];
}

et_status model_answers(const struct et_model *model, const song *s, double (**answer)[TARGETS], et_error *error)
{
    int voices[TARGETS] = {0};
    double(*out)[TARGETS] = calloc((size_t)s->rows + 1, sizeof *out);
    if (!out) return error_set(error, ET_ERROR_MEMORY, "no memory for the answers of %s", s->id);
    et_status status = ET_OK;
    for (int i = 0; i < model->members && !status; i++) {
        bool both = network_configuration(model->member[i])->targets == TARGETS;
        for (int t = 0; t < TARGETS; t++) voices[t] += both || model->target[i] == t;
        adding add = {out, model, i};
        status = song_follow(model, i, s, add_answer, &add, error);
    }
    for (int k = 0; k < s->rows; k++)
        for (int t = 0; t < TARGETS; t++) out[k][t] = voices[t] ? answer_of(model, out[k][t] / voices[t]) : NAN;
    if (status)
        free(out);
    else
        *answer = out;
    return status;
}

/** Columns of an evaluation for one target: labels, answers, the mean; and the same as means over songs. */
typedef struct columns {
    double *label, *answer, *mean;
} columns;

static void fill_columns(columns *all, columns *songs, const evaluation *j, int t, double mean)
{
    for (int i = 0; i < j->songs; i++) songs->label[i] = songs->answer[i] = songs->mean[i] = NAN;
    for (size_t i = 0, from = 0; i < j->count; i++) {
        all->label[i] = j->label[i][t], all->answer[i] = j->answer[i][t], all->mean[i] = mean;
        if (i + 1 < j->count && j->song[i + 1] == j->song[i]) continue;
        double label = 0, answer = 0;
        int n = 0;
        for (size_t k = from; k <= i; k++)
            if (!isnan(j->label[k][t]) && !isnan(j->answer[k][t])) label += j->label[k][t], answer += j->answer[k][t], n++;
        if (n) songs->label[j->song[i]] = label / n, songs->answer[j->song[i]] = answer / n, songs->mean[j->song[i]] = mean;
        from = i + 1;
    }
}

static double mean_label(const evaluation *j, int t)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < j->count; i++)
        if (!isnan(j->label[i][t])) sum += j->label[i][t], n++;
    return n ? sum / (double)n : NAN;
}

/** Pearson's r inside each song whose labels change, and the mean over them. */
static void score_within(score *out, const evaluation *j, const columns *all, int t)
{
    double sum = 0;
    int songs = 0;
    for (size_t from = 0, to; from < j->count; from = to) {
        for (to = from; to < j->count && j->song[to] == j->song[from];) to++;
        metrics m = metrics_of(all->label + from, all->answer + from, to - from);
        if (!isnan(m.nse)) sum += isnan(m.r) ? 0 : m.r, songs++; /* answers that stand still follow nothing */
    }
    out->within_songs[t] = songs;
    out->within_r[t] = songs ? sum / songs : NAN;
}

/** All answers of each song, and those after its first seconds, beside its mean label. */
static void score_songs(score *out, const evaluation *j, columns *songs, int t)
{
    for (int k = 0; k < j->songs; k++) songs->answer[k] = j->whole[k][t];
    out->whole[t] = metrics_of(songs->label, songs->answer, (size_t)j->songs);
    for (int i = 0; i < ONSET_OFFSETS; i++) {
        for (int k = 0; k < j->songs; k++) songs->answer[k] = j->onset[k][i][t];
        out->onset[i][t] = metrics_of(songs->label, songs->answer, (size_t)j->songs);
    }
}

et_status score_of(score *out, const evaluation *j, const double mean[TARGETS], et_error *error)
{
    size_t n = j->count + 1, m = (size_t)j->songs + 1;
    double *room = malloc(3 * (n + m) * sizeof *room);
    if (!room) return error_set(error, ET_ERROR_MEMORY, "no memory to score %zu labels", j->count);
    columns all = {room, room + n, room + 2 * n}, songs = {room + 3 * n, room + 3 * n + m, room + 3 * n + 2 * m};
    *out = (score){.songs = j->songs, .labels = j->count};
    for (int t = 0; t < TARGETS; t++) {
        fill_columns(&all, &songs, j, t, isnan(mean[t]) ? mean_label(j, t) : mean[t]);
        out->all[t] = metrics_of(all.label, all.answer, j->count);
        out->mean_all[t] = metrics_of(all.label, all.mean, j->count);
        out->song_means[t] = metrics_of(songs.label, songs.answer, (size_t)j->songs);
        out->mean_song_means[t] = metrics_of(songs.label, songs.mean, (size_t)j->songs);
        score_within(out, j, &all, t);
        score_songs(out, j, &songs, t); /* uses up songs.answer */
    }
    free(room);
    return ET_OK;
}
