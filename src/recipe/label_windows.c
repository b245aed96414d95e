#include "recipe/label_windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "base/room.h"
#include "evaluate/song_follow.h"

typedef struct labelled_window {
    int first, end; /* frames of all songs: where the window's song begins, and where the window ends */
    float label[TARGETS];
} labelled_window;

typedef struct window_list {
    int count;
    labelled_window *window;
} window_list;

struct windows {
    window_options options;
    const network *net; /* while it is created */
    network_work *work;
    int features, window, targets, lag;
    float *frame; /* frames x F, all songs one after another */
    int frames;
    window_list train, validate;
    int *order; /* of the windows that train, this epoch */
    int64_t order_epoch;
    int *window_frames; /* batch x K               */
    int *local;         /* of each frame: its place in the batch, or -1 */
    int *used;          /* the batch's frames */
};

void windows_destroy(windows *w)
{
    if (!w) return;
    network_work_destroy(w->work);
    free(w->frame), free(w->train.window), free(w->validate.window), free(w->order);
    free(w->window_frames), free(w->local), free(w->used);
    free(w);
}

static bool add_window(window_list *list, const labelled_window *one)
{
    labelled_window *wider = room_for_one_more(list->window, (size_t)list->count, sizeof *wider);
    if (!wider) return false;
    list->window = wider;
    list->window[list->count++] = *one;
    return true;
}

static void add_frame(void *user, int k, const float *remembered)
{
    windows *w = user;
    network_features(w->net, w->work, remembered, w->frame + (size_t)(w->frames + k) * (size_t)w->features);
}

static et_status add_labels(windows *w, const song *s, bool validates, int first_target, et_error *error)
{
    int at = 0;
    for (int i = 0; i < s->labels; i++) {
        at = song_row_at(s, s->label_time_s[i] + w->options.label_offset_s, at);
        labelled_window one = {.first = w->frames, .end = w->frames + (at < w->lag ? 0 : at - w->lag)};
        bool known = true;
        for (int t = 0; t < w->targets; t++) {
            float label = s->label[i][first_target + t];
            known &= !isnan(label);
            one.label[t] = (float)(label * w->options.label_scale + w->options.label_shift);
        }
        if (!known) continue;
        part p = w->options.split_frames ? split_frame(w->options.seed, s->id, i) : validates ? PART_VALIDATION : PART_TRAIN;
        if (p != PART_TEST && !add_window(p == PART_VALIDATION ? &w->validate : &w->train, &one))
            return error_set(error, ET_ERROR_MEMORY, "no memory for the windows of %s", s->id);
    }
    return ET_OK;
}

/** All rows of a song through memory, scaling and projection, and its labels. */
static et_status add_song(windows *w, const memory_constants *constants, const float *deviation, const song *s,
                          bool validates, int first_target, et_error *error)
{
    float *wider = realloc(w->frame, (size_t)(w->frames + s->rows) * (size_t)w->features * sizeof *wider);
    if (!wider) return error_set(error, ET_ERROR_MEMORY, "no memory for the windows of %s", s->id);
    w->frame = wider;
    et_status status = song_remember(s, w->net, constants, deviation, add_frame, w, error);
    if (!status) status = add_labels(w, s, validates, first_target, error);
    w->frames += s->rows;
    return status;
}

static et_status room_for_batches(windows *w, et_error *error)
{
    if (w->train.count == 0)
        return error_set(error, ET_ERROR_FORMAT,
                         "no song with labels over time to train on (a teacher needs none: see --no-teacher)");
    size_t most = (size_t)w->options.batch * (size_t)w->window;
    w->order = malloc((size_t)w->train.count * sizeof *w->order), w->order_epoch = -1;
    w->window_frames = malloc(most * sizeof *w->window_frames);
    w->used = malloc(most * sizeof *w->used);
    w->local = malloc((size_t)w->frames * sizeof *w->local);
    if (!w->order || !w->window_frames || !w->used || !w->local)
        return error_set(error, ET_ERROR_MEMORY, "no memory for batches of %d windows", w->options.batch);
    for (int i = 0; i < w->frames; i++) w->local[i] = -1;
    return ET_OK;
}

