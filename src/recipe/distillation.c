#include "recipe/distillation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "evaluate/metrics.h"
#include "recipe/preprocessing.h"
#include "recipe/projected.h"

const distillation_options distillation_defaults = {.mix = 0.5,
                                                    .noise = 0.4,
                                                    .drift = 0.15,
                                                    .change_share = 0.3,
                                                    .still_share = 0.2,
                                                    .degradation_share = 0.3,
                                                    .time_point_share = 0.5,
                                                    .onset_share = 0.2,
                                                    .clip = 2};

enum { VALIDATION_WINDOWS = 512, STEPS_AN_EPOCH = 50, PIECES = 3 };
static const double QUARTER = 1.57079632679489661923;      /* of a turn */
static const uint64_t VALIDATION_STEP = (uint64_t)1 << 40; /* a stream that training never reaches */

struct distillation {
    distillation_options options;
    distillation_inputs m;
    int windows, window, columns, features, targets, first_target, most_pieces;
    uint64_t seed;
    float *rows;                          /* windows x most_pieces x F: distinct frames of a batch */
    int *window_frames;                   /* windows x K */
    float *point, *other, *drift, *frame; /* columns each */
    float *validation_rows, *validation_label;
};

void distillation_destroy(distillation *e)
{
    if (!e) return;
    free(e->rows), free(e->window_frames), free(e->point), free(e->other), free(e->drift), free(e->frame);
    free(e->validation_rows), free(e->validation_label);
    free(e);
}

static float clipped(float x, float limit)
{
    return x < -limit ? -limit : x > limit ? limit : x;
}

/** A song's mean, or one of its moments. */
static const float *draw_song(const distillation *e, random_numbers *r)
{
    const time_points *m = e->m.time_points;
    if (m && m->count && random_uniform(r) < e->options.time_point_share)
        return m->point + (size_t)random_below(r, m->count) * (size_t)e->columns;
    return e->m.training_set->point + (size_t)random_below(r, e->m.training_set->count) * (size_t)e->columns;
}

/** Two songs mixed, and noise. */
static void draw_point(const distillation *e, random_numbers *r, float *out)
{
    const float *a = draw_song(e, r), *b = draw_song(e, r);
    float weight = (float)random_beta(r, e->options.mix, e->options.mix);
    float noise = (float)(e->options.noise * random_uniform(r));
    for (int c = 0; c < e->columns; c++) {
        float x = weight * a[c] + (1 - weight) * b[c] + noise * (float)random_normal(r);
        out[c] = clipped(x, e->options.clip);
    }
}

/** As damaged sound shifts some song, by a random share. */
static void maybe_degrade(const distillation *e, random_numbers *r, float *point)
{
    if (e->m.shift_count == 0 || random_uniform(r) >= e->options.degradation_share) return;
    const float *shift = e->m.shifts + (size_t)random_below(r, e->m.shift_count) * (size_t)e->columns;
    float share = (float)random_uniform(r);
    for (int c = 0; c < e->columns; c++) point[c] += share * shift[c];
}

/** Where the pieces of a window end: a drift in PIECES steps rather than one a frame costs a third of the work to train on.
 */
static int cut_window(const distillation *e, int change, bool still, int *end)
{
    int pieces = 0, first = 0;
    if (change) end[pieces++] = first = change;
    int rest = still ? 1 : PIECES - pieces;
    if (rest > e->window - first) rest = e->window - first;
    for (int i = 1; i <= rest; i++) end[pieces++] = first + (e->window - first) * i / rest;
    return pieces;
}

/** The label of e->point: level and residual, within what a tanh can say. */
static void find_label(const distillation *e, float *label)
{
    double level[TARGETS], more[TARGETS] = {0};
    teacher_answer(e->m.teacher, e->point, 0, level);
    if (e->m.residual) residual_answer(e->m.residual, e->point, more);
    for (int t = 0; t < e->targets; t++) {
        int of = e->first_target + t;
        label[t] = (float)fmax(-0.98, fmin(0.98, level[of] + more[of]));
    }
}

/** Projects from + share * shift, clipped. */
static void put_frame(const distillation *e, const float *from, const float *shift, float share, float *to)
{
    for (int c = 0; c < e->columns; c++) e->frame[c] = clipped(from[c] + share * shift[c], e->options.clip);
    preprocessing_project(e->m.net, e->frame, to);
}

