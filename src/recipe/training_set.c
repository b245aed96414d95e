#include "recipe/training_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/song_features.h"
#include "evaluate/metrics.h"

static bool teaches(const dataset *c, int i)
{
    const song *s = &c->set->song[i];
    return (!c->part || c->part[i] == PART_TRAIN) && s->rows > 0 && !isnan(song_mean_label(s, TARGET_VALENCE)) &&
           !isnan(song_mean_label(s, TARGET_AROUSAL));
}

void training_set_free(training_set *l)
{
    free(l->point);
    free(l->scale);
    free(l->label);
    free(l->song);
    free(l->weight);
    *l = (training_set){0};
}

void song_stretch(const song *s, int first, int last, int columns_in, float *out)
{
    song_mean_row(s, first, last, columns_in == ROW_COLUMNS ? ROW_COLUMNS : FUNCTIONAL_COUNT, out);
    if (columns_in != 2 * FUNCTIONAL_COUNT) return;
    if (first < s->row_first && s->row_first < last) first = s->row_first;
    for (int c = 0; c < FUNCTIONAL_COUNT; c++) {
        double square = 0;
        for (int k = first; k < last; k++) {
            double d = (double)s->row[(size_t)k * ROW_WIDTH + (size_t)c] - out[c];
            square += d * d;
        }
        out[FUNCTIONAL_COUNT + c] = (float)sqrt(square / (last - first));
    }
}

void song_level(const song *s, int rows, int columns_in, float *out)
{
    song_stretch(s, 0, rows, columns_in, out);
}

/** A mean alone has no deviation: what it lacks it takes from the next song that has one. */
static void lend_deviations(const training_set *l, int columns_in, float *row)
{
    int lender = -1, lenders = 0;
    for (int i = 0; i < l->count; i++) lenders += !l->song[i]->means_only;
    for (int i = 0; i < l->count && lenders; i++) {
        if (!l->song[i]->means_only) continue;
        do lender = (lender + 1) % l->count;
        while (l->song[lender]->means_only);
        memcpy(row + (size_t)i * (size_t)columns_in + FUNCTIONAL_COUNT,
               row + (size_t)lender * (size_t)columns_in + FUNCTIONAL_COUNT, FUNCTIONAL_COUNT * sizeof *row);
    }
}

et_status training_set_rows(float **row, training_set *out, const dataset *datasets, int count, int columns_in,
                            et_error *error)
{
    int songs = 0;
    for (int k = 0; k < count; k++)
        for (int i = 0; i < datasets[k].set->songs; i++) songs += teaches(&datasets[k], i);
    size_t n = songs > 0 ? (size_t)songs : 1;
    *out = (training_set){.scale = malloc(n * sizeof *out->scale),
                          .label = malloc(n * sizeof *out->label),
                          .song = malloc(n * sizeof *out->song)};
    *row = malloc(n * (size_t)columns_in * sizeof **row);
    if (!out->scale || !out->label || !out->song || !*row || songs < 2) {
        training_set_free(out);
        free(*row);
        *row = NULL;
        return songs < 2
                   ? error_set(error, ET_ERROR_FORMAT, "%d songs with both labels to train on: at least 2 are needed", songs)
                   : error_set(error, ET_ERROR_MEMORY, "no memory for %d songs", songs);
    }
    for (int k = 0; k < count; k++)
        for (int i = 0; i < datasets[k].set->songs; i++) {
            const song *s = &datasets[k].set->song[i];
            if (!teaches(&datasets[k], i)) continue;
            song_level(s, s->rows, columns_in, *row + (size_t)out->count * (size_t)columns_in);
            for (int t = 0; t < TARGETS; t++) out->label[out->count][t] = song_mean_label(s, t);
            out->scale[out->count] = datasets[k].scale;
            out->song[out->count++] = s;
        }
    if (columns_in == 2 * FUNCTIONAL_COUNT) lend_deviations(out, columns_in, *row);
    return ET_OK;
}