et_status windows_create(windows **out, const network *net, const memory_constants *constants, const float *deviation,
                         const dataset *datasets, int count, const window_options *options, int first_target,
                         et_error *error)
{
    const network_config *config = network_configuration(net);
    windows *w = calloc(1, sizeof *w);
    if (!w) return error_set(error, ET_ERROR_MEMORY, "no memory for windows");
    *w = (windows){.options = *options,
                   .net = net,
                   .features = config->features,
                   .window = config->window,
                   .targets = config->targets,
                   .lag = config->lag};
    et_status status = network_work_create(&w->work, net, 1, error);
    for (int k = 0; k < count; k++)
        for (int i = 0; i < datasets[k].set->songs && !status; i++) {
            const song *s = &datasets[k].set->song[i];
            part p = datasets[k].part ? datasets[k].part[i] : PART_TRAIN;
            if (!s->label_time_s || s->means_only || p == PART_TEST) continue;
            status = add_song(w, constants, deviation, s, p == PART_VALIDATION, first_target, error);
        }
    if (!status) status = room_for_batches(w, error);
    if (status)
        windows_destroy(w);
    else
        *out = w;
    return status;
}

static int steps_an_epoch(const windows *w)
{
    int whole = w->train.count / w->options.batch;
    return whole > 0 ? whole : 1;
}

static void shuffle(windows *w, int64_t epoch)
{
    if (w->order_epoch == epoch) return;
    for (int i = 0; i < w->train.count; i++) w->order[i] = i;
    random_numbers r = random_stream(w->options.seed, RANDOM_BATCH, (uint64_t)epoch);
    random_shuffle(&r, w->order, w->train.count);
    w->order_epoch = epoch;
}

/** A frame that several windows of the batch hold is in it once. @param order  NULL: windows as they lie */
static void make_batch(windows *w, const labelled_window *window, const int *order, int count, network_batch *batch,
                       float *label)
{
    int frames = 0;
    for (int i = 0; i < count; i++) {
        const labelled_window *one = &window[order ? order[i] : i];
        memcpy(label + (size_t)i * (size_t)w->targets, one->label, (size_t)w->targets * sizeof *label);
        for (int k = 0; k < w->window; k++) {
            int at = one->end - (w->window - 1 - k), frame = at < one->first ? one->first : at;
            if (w->local[frame] < 0) {
                w->used[frames] = frame;
                w->local[frame] = frames++;
            }
            w->window_frames[i * w->window + k] = w->local[frame];
        }
    }
    for (int i = 0; i < frames; i++) w->local[w->used[i]] = -1;
    *batch = (network_batch){.rows = w->frame,
                             .chosen = w->used,
                             .projected = true,
                             .frames = frames,
                             .window_frames = w->window_frames,
                             .windows = count};
}

static int batch_at(const windows *w, const window_list *list, int first)
{
    return list->count - first < w->options.batch ? list->count - first : w->options.batch;
}

static void fill_batch(void *self, int64_t step, network_batch *batch, float *label)
{
    windows *w = self;
    int steps = steps_an_epoch(w), first = (int)(step % steps) * w->options.batch;
    shuffle(w, step / steps);
    make_batch(w, w->train.window, w->order + first, batch_at(w, &w->train, first), batch, label);
}

/** Half the mean squared error over the validation windows. */
static double validate(void *self, const network *net)
{
    windows *w = self;
    size_t most = (size_t)w->options.batch * (size_t)w->targets;
    float *label = malloc(2 * most * sizeof *label), *answer = label ? label + most : NULL;
    double square = 0;
    for (int first = 0; label && first < w->validate.count; first += w->options.batch) {
        int count = batch_at(w, &w->validate, first);
        network_batch batch;
        make_batch(w, w->validate.window + first, NULL, count, &batch, label);
        if (network_answers(net, &batch, answer, NULL) != ET_OK) square = NAN;
        for (int i = 0; i < count * w->targets; i++) square += pow((double)answer[i] - label[i], 2);
    }
    bool good = label && w->validate.count > 0;
    free(label);
    return good ? square / 2 / w->validate.count : NAN;
}

fit_source windows_source(windows *w)
{
    return (fit_source){.self = w,
                        .steps_an_epoch = steps_an_epoch(w),
                        .most_frames = w->options.batch * w->window,
                        .most_windows = w->options.batch,
                        .rows = w->frame,
                        .row_count = (size_t)w->frames,
                        .batch = fill_batch,
                        .validate = validate};
}
