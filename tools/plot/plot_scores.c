#include "plot/plot_scores.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "plot/chart.h"

enum { SONGS_DRAWN = 12, PER_ROW = 3 };
static const char *const target_names[TARGETS] = {[TARGET_VALENCE] = "valence", [TARGET_AROUSAL] = "arousal"};

/** The folder is there, and `path` names a page in it. */
static et_status page_path(char *path, size_t size, const char *folder, const char *name, et_error *error)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return error_set(error, ET_ERROR_FILE, "%s: %s", folder, strerror(errno));
    snprintf(path, size, "%s/%s", folder, name);
    return ET_OK;
}

static void draw_note(chart *page, const char *note)
{
    if (note) chart_text(page, 10, 16, "start", 12, note);
}

static const chart_style *style_of(int t)
{
    return t == TARGET_VALENCE ? &chart_valence : &chart_arousal;
}

/** Column t of labels or answers. @return malloc'ed */
static double *column_of(const double (*pairs)[TARGETS], size_t n, int t)
{
    double *out = malloc((n + 1) * sizeof *out);
    for (size_t i = 0; out && i < n; i++) out[i] = pairs[i][t];
    return out;
}

static et_status plot_predicted(const char *folder, const evaluation *j, const char *note, et_error *error)
{
    char path[1200];
    chart *page;
    et_status status = page_path(path, sizeof path, folder, "predicted.svg", error);
    if (!status) status = chart_create(&page, path, 760, 400, error);
    if (status) return status;
    draw_note(page, note);
    for (int i = 0; i < TARGETS; i++) {
        int t = i ? TARGET_VALENCE : TARGET_AROUSAL;
        chart_axes axes = {70 + 370 * i, 40, 290, 290, -1, 1, -1, 1, target_names[t], "label", "answer"};
        double *label = column_of((const double(*)[TARGETS])j->label, j->count, t);
        double *answer = column_of((const double(*)[TARGETS])j->answer, j->count, t);
        chart_draw_axes(page, &axes);
        chart_curve(page, &axes, (const double[]){-1, 1}, (const double[]){-1, 1}, 2, &chart_faint);
        if (label && answer) chart_points(page, &axes, label, answer, j->count, style_of(t));
        free(label), free(answer);
    }
    return chart_save(page, error);
}

static et_status plot_plane(const char *folder, const evaluation *j, const char *note, et_error *error)
{
    char path[1200];
    chart *page;
    et_status status = page_path(path, sizeof path, folder, "plane.svg", error);
    if (!status) status = chart_create(&page, path, 500, 500, error);
    if (status) return status;
    draw_note(page, note);
    chart_axes axes = {70, 40, 400, 400, -1, 1, -1, 1, "labels (grey) and answers", "valence", "arousal"};
    double *v = column_of((const double(*)[TARGETS])j->label, j->count, TARGET_VALENCE);
    double *a = column_of((const double(*)[TARGETS])j->label, j->count, TARGET_AROUSAL);
    double *pv = column_of((const double(*)[TARGETS])j->answer, j->count, TARGET_VALENCE);
    double *pa = column_of((const double(*)[TARGETS])j->answer, j->count, TARGET_AROUSAL);
    chart_draw_axes(page, &axes);
    if (v && a && pv && pa) {
        chart_points(page, &axes, v, a, j->count, &chart_label);
        chart_points(page, &axes, pv, pa, j->count, &chart_arousal);
    }
    free(v), free(a), free(pv), free(pa);
    return chart_save(page, error);
}

/** One song: both answers over its labels. */
static void draw_song(chart *page, const evaluation *j, size_t from, size_t to, int place, const char *name)
{
    chart_axes axes = {60 + 330.0 * (place % PER_ROW),
                       40 + 190.0 * (place / PER_ROW),
                       270,
                       120,
                       j->time_s[from],
                       j->time_s[to - 1],
                       -1,
                       1,
                       name,
                       "s",
                       NULL};
    chart_draw_axes(page, &axes);
    for (int t = 0; t < TARGETS; t++) {
        double *label = column_of((const double(*)[TARGETS])(j->label + from), to - from, t);
        double *answer = column_of((const double(*)[TARGETS])(j->answer + from), to - from, t);
        chart_style thin = *style_of(t);
        thin.dash = "4 3";
        if (label && answer) {
            chart_curve(page, &axes, j->time_s + from, label, to - from, &thin);
            chart_curve(page, &axes, j->time_s + from, answer, to - from, style_of(t));
        }
        free(label), free(answer);
    }
}

