#include "model/ensemble.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/session.h"

enum { BATCH_LEAST = 32, BATCH_MOST = 16384 };

typedef struct question {
    int64_t newest; /* frame at which its window ends */
    float *valence, *arousal;
} question;

typedef struct stream {
    int64_t frames, done; /* taken; through the networks */
    int questions;
    question *question; /* `ahead` */
} stream;

struct ensemble {
    const et_model *model;
    int members, window, stride, ahead, streams, length, kept, most; /* slots, and kept rows, of a stream; most in a call */
    size_t columns;
    const backend *device;
    session *member[MODEL_MEMBERS_MOST];
    stream *stream;
    question *questions; /* streams x ahead */
    float *rows;         /* streams x kept x columns */
    float *call_rows, *out;
    int *frame_slot, *window_slots;
    float *sum; /* most x TARGETS, and how many members gave it */
    int count[TARGETS];
};

/* ---- life ------------------------------------------------------------------------------------------------------------- */

static et_status choose_device(ensemble *e, const char *name, et_error *error)
{
    if (name == NULL || strcmp(name, "cpu") == 0) return ET_OK;
    if (strcmp(name, "cuda") == 0) return backend_load(&e->device, error);
    if (strcmp(name, "auto") != 0)
        return error_set(error, ET_ERROR_ARGUMENT, "device '%s': it must be \"cpu\", \"cuda\" or \"auto\"", name);
    if (backend_load(&e->device, NULL) != ET_OK) e->device = NULL;
    return ET_OK;
}

static et_status allocate(ensemble *e, et_error *error)
{
    size_t streams = (size_t)e->streams, most = (size_t)e->most;
    e->stream = calloc(streams, sizeof *e->stream);
    e->questions = calloc(streams * (size_t)e->ahead, sizeof *e->questions);
    e->rows = calloc(streams * (size_t)e->kept * e->columns, sizeof *e->rows);
    e->call_rows = calloc(most * e->columns, sizeof *e->call_rows);
    e->out = calloc(most * TARGETS, sizeof *e->out);
    e->sum = calloc(most * TARGETS, sizeof *e->sum);
    e->frame_slot = calloc(most, sizeof *e->frame_slot);
    e->window_slots = calloc(most * (size_t)e->window, sizeof *e->window_slots);
    if (!e->stream || !e->questions || !e->rows || !e->call_rows || !e->out || !e->sum || !e->frame_slot || !e->window_slots)
        return error_set(error, ET_ERROR_MEMORY, "no memory for the frames of %d streams", e->streams);
    for (int s = 0; s < e->streams; s++) e->stream[s].question = e->questions + (size_t)s * (size_t)e->ahead;
    return ET_OK;
}

static et_status create_members(ensemble *e, bool take_over, et_error *error)
{
    session_options options = {
        .slots = e->streams * e->length, .most = e->most, .device = e->device, .rows = take_over ? e->rows : NULL};
    for (int i = 0; i < e->members; i++) {
        et_status status = session_create(&e->member[i], e->model->member[i], &options, error);
        if (status != ET_OK) return status;
    }
    return ET_OK;
}

/* Without a device's fault in the way of "auto": what cannot be made there is made here. */
static et_status create_on(ensemble *e, bool take_over, et_error *error)
{
    et_status status = create_members(e, take_over, take_over && e->device ? NULL : error);
    if (status == ET_OK || !e->device || !take_over) return status;
    for (int i = 0; i < e->members; i++) {
        session_destroy(e->member[i]);
        e->member[i] = NULL;
    }
    e->device = NULL;
    return create_members(e, take_over, error);
}

/* Frames of one call: one of every stream, and some of few streams. */
static int batch_of(const ensemble_options *o)
{
    int64_t all = (int64_t)o->streams * o->ahead;
    int batch = o->streams > BATCH_LEAST ? o->streams : BATCH_LEAST;
    if (batch > BATCH_MOST) batch = BATCH_MOST;
    return all < batch ? (int)all : batch;
}

et_status ensemble_create(ensemble **out, const et_model *model, const ensemble_options *o, et_error *error)
{
    *out = NULL;
    ensemble *e = calloc(1, sizeof *e);
    if (!e) return error_set(error, ET_ERROR_MEMORY, "no memory for the networks");
    const network_config *config = network_configuration(model->member[0]);
    e->model = model;
    e->members = model->members;
    e->window = config->window;
    e->columns = (size_t)config->columns_in;
    e->stride = o->stride;
    e->streams = o->streams;
    e->ahead = o->ahead;
    e->length = (config->window - 1) * o->stride + o->ahead;
    e->most = batch_of(o);
    et_status status = choose_device(e, o->device, error);
    bool take_over = status == ET_OK && e->device && strcmp(o->device, "auto") == 0;
    e->kept = take_over ? e->length : o->ahead;
    if (status == ET_OK && (int64_t)e->streams * e->length > INT32_MAX)
        status = error_set(error, ET_ERROR_LIMIT, "%d streams are too many for one group", e->streams);
    if (status == ET_OK) status = allocate(e, error);
    if (status == ET_OK) status = create_on(e, take_over, error);
    if (status != ET_OK) {
        ensemble_destroy(e);
        return status;
    }
    *out = e;
    return ET_OK;
}

void ensemble_destroy(ensemble *e)
{
    if (!e) return;
    for (int i = 0; i < e->members; i++) session_destroy(e->member[i]);
    free(e->stream);
    free(e->questions);
    free(e->rows);
    free(e->call_rows);
    free(e->out);
    free(e->sum);
    free(e->frame_slot);
    free(e->window_slots);
    free(e);
}