et_status training_set_scale(training_set *l, const network *net, const float *row, et_error *error)
{
    const network_config *config = network_configuration(net);
    l->columns = config->columns;
    l->level_columns = config->columns_in == 2 * FUNCTIONAL_COUNT ? config->columns / 2 : config->columns;
    l->point = malloc((size_t)l->count * (size_t)l->columns * sizeof *l->point);
    if (!l->point) return error_set(error, ET_ERROR_MEMORY, "no memory for %d songs", l->count);
    for (int i = 0; i < l->count; i++)
        network_scaled(net, row + (size_t)i * (size_t)config->columns_in, l->point + (size_t)i * (size_t)l->columns);
    return ET_OK;
}

/** Median doubt of the songs of one scale that have any; `values` has room for all. */
static double median_label_variance(const training_set *l, int scale, double *values)
{
    size_t n = 0;
    for (int i = 0; i < l->count; i++)
        if (l->scale[i] == scale && l->song[i]->label_variance > 0) values[n++] = l->song[i]->label_variance;
    return percentile(values, n, 50);
}

et_status training_set_weigh(training_set *l, et_error *error)
{
    double *values = malloc((size_t)l->count * sizeof *values), median[SONG_SETS_MOST];
    free(l->weight);
    l->weight = malloc((size_t)l->count * sizeof *l->weight);
    if (!values || !l->weight) {
        free(values);
        return error_set(error, ET_ERROR_MEMORY, "no memory for the weights of %d songs", l->count);
    }
    for (int k = 0; k < SONG_SETS_MOST; k++) median[k] = median_label_variance(l, k, values);
    for (int i = 0; i < l->count; i++) {
        double label_variance = l->song[i]->label_variance, m = median[l->scale[i]];
        l->weight[i] = label_variance > 0 ? 2 * m / (m + label_variance) : 1;
    }
    free(values);
    return ET_OK;
}

/** The columns that the teacher sees of every point, close together. @return malloc'ed, or NULL */
static float *level_points(const training_set *l)
{
    size_t n = (size_t)l->count, columns = (size_t)l->level_columns;
    float *point = malloc(n * columns * sizeof *point);
    for (size_t i = 0; point && i < n; i++)
        memcpy(point + i * columns, l->point + i * (size_t)l->columns, columns * sizeof *point);
    return point;
}

/** Slope and offset of target `t` over the songs that calibrate; `answer` and `label` have room for all. */
static void line_of(const training_set *l, const teacher *t, int target, double *answer, double *label, double *slope,
                    double *offset)
{
    int n = 0;
    for (int i = 0; i < l->count; i++) {
        double out[TARGETS];
        if (l->scale[i] != 0 || !l->song[i]->label_time_s) continue;
        teacher_left_out(t, i, out);
        answer[n] = out[target], label[n++] = l->label[i][target];
    }
    if (n >= 10)
        fit_line(answer, label, n, slope, offset);
    else
        *slope = 1, *offset = 0;
}

et_status training_set_teach(teacher **out, const training_set *l, const teacher_options *options,
                             double (**left_out)[TARGETS], et_error *error)
{
    teacher *t = NULL;
    float *point = level_points(l);
    double *answer = malloc((size_t)l->count * sizeof *answer), *label = malloc((size_t)l->count * sizeof *label);
    et_status status =
        point && answer && label ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for %d songs", l->count);
    if (!status)
        status = teacher_fit(&t, point, l->scale, (const double(*)[TARGETS])l->label, l->weight, l->count, l->level_columns,
                             options, error);
    free(point);
    double slope[TARGETS], offset[TARGETS];
    for (int k = 0; k < TARGETS && !status; k++) line_of(l, t, k, answer, label, &slope[k], &offset[k]);
    free(answer);
    free(label);
    if (!status && left_out) {
        *left_out = malloc((size_t)l->count * sizeof **left_out);
        if (!*left_out) status = error_set(error, ET_ERROR_MEMORY, "no memory for %d songs", l->count);
        for (int i = 0; !status && i < l->count; i++) {
            teacher_left_out(t, i, (*left_out)[i]);
            for (int k = 0; k < TARGETS && l->scale[i] == 0; k++)
                (*left_out)[i][k] = slope[k] * (*left_out)[i][k] + offset[k];
        }
    }
    if (status) {
        teacher_destroy(t);
        return status;
    }
    teacher_calibrate(t, 0, slope, offset);
    *out = t;
    return ET_OK;
}