/** Frames that drift into the point. */
static int fill_settled(distillation *e, random_numbers *r, int change, bool still, float *rows, int *end)
{
    for (int c = 0; c < e->columns; c++) e->drift[c] = (float)(e->options.drift * random_normal(r));
    int pieces = cut_window(e, change, still, end);
    for (int i = 0; i < pieces; i++)
        put_frame(e, change && i == 0 ? e->other : e->point, e->drift, (float)(e->window - end[i]) / (float)e->window,
                  rows + (size_t)i * (size_t)e->features);
    return pieces;
}

static const float *draw_onset(const distillation *e, random_numbers *r)
{
    return e->m.onsets + (size_t)random_below(r, e->m.onset_count) * OPENING_ROWS * (size_t)e->columns;
}

/** Frames of a memory that has just begun, after another point or after nothing. Two openings are turned into one another,
 * so that no network knows a song's opening by heart; they scatter as before. */
static int fill_onset(distillation *e, random_numbers *r, bool change, float *rows, int *end)
{
    const float *a = draw_onset(e, r), *b = draw_onset(e, r);
    double turn = random_uniform(r) * QUARTER, early = random_uniform(r);
    int age = (int)(OPENING_ROWS * early * early), own = age + 1 < e->window ? age + 1 : e->window;
    int before = e->window - own, pieces = 0;
    memset(e->drift, 0, (size_t)e->columns * sizeof *e->drift);
    if (change && before) {
        put_frame(e, e->other, e->drift, 0, rows);
        end[pieces++] = before;
    }
    for (int i = 0; i < own; i++, pieces++) {
        size_t from = (size_t)(age - own + 1 + i) * (size_t)e->columns;
        for (size_t c = 0; c < (size_t)e->columns; c++)
            e->drift[c] = (float)cos(turn) * a[from + c] + (float)sin(turn) * b[from + c];
        put_frame(e, e->point, e->drift, 1, rows + (size_t)pieces * (size_t)e->features);
        end[pieces] = before + i + 1;
    }
    return pieces;
}

/** One window: its distinct frames, projected, where each ends among the K places, and the answer for its end.
 *  @return number of distinct frames, at most most_pieces */
static int draw_window(distillation *e, random_numbers *r, float *rows, int *end, float *label)
{
    const distillation_options *o = &e->options;
    draw_point(e, r, e->point);
    find_label(e, label);
    maybe_degrade(e, r, e->point);
    double kind = random_uniform(r);
    int change = kind < o->change_share && e->window > 1 ? 1 + random_below(r, e->window - 1) : 0;
    bool onsets = e->m.onset_count && o->onset_share > 0;
    bool still = !onsets && kind >= o->change_share && kind < o->change_share + o->still_share;
    if (change) draw_point(e, r, e->other);
    bool onset = onsets && random_uniform(r) < o->onset_share;
    return onset ? fill_onset(e, r, change > 0, rows, end) : fill_settled(e, r, change, still, rows, end);
}

static void draw_validation(distillation *e)
{
    random_numbers r = random_stream(e->seed, RANDOM_EXAMPLE, VALIDATION_STEP);
    size_t size = (size_t)e->features;
    double onsets = e->options.onset_share;
    e->options.onset_share = 0;
    for (int w = 0; w < VALIDATION_WINDOWS; w++) {
        int end[WINDOW_MOST], piece = 0;
        float *rows = e->validation_rows + (size_t)(w * e->window) * size;
        draw_window(e, &r, e->rows, end, e->validation_label + (size_t)w * (size_t)e->targets);
        for (int k = 0; k < e->window; k++) {
            if (k == end[piece]) piece++;
            memcpy(rows + (size_t)k * size, e->rows + (size_t)piece * size, size * sizeof *rows);
        }
    }
    e->options.onset_share = onsets;
}

static void fill_batch(void *self, int64_t step, network_batch *batch, float *label)
{
    distillation *e = self;
    random_numbers r = random_stream(e->seed, RANDOM_EXAMPLE, (uint64_t)step);
    int frames = 0;
    for (int w = 0; w < e->windows; w++) {
        int end[WINDOW_MOST];
        int pieces =
            draw_window(e, &r, e->rows + (size_t)frames * (size_t)e->features, end, label + (size_t)w * (size_t)e->targets);
        for (int k = 0, piece = 0; k < e->window; k++) {
            if (k == end[piece]) piece++;
            e->window_frames[w * e->window + k] = frames + piece;
        }
        frames += pieces;
    }
    *batch = (network_batch){
        .rows = e->rows, .projected = true, .frames = frames, .window_frames = e->window_frames, .windows = e->windows};
}

