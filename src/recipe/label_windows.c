#include "recipe/label_windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "evaluate/evaluation.h"
#include "recipe/preprocessing.h"
#include "recipe/projected.h"

typedef struct labelled_window {
    int song, end; /* place of the song, row of it at which the window ends */
    float label[TARGETS];
} labelled_window;

typedef struct passed_song {
    int first, rows; /* of all frames */
    bool validates;
} passed_song;

struct windows {
    window_options options;
    int features, window, targets, lag;
    float *frame; /* frames x F, all songs one after another */
    int frames, songs, song_room, trains, trains_room, validates, validates_room, longest;
    passed_song *song;
    labelled_window *train, *validate;
    int *order;
    int64_t order_epoch;
    int *window_frames; /* batch x K               */
    int *local;         /* of each frame: its place in the batch, or -1 */
    int *used;          /* the batch's frames */
};

void windows_destroy(windows *w)
{
    if (!w) return;
    free(w->frame), free(w->song), free(w->train), free(w->validate), free(w->order);
    free(w->window_frames), free(w->local), free(w->used);
    free(w);
}

static bool add_window(labelled_window **list, int *count, int *room, const labelled_window *one)
{
    if (*count == *room) {
        int more = *room ? *room * 2 : 1024;
        labelled_window *wider = realloc(*list, (size_t)more * sizeof *wider);
        if (!wider) return false;
        *list = wider, *room = more;
    }
    (*list)[(*count)++] = *one;
    return true;
}

/** All rows of a song through memory, scaling and projection. */
static et_status pass_song(windows *w, const network *net, const memory_constants *constants, const float *deviation,
                           const song *s, et_error *error)
{
    const network_config *config = network_configuration(net);
    float row[REMEMBERED_MOST], *scaled = malloc((size_t)config->columns * sizeof *scaled);
    float *wider = realloc(w->frame, (size_t)(w->frames + s->rows) * (size_t)w->features * sizeof *wider);
    if (wider) w->frame = wider;
    memory *m = NULL;
    et_status status = scaled && wider ? memory_create(&m, constants, net, deviation, config->frame_step_s, error)
                                       : error_set(error, ET_ERROR_MEMORY, "no memory for the windows of %s", s->id);
    for (int k = 0; k < s->rows && !status; k++) {
        if (k == s->row_first) memory_reset(m);
        memory_push(m, s->row + (size_t)k * ROW_WIDTH, false, row);
        network_scaled(net, row, scaled);
        preprocessing_project(net, scaled, 1, w->frame + (size_t)(w->frames + k) * (size_t)w->features);
    }
    memory_destroy(m);
    free(scaled);
    return status;
}

static et_status add_labels(windows *w, const song *s, bool validates, int first_target, et_error *error)
{
    int at = 0;
    for (int i = 0; i < s->labels; i++) {
        labelled_window one = {.song = w->songs};
        while (at + 1 < s->rows && row_end_s(at + 1) <= s->label_time_s[i] + w->options.label_offset_s + 1e-6) at++;
        one.end = at - w->lag < 0 ? 0 : at - w->lag;
        bool known = true;
        for (int t = 0; t < w->targets; t++) {
            float label = s->label[i][first_target + t];
            known &= !isnan(label);
            one.label[t] = (float)(label * w->options.label_scale + w->options.label_shift);
        }
        if (!known) continue;
        part p = w->options.split_frames ? split_frame(w->options.seed, s->id, i) : validates ? PART_VALIDATION : PART_TRAIN;
        if (p == PART_TEST) continue;
        bool good = p == PART_VALIDATION ? add_window(&w->validate, &w->validates, &w->validates_room, &one)
                                         : add_window(&w->train, &w->trains, &w->trains_room, &one);
        if (!good) return error_set(error, ET_ERROR_MEMORY, "no memory for the windows of %s", s->id);
    }
    return ET_OK;
}

static et_status add_song(windows *w, const network *net, const memory_constants *constants, const float *deviation,
                          const song *s, bool validates, int first_target, et_error *error)
{
    if (w->songs == w->song_room) {
        int room = w->song_room ? w->song_room * 2 : 64;
        passed_song *wider = realloc(w->song, (size_t)room * sizeof *wider);
        if (!wider) return error_set(error, ET_ERROR_MEMORY, "no memory for the windows of %s", s->id);
        w->song = wider, w->song_room = room;
    }
    et_status status = pass_song(w, net, constants, deviation, s, error);
    if (!status) status = add_labels(w, s, validates, first_target, error);
    if (status) return status;
    w->song[w->songs++] = (passed_song){w->frames, s->rows, validates};
    w->frames += s->rows;
    if (s->rows > w->longest) w->longest = s->rows;
    return ET_OK;
}

