#include "train/score_table.h"

#include <math.h>
#include <string.h>

static const int order[TARGETS] = {TARGET_AROUSAL, TARGET_VALENCE};
static const char *const names[TARGETS] = {[TARGET_VALENCE] = "valence", [TARGET_AROUSAL] = "arousal"};

static void print_number(FILE *stream, double x)
{
    if (isnan(x))
        fprintf(stream, "       -");
    else
        fprintf(stream, "  %6.3f", x);
}

enum { ROWS = 6 + ONSET_OFFSETS, WITHIN = 5, METRICS = 6 };

static const char *const metric_names[METRICS] = {"rmse", "mae", "r", "r2", "nse", "ccc"};

static void numbers_of(const metrics *m, double out[METRICS])
{
    const double numbers[METRICS] = {m->rmse, m->mae, m->r, m->r2, m->nse, m->ccc};
    memcpy(out, numbers, sizeof numbers);
}

/** A line of a table. */
typedef struct row {
    const char *over, *predictor; /* as CSV names them */
    char what[48], over_room[32]; /* as the text does */
    metrics m;
} row;

/** The lines of one target: labels, songs, within songs, and after the first seconds. */
static void find_rows(row out[ROWS], const score *s, int t)
{
    const metrics within = {(size_t)s->within_songs[t], NAN, NAN, s->within_r[t], NAN, NAN, NAN};
    const row fixed[ROWS - ONSET_OFFSETS] = {{"labels", "model", "all labels", "", s->all[t]},
                                             {"labels", "mean", "  predicts the mean", "", s->mean_all[t]},
                                             {"songs", "model", "means over songs", "", s->song_means[t]},
                                             {"songs", "mean", "  predicts the mean", "", s->mean_song_means[t]},
                                             {"whole", "model", "songs' mean answer", "", s->whole[t]},
                                             {"within", "model", "within songs (mean of r)", "", within}};
    memcpy(out, fixed, sizeof fixed);
    for (int i = 0; i < ONSET_OFFSETS; i++) {
        row *one = &out[ROWS - ONSET_OFFSETS + i];
        *one = (row){.over = one->over_room, .predictor = "model", .m = s->onset[i][t]};
        snprintf(one->over_room, sizeof one->over_room, "after_%gs", onset_offset_s[i]);
        snprintf(one->what, sizeof one->what, "songs' level after %g s", onset_offset_s[i]);
    }
}

void score_print(FILE *stream, const char *title, const score *s, const char *note)
{
    if (title) fprintf(stream, "%s\n", title);
    fprintf(stream, "%d songs, %zu labels %*s    RMSE     MAE       r      R2     NSE     CCC\n", s->songs, s->labels,
            s->labels > 9999 ? 10 : 12, "");
    for (int i = 0; i < TARGETS; i++) {
        row rows[ROWS];
        find_rows(rows, s, order[i]);
        for (int k = 0; k < ROWS; k++) {
            double numbers[METRICS];
            if (k >= WITHIN && rows[k].m.n <= (k > WITHIN)) continue;
            fprintf(stream, "%-8s %-28s", k ? "" : names[order[i]], rows[k].what);
            numbers_of(&rows[k].m, numbers);
            for (int n = 0; n < METRICS; n++) print_number(stream, numbers[n]);
            fprintf(stream, note ? "  (%s)\n" : "\n", note);
        }
    }
}

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *metrics_json(const metrics *m)
{
    double numbers[METRICS];
    json_t *o = json_object();
    numbers_of(m, numbers);
    for (int i = 0; i < METRICS; i++) json_object_set_new(o, metric_names[i], number(numbers[i]));
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

void score_csv(FILE *stream, const score *s, const char *note)
{
    fprintf(stream, "target,over,predictor,n,rmse,mae,r,r2,nse,ccc%s\n", note ? ",note" : "");
    for (int i = 0; i < TARGETS; i++) {
        row rows[ROWS];
        find_rows(rows, s, order[i]);
        for (int k = 0; k < ROWS; k++) {
            double numbers[METRICS];
            numbers_of(&rows[k].m, numbers);
            fprintf(stream, "%s,%s,%s,%zu", names[order[i]], rows[k].over, rows[k].predictor, rows[k].m.n);
            for (int n = 0; n < METRICS; n++) score_csv_number(stream, numbers[n]);
            fprintf(stream, "%s%s\n", note ? "," : "", note ? note : "");
        }
    }
}