/** Half the mean squared error of `n` answers; NaN where they could not be had. */
static double half_square(const float *answer, const float *label, int n, int windows)
{
    double square = 0;
    for (int i = 0; i < n; i++) square += ((double)answer[i] - label[i]) * ((double)answer[i] - label[i]);
    return square / 2 / windows;
}

/** The network's answers for all validation windows. */
static et_status answer_validation(const distillation *e, const network *net, float *out, et_error *error)
{
    projected *p = NULL;
    et_status status = projected_create(&p, net, e->window, error);
    int end = e->window - 1;
    for (int w = 0; !status && w < VALIDATION_WINDOWS; w++)
        projected_answer(p, e->validation_rows + (size_t)w * (size_t)(e->window * e->features), e->window, &end, 1,
                         out + (size_t)w * (size_t)e->targets);
    projected_destroy(p);
    return status;
}

static double validate(void *self, const network *net)
{
    distillation *e = self;
    float *out = malloc((size_t)(VALIDATION_WINDOWS * e->targets) * sizeof *out);
    double loss = NAN;
    if (out && answer_validation(e, net, out, NULL) == ET_OK)
        loss = half_square(out, e->validation_label, VALIDATION_WINDOWS * e->targets, VALIDATION_WINDOWS);
    free(out);
    return loss;
}

et_status distillation_agreement(distillation *e, const network *net, double out[TARGETS], et_error *error)
{
    enum { N = VALIDATION_WINDOWS };
    float *answer = malloc((size_t)(N * e->targets) * sizeof *answer);
    double *pair = malloc(2 * N * sizeof *pair);
    et_status status = answer && pair ? answer_validation(e, net, answer, error)
                                      : error_set(error, ET_ERROR_MEMORY, "no memory to validate");
    for (int t = 0; !status && t < e->targets; t++) {
        for (int i = 0; i < N; i++) {
            pair[i] = e->validation_label[i * e->targets + t];
            pair[N + i] = answer[i * e->targets + t];
        }
        out[t] = metrics_of(pair, pair + N, N).nse;
    }
    free(answer);
    free(pair);
    return status;
}

fit_source distillation_source(distillation *e)
{
    return (fit_source){.self = e,
                        .steps_an_epoch = STEPS_AN_EPOCH,
                        .most_frames = e->windows * e->most_pieces,
                        .most_windows = e->windows,
                        .batch = fill_batch,
                        .validate = validate};
}

et_status distillation_create(distillation **out, const distillation_inputs *inputs, int windows, int first_target,
                              const distillation_options *options, uint64_t seed, et_error *error)
{
    const network_config *config = network_configuration(inputs->net);
    distillation *e = calloc(1, sizeof *e);
    if (!e) return error_set(error, ET_ERROR_MEMORY, "no memory for examples");
    *e = (distillation){.options = *options,
                        .m = *inputs,
                        .windows = windows,
                        .window = config->window,
                        .columns = config->columns,
                        .features = config->features,
                        .targets = config->targets,
                        .first_target = first_target,
                        .most_pieces = PIECES,
                        .seed = seed};
    bool onsets = inputs->onset_count && options->onset_share > 0;
    if (onsets && e->window > PIECES) e->most_pieces = e->window < OPENING_ROWS + 1 ? e->window : OPENING_ROWS + 1;
    size_t columns = (size_t)e->columns, frames = (size_t)windows * (size_t)e->window, size = (size_t)e->features;
    e->rows = malloc((size_t)windows * (size_t)e->most_pieces * size * sizeof *e->rows);
    e->window_frames = malloc(frames * sizeof *e->window_frames);
    e->point = malloc(columns * sizeof *e->point), e->other = malloc(columns * sizeof *e->other);
    e->drift = malloc(columns * sizeof *e->drift), e->frame = malloc(columns * sizeof *e->frame);
    e->validation_rows = malloc((size_t)VALIDATION_WINDOWS * (size_t)e->window * size * sizeof *e->validation_rows);
    e->validation_label = malloc((size_t)VALIDATION_WINDOWS * TARGETS * sizeof *e->validation_label);
    if (!e->rows || !e->window_frames || !e->point || !e->other || !e->drift || !e->frame || !e->validation_rows ||
        !e->validation_label) {
        distillation_destroy(e);
        return error_set(error, ET_ERROR_MEMORY, "no memory for batches of %d windows", windows);
    }
    draw_validation(e);
    *out = e;
    return ET_OK;
}
