#include "recipe/distillation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "evaluate/metrics.h"
#include "recipe/distillation_pool.h"

const distillation_options distillation_defaults = {.mix = 0.5,
                                                    .noise = 0.3,
                                                    .drift = 0.15,
                                                    .change_share = 0.3,
                                                    .still_share = 0.15,
                                                    .onset_share = 0.2,
                                                    .memory_share = 0.5,
                                                    .pool = 60000,
                                                    .clip = 2.5f};

enum { VALIDATION_WINDOWS = 512, STEPS_AN_EPOCH = 50, PIECES = 3 };
static const double STRONG = 5;                            /* times the usual drift */
static const uint64_t VALIDATION_STEP = (uint64_t)1 << 40; /* a stream that training never reaches */

struct distillation {
    distillation_options options;
    distillation_pool pool; /* the last VALIDATION_WINDOWS points validate */
    int windows, window, features, targets, first_target;
    uint64_t seed;
    float *rows, *drift; /* windows x PIECES x F; F */
    int *window_frames;  /* windows x K */
    float *validation_rows, *validation_label;
};

void distillation_destroy(distillation *e)
{
    if (!e) return;
    distillation_pool_free(&e->pool);
    free(e->rows), free(e->drift), free(e->window_frames);
    free(e->validation_rows), free(e->validation_label);
    free(e);
}

/** Where the pieces of a window end: a drift in PIECES steps rather than one a frame costs a third of the work to train on. */
static int cut_window(const distillation *e, int change, bool still, int *end)
{
    int pieces = 0, first = 0;
    if (change) end[pieces++] = first = change;
    int rest = still ? 1 : PIECES - pieces;
    if (rest > e->window - first) rest = e->window - first;
    for (int i = 1; i <= rest; i++) end[pieces++] = first + (e->window - first) * i / rest;
    return pieces;
}

static const float *point_of(const distillation *e, int i)
{
    return e->pool.feature + (size_t)i * (size_t)e->features;
}

/** The window that ends in point i: its distinct frames and where each ends among the K places.
 *  @return number of distinct frames, at most PIECES */
static int draw_window(distillation *e, random_numbers *r, int i, float *rows, int *end)
{
    const distillation_options *o = &e->options;
    double kind = random_uniform(r), size = o->drift * (random_uniform(r) < o->onset_share ? STRONG : 1);
    int change = kind < o->change_share && e->window > 1 ? 1 + random_below(r, e->window - 1) : 0;
    bool still = kind >= o->change_share && kind < o->change_share + o->still_share;
    int pieces = cut_window(e, change, still, end);
    const float *own = point_of(e, i), *other = point_of(e, random_below(r, e->pool.count - VALIDATION_WINDOWS));
    for (int f = 0; f < e->features; f++) e->drift[f] = (float)(size * random_normal(r));
    for (int p = 0; p < pieces; p++) {
        const float *from = change && p == 0 ? other : own;
        float share = (float)(e->window - end[p]) / (float)e->window;
        for (int f = 0; f < e->features; f++) rows[p * e->features + f] = from[f] + share * e->drift[f];
    }
    return pieces;
}

static void take_label(const distillation *e, int i, float *label)
{
    for (int t = 0; t < e->targets; t++) label[t] = (float)fmax(-0.98, fmin(0.98, e->pool.answer[i][e->first_target + t]));
}

static void draw_validation(distillation *e)
{
    random_numbers r = random_stream(e->seed, RANDOM_SAMPLE, VALIDATION_STEP);
    size_t size = (size_t)e->features;
    for (int w = 0; w < VALIDATION_WINDOWS; w++) {
        int end[PIECES], piece = 0, i = e->pool.count - VALIDATION_WINDOWS + w;
        float *rows = e->validation_rows + (size_t)(w * e->window) * size;
        draw_window(e, &r, i, e->rows, end);
        take_label(e, i, e->validation_label + (size_t)w * (size_t)e->targets);
        for (int k = 0; k < e->window; k++) {
            if (k == end[piece]) piece++;
            memcpy(rows + (size_t)k * size, e->rows + (size_t)piece * size, size * sizeof *rows);
        }
    }
}

static void fill_batch(void *self, int64_t step, network_batch *batch, float *label)
{
    distillation *e = self;
    random_numbers r = random_stream(e->seed, RANDOM_SAMPLE, (uint64_t)step);
    int frames = 0;
    for (int w = 0; w < e->windows; w++) {
        int end[PIECES], i = random_below(&r, e->pool.count - VALIDATION_WINDOWS);
        int pieces = draw_window(e, &r, i, e->rows + (size_t)frames * (size_t)e->features, end);
        take_label(e, i, label + (size_t)w * (size_t)e->targets);
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
    int frames = VALIDATION_WINDOWS * e->window, *place = malloc((size_t)frames * sizeof *place);
    if (!place) return error_set(error, ET_ERROR_MEMORY, "no memory for %d frames", frames);
    for (int i = 0; i < frames; i++) place[i] = i;
    network_batch batch = {.rows = e->validation_rows,
                           .projected = true,
                           .frames = frames,
                           .window_frames = place,
                           .windows = VALIDATION_WINDOWS};
    et_status status = network_answers(net, &batch, out, error);
    free(place);
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
                        .most_frames = e->windows * PIECES,
                        .most_windows = e->windows,
                        .batch = fill_batch,
                        .validate = validate};
}

et_status distillation_create(distillation **out, const network *net, const teacher *t, const teaching_points *points,
                              const training_set *songs, int windows, int first_target, const distillation_options *options,
                              uint64_t seed, et_error *error)
{
    const network_config *config = network_configuration(net);
    distillation *e = calloc(1, sizeof *e);
    if (!e) return error_set(error, ET_ERROR_MEMORY, "no memory for distillation");
    *e = (distillation){.options = *options,
                        .windows = windows,
                        .window = config->window,
                        .features = config->features,
                        .targets = config->targets,
                        .first_target = first_target,
                        .seed = seed};
    size_t size = (size_t)e->features;
    e->rows = malloc((size_t)windows * PIECES * size * sizeof *e->rows), e->drift = malloc(size * sizeof *e->drift);
    e->window_frames = malloc((size_t)windows * (size_t)e->window * sizeof *e->window_frames);
    e->validation_rows = malloc((size_t)VALIDATION_WINDOWS * (size_t)e->window * size * sizeof *e->validation_rows);
    e->validation_label = malloc((size_t)VALIDATION_WINDOWS * TARGETS * sizeof *e->validation_label);
    et_status status =
        e->rows && e->drift && e->window_frames && e->validation_rows && e->validation_label
            ? distillation_pool_create(&e->pool, net, t, points, songs, options, VALIDATION_WINDOWS, seed, error)
            : error_set(error, ET_ERROR_MEMORY, "no memory for batches of %d windows", windows);
    if (status) {
        distillation_destroy(e);
        return status;
    }
    draw_validation(e);
    *out = e;
    return ET_OK;
}
