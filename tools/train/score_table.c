#include "train/score_table.h"

#include <math.h>

static const int order[TARGETS] = {TARGET_AROUSAL, TARGET_VALENCE};
static const char *const names[TARGETS] = {[TARGET_VALENCE] = "valence", [TARGET_AROUSAL] = "arousal"};

static void print_number(FILE *stream, double x)
{
    if (isnan(x))
        fprintf(stream, "       -");
    else
        fprintf(stream, "  %6.3f", x);
}

static void print_row(FILE *stream, const char *target, const char *what, const metrics *m, const char *note)
{
    fprintf(stream, "%-8s %-28s", target, what);
    const double numbers[] = {m->rmse, m->mae, m->r, m->r2, m->nse, m->ccc};
    for (int i = 0; i < 6; i++) print_number(stream, numbers[i]);
    fprintf(stream, note ? "  (%s)\n" : "\n", note);
}

/** Within songs, and after the first seconds. */
static void print_course(FILE *stream, const score *s, int t, const char *note)
{
    char what[48];
    if (s->within_songs[t] > 0) {
        metrics within = {.rmse = NAN, .mae = NAN, .r = s->within_r[t], .r2 = NAN, .nse = NAN, .ccc = NAN};
        print_row(stream, "", "within songs (mean of r)", &within, note);
    }
    for (int i = 0; i < ONSET_OFFSETS; i++) {
        snprintf(what, sizeof what, "songs' level after %g s", onset_offset_s[i]);
        if (s->onset[i][t].n > 1) print_row(stream, "", what, &s->onset[i][t], note);
    }
}

void score_print(FILE *stream, const char *title, const score *s, const char *note)
{
    if (title) fprintf(stream, "%s\n", title);
    fprintf(stream, "%d songs, %zu labels %*s    RMSE     MAE       r      R2     NSE     CCC\n", s->songs, s->labels,
            s->labels > 9999 ? 10 : 12, "");
    for (int i = 0; i < TARGETS; i++) {
        int t = order[i];
        print_row(stream, names[t], "all labels", &s->all[t], note);
        print_row(stream, "", "  predicts the mean", &s->mean_all[t], note);
        print_row(stream, "", "means over songs", &s->song_means[t], note);
        print_row(stream, "", "  predicts the mean", &s->mean_song_means[t], note);
        print_row(stream, "", "songs' mean answer", &s->whole[t], note);
        print_course(stream, s, t, note);
    }
}

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *metrics_json(const metrics *m)
{
    json_t *o = json_object();
    json_object_set_new(o, "rmse", number(m->rmse));
    json_object_set_new(o, "mae", number(m->mae));
    json_object_set_new(o, "r", number(m->r));
    json_object_set_new(o, "r2", number(m->r2));
    json_object_set_new(o, "nse", number(m->nse));
    json_object_set_new(o, "ccc", number(m->ccc));
    return o;
}

static json_t *onsets_json(const score *s, int t)
{
    json_t *list = json_array();
    for (int i = 0; i < ONSET_OFFSETS; i++) {
        json_t *one = metrics_json(&s->onset[i][t]);
        json_object_set_new(one, "after_s", json_real(onset_offset_s[i]));
        json_array_append_new(list, one);
    }
    return list;
}

json_t *score_json(const score *s)
{
    json_t *both = json_object();
    for (int i = 0; i < TARGETS; i++) {
        int t = order[i];
        json_t *one = metrics_json(&s->all[t]);
        json_object_set_new(one, "song_mean", metrics_json(&s->song_means[t]));
        json_object_set_new(one, "song_answer", metrics_json(&s->whole[t]));
        json_object_set_new(one, "mean_predictor", metrics_json(&s->mean_all[t]));
        json_object_set_new(one, "within_song_r", number(s->within_r[t]));
        json_object_set_new(one, "onsets", onsets_json(s, t));
        json_object_set_new(both, names[t], one);
    }
    return both;
}

void score_csv_number(FILE *stream, double x)
{
    if (isfinite(x))
        fprintf(stream, ",%.9g", x);
    else
        fputc(',', stream);
}

static void csv_metrics(FILE *stream, const char *target, const char *over, const char *predictor, const metrics *m,
                        const char *note)
{
    const double numbers[] = {m->rmse, m->mae, m->r, m->r2, m->nse, m->ccc};
    fprintf(stream, "%s,%s,%s,%zu", target, over, predictor, m->n);
    for (int i = 0; i < 6; i++) score_csv_number(stream, numbers[i]);
    fprintf(stream, "%s%s\n", note ? "," : "", note ? note : "");
}

void score_csv(FILE *stream, const score *s, const char *note)
{
    fprintf(stream, "target,over,predictor,n,rmse,mae,r,r2,nse,ccc%s\n", note ? ",note" : "");
    for (int i = 0; i < TARGETS; i++) {
        int t = order[i];
        csv_metrics(stream, names[t], "labels", "model", &s->all[t], note);
        csv_metrics(stream, names[t], "labels", "mean", &s->mean_all[t], note);
        csv_metrics(stream, names[t], "songs", "model", &s->song_means[t], note);
        csv_metrics(stream, names[t], "songs", "mean", &s->mean_song_means[t], note);
        csv_metrics(stream, names[t], "whole", "model", &s->whole[t], note);
        metrics within = {(size_t)s->within_songs[t], NAN, NAN, s->within_r[t], NAN, NAN, NAN};
        csv_metrics(stream, names[t], "within", "model", &within, note);
        for (int k = 0; k < ONSET_OFFSETS; k++) {
            char over[32];
            snprintf(over, sizeof over, "after_%gs", onset_offset_s[k]);
            csv_metrics(stream, names[t], over, "model", &s->onset[k][t], note);
        }
    }
}
