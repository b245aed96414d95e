#include "model/ensemble.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/backend.h"

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
    const session_backend *backend;
    backend_session *member[MODEL_MEMBERS_MOST];
    backend_session *standby[MODEL_MEMBERS_MOST]; /* the CPU's, where it may take over from a GPU; else NULL */
    stream *stream;
    question *questions; /* streams x ahead */
    float *rows;         /* streams x kept x columns */
    float *call_rows, *out;
    int *frame_slot, *window_slots;
    float *sum; /* most x TARGETS, and how many members gave it */
    int count[TARGETS];
};

/* ---- life ------------------------------------------------------------------------------------------------------------- */

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

static et_status create_sessions(const ensemble *e, const session_backend *b, const float *rows, backend_session **out,
                                 et_error *error)
{
    session_setting setting = {.most = e->most, .slots = e->streams * e->length, .rows = rows};
    et_status status = ET_OK;
    for (int i = 0; i < e->members && status == ET_OK; i++)
        status = b->create(&out[i], e->model->member[i], &setting, error);
    return status;
}

static void destroy_sessions(const session_backend *b, backend_session **session)
{
    for (int i = 0; i < MODEL_MEMBERS_MOST; i++) {
        if (session[i]) b->destroy(session[i]);
        session[i] = NULL;
    }
}

/* The CPU takes over: it computes again, from their rows, the frames that windows ask for, and none is lost. */
static void leave_device(ensemble *e)
{
    destroy_sessions(e->backend, e->member);
    memcpy(e->member, e->standby, sizeof e->member);
    memset(e->standby, 0, sizeof e->standby);
    e->backend = &cpu_sessions;
}

/* Whatever fails on a GPU that may fail stands in nobody's way. */
static et_status create_members(ensemble *e, bool may_fail, et_error *error)
{
    et_status status = may_fail ? create_sessions(e, &cpu_sessions, e->rows, e->standby, error) : ET_OK;
    if (status != ET_OK) return status;
    status = create_sessions(e, e->backend, NULL, e->member, may_fail ? NULL : error);
    if (status == ET_OK || !may_fail) return status;
    leave_device(e);
    return ET_OK;
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
    const backend *gpu;
    et_status status = backend_named(&gpu, o->device, error);
    bool may_fail = gpu && backend_may_fail(o->device);
    e->backend = gpu ? gpu->session : &cpu_sessions;
    e->kept = may_fail ? e->length : o->ahead;
    if (status == ET_OK && (int64_t)e->streams * e->length > INT32_MAX)
        status = error_set(error, ET_ERROR_LIMIT, "%d streams are too many for one group", e->streams);
    if (status == ET_OK) status = allocate(e, error);
    if (status == ET_OK) status = create_members(e, may_fail, error);
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
    destroy_sessions(e->backend, e->member);
    destroy_sessions(&cpu_sessions, e->standby);
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
    return e->backend != &cpu_sessions;
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
        status = e->backend->start(e->member[begun], &call, error);
        begun += status == ET_OK;
    }
    for (int i = 0; i < begun; i++) {
        et_status one = e->backend->finish(e->member[i], &call, status == ET_OK ? error : NULL);
        if (status == ET_OK) status = one;
        if (status == ET_OK) add_answers(e, i, windows);
    }
    return status;
}

static et_status run_call(ensemble *e, int frames, int windows, et_error *error)
{
    bool may_fail = e->standby[0] != NULL;
    et_status status = run_members(e, frames, windows, may_fail ? NULL : error);
    if (status == ET_OK || !may_fail) return status;
    leave_device(e);
    return run_members(e, frames, windows, error);
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

static et_status run(ensemble *e, et_status status, et_error *error)
{
    place frame_place = {0}, window_place = {0};
    for (int frames, windows = 0;;) {
        place first = window_place;
        frames = gather_frames(e, &frame_place);
        bool all_frames = frame_place.stream == e->streams;
        windows = all_frames ? gather_windows(e, &window_place) : 0;
        if (frames == 0 && windows == 0) break;
        if (status == ET_OK) status = run_call(e, frames, windows, error);
        hand_out(e, first, windows, status == ET_OK);
    }
    for (int s = 0; s < e->streams; s++) {
        e->stream[s].done = e->stream[s].frames;
        e->stream[s].questions = 0;
    }
    return status;
}

et_status ensemble_run(ensemble *e, et_error *error)
{
    return run(e, ET_OK, error);
}

void ensemble_give_up(ensemble *e)
{
    run(e, ET_ERROR_DEVICE, NULL);
}