static et_status room_for_batches(windows *w, et_error *error)
{
    if (w->trains == 0)
        return error_set(error, ET_ERROR_FORMAT,
                         "no song with labels over time to train on (a teacher needs none: see --no-teacher)");
    size_t most = (size_t)w->options.batch * (size_t)w->window;
    w->order = malloc((size_t)w->trains * sizeof *w->order), w->order_epoch = -1;
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
                   .features = config->features,
                   .window = config->window,
                   .targets = config->targets,
                   .lag = config->lag};
    et_status status = ET_OK;
    for (int k = 0; k < count; k++)
        for (int i = 0; i < datasets[k].set->songs && !status; i++) {
            const song *s = &datasets[k].set->song[i];
            part p = datasets[k].part ? datasets[k].part[i] : PART_TRAIN;
            if (!s->label_time_s || s->means_only || p == PART_TEST) continue;
            status = add_song(w, net, constants, deviation, s, p == PART_VALIDATION, first_target, error);
        }
    if (!status) status = room_for_batches(w, error);
    if (status)
        windows_destroy(w);
    else
        *out = w;
    return status;
}

static int frame_of(const windows *w, const labelled_window *one, int k)
{
    int at = one->end - (w->window - 1 - k);
    return w->song[one->song].first + (at < 0 ? 0 : at);
}

static int steps_an_epoch(const windows *w)
{
    int whole = w->trains / w->options.batch;
    return whole > 0 ? whole : 1;
}

static void shuffle(windows *w, int64_t epoch)
{
    if (w->order_epoch == epoch) return;
    for (int i = 0; i < w->trains; i++) w->order[i] = i;
    random_numbers r = random_stream(w->options.seed, RANDOM_BATCH, (uint64_t)epoch);
    random_shuffle(&r, w->order, w->trains);
    w->order_epoch = epoch;
}

/** A frame that several windows of the batch hold is in it once. @return frames of the batch */
static int share_frames(windows *w, const int *order, int count)
{
    int frames = 0;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < w->window; k++) {
            int frame = frame_of(w, &w->train[order[i]], k);
            if (w->local[frame] < 0) {
                w->used[frames] = frame;
                w->local[frame] = frames++;
            }
            w->window_frames[i * w->window + k] = w->local[frame];
        }
    for (int i = 0; i < frames; i++) w->local[w->used[i]] = -1;
    return frames;
}

static void fill_batch(void *self, int64_t step, network_batch *batch, float *label)
{
    windows *w = self;
    int steps = steps_an_epoch(w), first = (int)(step % steps) * w->options.batch;
    int count = w->trains - first < w->options.batch ? w->trains - first : w->options.batch;
    shuffle(w, step / steps);
    for (int i = 0; i < count; i++)
        memcpy(label + (size_t)i * (size_t)w->targets, w->train[w->order[first + i]].label,
               (size_t)w->targets * sizeof *label);
    int frames = share_frames(w, w->order + first, count);
    *batch = (network_batch){.rows = w->frame,
                             .chosen = w->used,
                             .projected = true,
                             .frames = frames,
                             .window_frames = w->window_frames,
                             .windows = count};
}

/** Half the mean squared error over the validation windows, which stand song after song. */
static double validate(void *self, const network *net)
{
    windows *w = self;
    projected *p = NULL;
    double square = 0;
    if (w->validates == 0 || projected_create(&p, net, w->longest, NULL)) return NAN;
    for (int from = 0, to; from < w->validates; from = to) {
        const passed_song *s = &w->song[w->validate[from].song];
        for (to = from; to < w->validates && w->validate[to].song == w->validate[from].song;) to++;
        for (int i = from; i < to; i++) {
            float out[TARGETS];
            projected_answer(p, w->frame + (size_t)s->first * (size_t)w->features, i == from ? s->rows : 0,
                             &w->validate[i].end, 1, out);
            for (int t = 0; t < w->targets; t++) square += pow((double)out[t] - w->validate[i].label[t], 2);
        }
    }
    projected_destroy(p);
    return square / 2 / w->validates;
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