void ensemble_reset(ensemble *e, int s)
{
    e->stream[s].frames = e->stream[s].done = 0;
    e->stream[s].questions = 0;
}

bool ensemble_on_device(const ensemble *e)
{
    return session_on_device(e->member[0]);
}

/* ---- what waits ------------------------------------------------------------------------------------------------------- */

static float *row_of(const ensemble *e, int s, int64_t frame)
{
    return e->rows + ((size_t)s * (size_t)e->kept + (size_t)(frame % e->kept)) * e->columns;
}

static int slot_of(const ensemble *e, int s, int64_t frame)
{
    return s * e->length + (int)(frame % e->length);
}

void ensemble_frame(ensemble *e, int s, const float *row)
{
    memcpy(row_of(e, s, e->stream[s].frames++), row, e->columns * sizeof *row);
}

void ensemble_ask(ensemble *e, int s, float *valence, float *arousal)
{
    stream *now = &e->stream[s];
    now->question[now->questions++] = (question){now->frames - 1, valence, arousal};
}

int ensemble_frames_waiting(const ensemble *e, int s)
{
    return (int)(e->stream[s].frames - e->stream[s].done);
}

int ensemble_questions_waiting(const ensemble *e, int s)
{
    return e->stream[s].questions;
}

/* ---- the networks ----------------------------------------------------------------------------------------------------- */

/* Where a run has come to. */
typedef struct place {
    int stream, item;
} place;

/* The next frames that wait, at most `most`. */
static int gather_frames(ensemble *e, place *at)
{
    int frames = 0;
    for (; at->stream < e->streams; at->stream++, at->item = 0) {
        const stream *now = &e->stream[at->stream];
        for (; now->done + at->item < now->frames; at->item++, frames++) {
            if (frames == e->most) return frames;
            int64_t frame = now->done + at->item;
            memcpy(e->call_rows + (size_t)frames * e->columns, row_of(e, at->stream, frame), e->columns * sizeof(float));
            e->frame_slot[frames] = slot_of(e, at->stream, frame);
        }
    }
    return frames;
}

/* The window that ends with frame `newest`, oldest first; the earliest frame for what lies before it. */
static void gather_window(const ensemble *e, int s, int64_t newest, int *slots)
{
    int64_t earliest = newest % e->stride;
    for (int k = 0; k < e->window; k++) {
        int64_t frame = newest - (int64_t)(e->window - 1 - k) * e->stride;
        slots[k] = slot_of(e, s, frame < earliest ? earliest : frame);
    }
}

static int gather_windows(ensemble *e, place *at)
{
    int windows = 0;
    for (; at->stream < e->streams; at->stream++, at->item = 0)
        for (; at->item < e->stream[at->stream].questions; at->item++, windows++) {
            if (windows == e->most) return windows;
            gather_window(e, at->stream, e->stream[at->stream].question[at->item].newest,
                          e->window_slots + (size_t)windows * (size_t)e->window);
        }
    return windows;
}

/* A member's answers are added to the sum of its target. */
static void add_answers(ensemble *e, int i, int windows)
{
    int targets = network_configuration(e->model->member[i])->targets;
    for (int r = 0; r < targets; r++) {
        int target = targets == 1 ? e->model->target[i] : r;
        for (int n = 0; n < windows; n++) e->sum[n * TARGETS + target] += e->out[n * targets + r];
        e->count[target]++;
    }
}

/* On a GPU all members work at a time: each is begun before the first is waited for, and all that were begun are. */
static et_status run_members(ensemble *e, int frames, int windows, et_error *error)
{
    memset(e->sum, 0, (size_t)windows * TARGETS * sizeof *e->sum);
    memset(e->count, 0, sizeof e->count);
    backend_call call = {frames, e->call_rows, e->frame_slot, windows, e->window_slots, e->out};
    et_status status = ET_OK;
    int begun = 0;
    while (begun < e->members && status == ET_OK) {
        status = session_start(e->member[begun], &call, error);
        begun += status == ET_OK;
    }
    for (int i = 0; i < begun; i++) {
        et_status one = session_finish(e->member[i], &call, status == ET_OK ? error : NULL);
        if (status == ET_OK) status = one;
        if (status == ET_OK) add_answers(e, i, windows);
    }
    return status;
}

/* Mean over the members that answer a target. */
static void hand_out(ensemble *e, place from, int windows, bool good)
{
    for (int n = 0; n < windows; n++, from.item++) {
        while (from.item == e->stream[from.stream].questions) {
            from.stream++;
            from.item = 0;
        }
        const question *q = &e->stream[from.stream].question[from.item];
        const float *sum = e->sum + n * TARGETS;
        int valences = good ? e->count[TARGET_VALENCE] : 0, arousals = good ? e->count[TARGET_AROUSAL] : 0;
        *q->valence = valences ? model_answer(e->model, sum[TARGET_VALENCE] / (float)valences) : NAN;
        *q->arousal = arousals ? model_answer(e->model, sum[TARGET_AROUSAL] / (float)arousals) : NAN;
    }
}

et_status ensemble_run(ensemble *e, et_error *error)
{
    place frame_place = {0}, window_place = {0};
    et_status status = ET_OK;
    for (int frames, windows = 0;;) {
        place first = window_place;
        frames = gather_frames(e, &frame_place);
        bool all_frames = frame_place.stream == e->streams;
        windows = all_frames ? gather_windows(e, &window_place) : 0;
        if (frames == 0 && windows == 0) break;
        if (status == ET_OK) status = run_members(e, frames, windows, error);
        hand_out(e, first, windows, status == ET_OK);
    }
    for (int s = 0; s < e->streams; s++) {
        e->stream[s].done = e->stream[s].frames;
        e->stream[s].questions = 0;
    }
    return status;
}