static et_status plot_songs(const char *folder, const evaluation *j, const char *const *names, const char *note,
                            et_error *error)
{
    char path[1200];
    chart *page;
    et_status status = page_path(path, sizeof path, folder, "songs.svg", error);
    if (!status) status = chart_create(&page, path, 1040, 40 + 190.0 * SONGS_DRAWN / PER_ROW, error);
    if (status) return status;
    draw_note(page, note);
    chart_text(page, 1020, 16, "end", 12, "labels broken, answers full");
    for (size_t from = 0, to, drawn = 0; from < j->count && drawn < SONGS_DRAWN; from = to) {
        for (to = from; to < j->count && j->song[to] == j->song[from];) to++;
        if (to - from > 1 && !isnan(j->time_s[from])) draw_song(page, j, from, to, (int)drawn++, names[j->song[from]]);
    }
    return chart_save(page, error);
}

et_status plot_evaluation(const char *folder, const evaluation *j, const char *const *names, const char *note,
                          et_error *error)
{
    bool over_time = false;
    for (size_t i = 0; i < j->count; i++) over_time |= !isnan(j->time_s[i]);
    et_status status = plot_predicted(folder, j, note, error);
    if (!status) status = plot_plane(folder, j, note, error);
    if (!status && over_time) status = plot_songs(folder, j, names, note, error);
    return status;
}

/* ---- learning ------------------------------------------------------------------------------------------------------ */

typedef struct curves {
    double *epoch, *loss, *validation;
    size_t count;
} curves;

static void read_log(curves *c, const char *log, size_t most)
{
    for (const char *line = log; *line && c->count < most; line = strchr(line, '\n') + 1) {
        double loss, validation = NAN;
        if (sscanf(line, "%*d,%*d,%lf,%lf", &loss, &validation) >= 1) {
            c->epoch[c->count] = (double)c->count + 1;
            c->loss[c->count] = log10(loss), c->validation[c->count++] = log10(validation);
        }
        if (!strchr(line, '\n')) break;
    }
}

et_status plot_learning(const char *folder, const char *log, const char *note, et_error *error)
{
    char path[1200];
    chart *page;
    size_t rows = 1;
    for (const char *c = log; *c; c++) rows += *c == '\n';
    curves c = {malloc(rows * sizeof(double)), malloc(rows * sizeof(double)), malloc(rows * sizeof(double)), 0};
    et_status status = c.epoch && c.loss && c.validation
                           ? page_path(path, sizeof path, folder, "learning.svg", error)
                           : error_set(error, ET_ERROR_MEMORY, "no memory for the learning curves");
    if (!status) status = chart_create(&page, path, 640, 400, error);
    if (!status) {
        draw_note(page, note);
        read_log(&c, log, rows);
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < c.count; i++) {
            low = fmin(low, fmin(c.loss[i], c.validation[i])), high = fmax(high, fmax(c.loss[i], c.validation[i]));
        }
        if (!(low < high)) low = -4, high = 0;
        chart_axes axes = {70,
                           40,
                           530,
                           290,
                           0,
                           (double)c.count + 1,
                           floor(low * 2) / 2,
                           ceil(high * 2) / 2,
                           "learning",
                           "epoch",
                           "log10 of the loss"};
        chart_draw_axes(page, &axes);
        chart_curve(page, &axes, c.epoch, c.loss, c.count, &chart_arousal);
        chart_curve(page, &axes, c.epoch, c.validation, c.count, &chart_valence);
        chart_legend(page, 450, 60, &chart_arousal, "training");
        chart_legend(page, 450, 80, &chart_valence, "validation");
        status = chart_save(page, error);
    }
    free(c.epoch), free(c.loss), free(c.validation);
    return status;
}
