/** The mission in one place: track_frame, a line per stage. Around it the samples on their way in and the answers on theirs
 *  out. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "features/feature_stream.h"
#include "features/key.h"
#include "track/memory.h"
#include "track/tracker.h"

enum {
    HOP_MS = 10,
    MEMORY_HOPS = 5,         /* the memory takes a row every 50 ms; between, it is asked what it would say */
    FIRST_ANSWER_HOPS = 100, /* an answer comes at or before 1.0 s, however long the step */
    STEP_MS_MOST = 3600000,
    QUEUE_S_MOST = 86400,
    BACKWARD_HOPS = 3 /* smoothing and deltas of a frame look so far back */
};

static const double HOP_S = 0.01;

/* An answer and what was heard beside it. */
typedef struct answered {
    et_emotion emotion;
    et_harmony harmony;
} answered;

/* A hop whose row the memory or a window needs. */
typedef struct moment {
    int64_t hop;
    bool silent, ends; /* `ends`: the stream, before its first answer */
    answered *place;   /* of the answer that is due, or NULL */
    int ear;           /* batches of a late ear that had come */
} moment;

/* Moments of a grouped tracker whose learned ear is heard on a device, with those of other streams, when the group answers. */
typedef struct late_ear {
    int moments, answers; /* that wait */
    moment moment[TRACKER_AHEAD];
    float row[TRACKER_AHEAD][FUNCTIONAL_COUNT + HARMONY_COLUMNS];
    float (*heard)[EAR_ROW]; /* the newest row of before, then one of each batch that waits */
} late_ear;

struct et_tracker {
    const et_model *model;
    double rate_hz;
    unsigned channels;
    int step_hops; /* from answer to answer                              */
    int grid_hops; /* from one frame that a window may need to the next  */

    feature_stream *sound;
    memory *memory;
    ensemble *ensemble;

    float *converted;     /* one block of 16-bit samples as floats */
    float row[ROW_WIDTH]; /* the last second */
    float remembered[REMEMBERED_MOST];

    int64_t answers;        /* given so far, read or not    */
    bool was_silent;        /* the second up to the last frame */
    memory_silence silence; /* of the memory, with the moments that wait */
    late_ear *late;         /* NULL: the ear is heard as the sound comes */
    bool ended;
    et_status broken; /* a reset that found no memory, a GPU that failed */
    bool hears_harmony;
    bool in_group; /* the ensemble is the group's */
    int stream;    /* number in it */

    answered *queue;
    size_t queue_room, queue_first, queue_waiting;
};

/* ---- one hop of sound, at most one emotion ---------------------------------------------------------------------------- */

static bool is_due(const et_tracker *t, int64_t hop)
{
    return hop % t->step_hops == 0 || (t->answers == 0 && hop == FIRST_ANSWER_HOPS);
}

static et_harmony hear_harmony(const et_tracker *t)
{
    harmony_reading h = {.key = HARMONY_NO_KEY};
    if (t->hears_harmony) feature_stream_harmony(t->sound, &h);
    return (et_harmony){h.key, h.majorness, h.tempo_bpm, h.pulse};
}

/* Its place in the queue. */
static answered *announce(et_tracker *t, double time_s, int64_t hop)
{
    meter_reading level = feature_stream_level(t->sound, hop);
    et_emotion e = {.time_s = time_s, .level_dbfs = level.level_dbfs, .flags = level.flags};
    answered *place = &t->queue[(t->queue_first + t->queue_waiting++) % t->queue_room];
    *place = (answered){e, hear_harmony(t)};
    t->answers++;
    return place;
}

/* One of a group waits for et_tracker_group_answer. */
static void compute(et_tracker *t)
{
    if (t->in_group) return;
    et_status status = ensemble_run(t->ensemble, NULL);
    if (status != ET_OK) t->broken = status;
}

static void ask(et_tracker *t, answered *place, double context_s)
{
    place->emotion.context_s = (float)fmin(context_s, et_model_context_s(t->model));
    ensemble_ask(t->ensemble, t->stream, &place->emotion.valence, &place->emotion.arousal);
}

/* What is remembered at a hop. @return seconds of sound behind it */
static double remember(et_tracker *t, const moment *m)
{
    int since = (int)(m->hop % MEMORY_HOPS);
    if (since == 0 && !m->ends)
        memory_push(t->memory, t->row, m->silent, t->remembered);
    else
        memory_peek(t->memory, t->row, m->silent, t->remembered);
    return m->ends ? m->place->emotion.time_s : memory_age_s(t->memory) + since * HOP_S;
}

/* Whether the second of sound up to this frame is silence; sound counts as such once a frame's row holds nothing else. Where
 * it comes back after so long a silence that the memory begins anew, the last second is no part of it either. */
static bool hear_silence(et_tracker *t, int64_t frame)
{
    int64_t hop = frame + 1 - BACKWARD_HOPS;
    bool silent = feature_stream_level(t->sound, hop < 1 ? 1 : hop).flags & ET_FLAG_SILENCE;
    if (t->was_silent && memory_begins(t->memory, &t->silence, silent)) feature_stream_begin_second(t->sound);
    t->was_silent = silent;
    return silent;
}

/* From the row of a moment on. */
static void understand(et_tracker *t, const moment *m)
{
    double context_s = remember(t, m);                     /* some 10 s; fresh after a change         */
    if (m->hop % t->grid_hops && !m->ends) return;         /* no window holds this frame              */
    ensemble_frame(t->ensemble, t->stream, t->remembered); /* columns, scaling, PCA, frame part: once */
    if (m->place) ask(t, m->place, context_s);             /* K frames: the rest of the network       */
    compute(t);
}

static void keep(et_tracker *t, const moment *m)
{
    late_ear *late = t->late;
    float *row = late->row[late->moments];
    memcpy(row, t->row, FUNCTIONAL_COUNT * sizeof *row);
    memcpy(row + FUNCTIONAL_COUNT, t->row + ROW_HARMONY, HARMONY_COLUMNS * sizeof *row);
    late->moment[late->moments] = *m;
    late->moment[late->moments++].ear = ear_waiting(feature_stream_ear(t->sound));
    late->answers += m->place != NULL;
}

static void track_frame(et_tracker *t, const descriptor_row *frame)
{
    int64_t hop = feature_stream_hop(t->sound);          /* hops of sound that this frame's row has heard */
    bool silent = hear_silence(t, frame->index);         /* silence is no music                           */
    if (hop % MEMORY_HOPS && hop % t->grid_hops) return; /* neither memory nor window needs this one      */
    if (!feature_stream_row(t->sound, t->row)) return;   /* the last second, in every family's columns    */
    moment m = {.hop = hop, .silent = silent};
    if (hop % MEMORY_HOPS == 0) memory_silence_push(t->memory, &t->silence, silent);
    if (hop % t->grid_hops == 0 && is_due(t, hop)) m.place = announce(t, (double)hop * HOP_S, hop);
    (t->late ? keep : understand)(t, &m); /* at once, or when the group's ears are heard   */
}

/* ---- a late ear ----------------------------------------------------------------------------------------------------------
 */

ear *tracker_late_ear(et_tracker *t)
{
    return t->late ? feature_stream_ear(t->sound) : NULL;
}

float *tracker_late_row(et_tracker *t, int batch)
{
    return t->late->heard[1 + batch];
}

static void take_back(et_tracker *t, int i)
{
    const late_ear *late = t->late;
    const float *row = late->row[i], *heard = late->heard[late->moment[i].ear];
    memcpy(t->row, row, FUNCTIONAL_COUNT * sizeof *row);
    memcpy(t->row + ROW_EAR, heard, EAR_COLUMNS * sizeof *row);
    memcpy(t->row + ROW_HARMONY, row + FUNCTIONAL_COUNT, HARMONY_COLUMNS * sizeof *row);
    memcpy(t->row + ROW_TAIL, heard + EAR_COLUMNS, EAR_COLUMNS * sizeof *row);
}

void tracker_late_understand(et_tracker *t)
{
    late_ear *late = t->late;
    ear *e = feature_stream_ear(t->sound);
    for (int i = 0; i < late->moments; i++) {
        take_back(t, i);
        understand(t, &late->moment[i]);
    }
    memcpy(late->heard[0], late->heard[ear_waiting(e)], sizeof late->heard[0]);
    ear_forget(e);
    late->moments = late->answers = 0;
}

/* ---- sound in ---------------------------------------------------------------------------------------------------------- */

static void track_hops(et_tracker *t)
{
    while (feature_stream_next(t->sound)) {
        const descriptor_row *frame = feature_stream_frame(t->sound);
        if (frame) track_frame(t, frame);
    }
}

static size_t block_of(const et_tracker *t, size_t frames)
{
    size_t most = feature_stream_block(t->sound);
    return frames < most ? frames : most;
}

/* At most one block. @return whether all samples are finite */
static bool track_block(et_tracker *t, const float *samples, size_t frames)
{
    bool finite = feature_stream_push(t->sound, samples, frames) == 0;
    track_hops(t);
    return finite;
}

static et_status may_push(const et_tracker *t, size_t frames)
{
    if (t->broken != ET_OK) return t->broken;
    if (t->ended) return ET_ERROR_ARGUMENT;
    return frames > et_tracker_room(t) ? ET_ERROR_FULL : ET_OK;
}

et_status et_tracker_push(et_tracker *t, const float *samples, size_t frames)
{
    et_status status = may_push(t, frames);
    if (status != ET_OK) return status;
    bool finite = true;
    for (size_t now; frames > 0; frames -= now, samples += now * t->channels) {
        now = block_of(t, frames);
        finite &= track_block(t, samples, now);
    }
    if (t->broken != ET_OK) return t->broken;
    return finite ? ET_OK : ET_ERROR_NOT_FINITE;
}

et_status et_tracker_push_s16(et_tracker *t, const int16_t *samples, size_t frames)
{
    et_status status = may_push(t, frames);
    if (status != ET_OK) return status;
    for (size_t now; frames > 0; frames -= now, samples += now * t->channels) {
        now = block_of(t, frames);
        for (size_t i = 0; i < now * t->channels; i++) t->converted[i] = (float)samples[i] / 32768.0f;
        track_block(t, t->converted, now);
    }
    return t->broken;
}

et_status et_tracker_push_lost(et_tracker *t, size_t frames)
{
    et_status status = may_push(t, frames);
    if (status != ET_OK) return status;
    for (size_t now; frames > 0; frames -= now) {
        now = block_of(t, frames);
        track_block(t, NULL, now);
    }
    return t->broken;
}

/* A stream that ended before its first answer: what there is of it, filled up to one frame if need be. */
static void answer_short_stream(et_tracker *t)
{
    double time_s = (double)feature_stream_frames(t->sound) / t->rate_hz;
    int64_t hop = (int64_t)ceil(time_s / HOP_S);
    bool silent = feature_stream_level(t->sound, hop).flags & ET_FLAG_SILENCE;
    feature_stream_end(t->sound, true);
    while (feature_stream_next(t->sound)) feature_stream_row(t->sound, t->row);
    moment m = {.hop = hop, .silent = silent, .ends = true, .place = announce(t, time_s, hop)};
    (t->late ? keep : understand)(t, &m);
}

et_status et_tracker_flush(et_tracker *t)
{
    if (t->broken != ET_OK) return t->broken;
    if (t->ended) return ET_OK;
    while (feature_stream_flush(t->sound)) track_hops(t);
    if (t->answers == 0 && feature_stream_frames(t->sound) > 0) answer_short_stream(t);
    t->ended = true;
    return t->broken;
}

/* ---- emotions out ------------------------------------------------------------------------------------------------------
 */

static int common_divisor(int a, int b)
{
    while (b != 0) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* So many answers fit; the stream may grow until one more than those would be due. One is kept for the first at 1.0 s. */
static double answers_room(const et_tracker *t)
{
    int64_t most = t->answers + (int64_t)(t->queue_room - t->queue_waiting) - 1;
    return floor((double)most * t->step_hops * HOP_S * t->rate_hz) - (double)feature_stream_frames(t->sound);
}

size_t et_tracker_room(const et_tracker *t)
{
    double room = answers_room(t);
    if (t->in_group) {
        int waiting = t->late ? t->late->moments : ensemble_frames_waiting(t->ensemble, t->stream);
        int hops = t->late ? common_divisor(MEMORY_HOPS, t->grid_hops) : t->grid_hops;
        room = fmin(room, floor((double)(TRACKER_AHEAD / 2 - 1 - waiting) * hops * HOP_S * t->rate_hz));
    }
    return room > 0 ? (size_t)room : 0;
}

bool et_tracker_poll_harmony(et_tracker *t, et_emotion *emotion, et_harmony *heard)
{
    size_t computed = t->queue_waiting;
    if (t->in_group) computed -= (size_t)ensemble_questions_waiting(t->ensemble, t->stream);
    if (t->late) computed -= (size_t)t->late->answers;
    if (computed == 0) return false;
    *emotion = t->queue[t->queue_first].emotion;
    *heard = t->queue[t->queue_first].harmony;
    t->queue_first = (t->queue_first + 1) % t->queue_room;
    t->queue_waiting--;
    return true;
}

bool et_tracker_poll(et_tracker *t, et_emotion *emotion)
{
    et_harmony unread;
    return et_tracker_poll_harmony(t, emotion, &unread);
}

const char *et_key_name(int key)
{
    return key >= 0 && key < KEY_COUNT ? key_name(key) : "";
}

double et_tracker_ear_look_ahead_s(const et_tracker *t)
{
    return feature_stream_look_ahead_s(t->sound, FAMILY_EAR);
}

double et_tracker_look_ahead_s(const et_tracker *t)
{
    return feature_stream_look_ahead_s(t->sound, FAMILY_DESCRIPTORS);
}

/* ---- life ------------------------------------------------------------------------------------------------------------- */

static et_status check(const et_model *model, const et_tracker_options *o, et_error *error)
{
    if (!model || model->members < 1) return error_set(error, ET_ERROR_ARGUMENT, "a tracker needs a model");
    if (!(o->rate_hz >= 4000 && o->rate_hz <= 768000))
        return error_set(error, ET_ERROR_ARGUMENT, "rate of %g Hz: it must be within 4000 .. 768000", o->rate_hz);
    if (o->channels < 1 || o->channels > 256)
        return error_set(error, ET_ERROR_ARGUMENT, "%u channels: there must be 1 .. 256", o->channels);
    if (o->step_ms % HOP_MS != 0 || o->step_ms > STEP_MS_MOST)
        return error_set(error, ET_ERROR_ARGUMENT, "step of %u ms: it must be a multiple of 10 up to an hour", o->step_ms);
    if (o->queue_s > QUEUE_S_MOST) return error_set(error, ET_ERROR_ARGUMENT, "queue of %u s: at most a day", o->queue_s);
    return ET_OK;
}

static int step_hops(const et_tracker_options *o)
{
    return o->step_ms ? (int)(o->step_ms / HOP_MS) : 1;
}

static int window_hops(const et_model *model)
{
    int hops = (int)lround(network_configuration(model->member[0])->frame_step_s / HOP_S);
    return hops < 1 ? 1 : hops;
}

int tracker_stride(const et_model *model, const et_tracker_options *options)
{
    return window_hops(model) / common_divisor(step_hops(options), window_hops(model));
}

/* A half second's batch comes with at least so many moments as half seconds have; and the first second has no moments. */
static int late_batches(const et_tracker *t)
{
    return TRACKER_AHEAD * common_divisor(MEMORY_HOPS, t->grid_hops) / EAR_GRID + 2;
}

static et_status create_late_ear(et_tracker *t, et_error *error)
{
    t->late = calloc(1, sizeof *t->late);
    if (t->late) t->late->heard = calloc((size_t)late_batches(t) + 1, sizeof *t->late->heard);
    if (t->late && t->late->heard) return ET_OK;
    return error_set(error, ET_ERROR_MEMORY, "no memory for the frames of a tracker");
}

static et_status create_stages(et_tracker *t, const et_tracker_options *o, et_error *error)
{
    const et_model *model = t->model;
    ensemble_options alone = {.stride = tracker_stride(model, o), .streams = 1, .ahead = 1, .device = o->device};
    feature_stream_options sound = {.rate_hz = t->rate_hz,
                                    .channels = t->channels,
                                    .families = model_families(model),
                                    .aside = o->harmony ? WITH_HARMONY : 0,
                                    .ear = model->ear,
                                    .ear_ahead = t->late ? late_batches(t) : 0,
                                    .pitch_lag_frames = model->pitch_lag_frames,
                                    .voicing_delta = VOICING_DELTA_SANE,
                                    .rasta_start = RASTA_START_STEADY};
    t->hears_harmony = (sound.families | sound.aside) & WITH_HARMONY;
    et_status status = feature_stream_create(&t->sound, &sound, error);
    if (status == ET_OK)
        status =
            memory_create(&t->memory, &model->memory, model->member[0], model->memory_deviation, MEMORY_HOPS * HOP_S, error);
    if (status == ET_OK && !t->in_group) status = ensemble_create(&t->ensemble, model, &alone, error);
    return status;
}

static et_status create_buffers(et_tracker *t, const et_tracker_options *o, et_error *error)
{
    uint64_t queue_ms = 1000 * (uint64_t)(o->queue_s ? o->queue_s : 60);
    t->queue_room = (size_t)(queue_ms / (uint64_t)(t->step_hops * HOP_MS)) + 3;
    t->queue = malloc(sizeof *t->queue * t->queue_room);
    t->converted = malloc(sizeof(float) * feature_stream_block(t->sound) * t->channels);
    if (t->queue && t->converted) return ET_OK;
    return error_set(error, ET_ERROR_MEMORY, "no memory for %zu answers", t->queue_room);
}

et_status tracker_create(et_tracker **out, const et_model *model, const et_tracker_options *options, ensemble *shared,
                         int stream, bool late, et_error *error)
{
    *out = NULL;
    et_status status = check(model, options, error);
    if (status != ET_OK) return status;
    et_tracker *t = calloc(1, sizeof *t);
    if (!t) return error_set(error, ET_ERROR_MEMORY, "no memory for a tracker");
    t->model = model;
    t->rate_hz = options->rate_hz;
    t->channels = options->channels;
    t->step_hops = step_hops(options);
    t->in_group = shared != NULL;
    t->ensemble = shared;
    t->stream = stream;
    t->grid_hops = common_divisor(t->step_hops, window_hops(model));
    if (late) status = create_late_ear(t, error);
    if (status == ET_OK) status = create_stages(t, options, error);
    if (status == ET_OK) status = create_buffers(t, options, error);
    if (status != ET_OK) {
        et_tracker_destroy(t);
        return status;
    }
    *out = t;
    return ET_OK;
}

et_status et_tracker_create(et_tracker **out, const et_model *model, const et_tracker_options *options, et_error *error)
{
    return tracker_create(out, model, options, NULL, 0, false, error);
}

void et_tracker_reset(et_tracker *t)
{
    t->broken = feature_stream_reset(t->sound);
    memory_reset(t->memory);
    ensemble_reset(t->ensemble, t->stream);
    t->answers = 0;
    t->queue_first = t->queue_waiting = 0;
    t->ended = t->was_silent = false;
    t->silence = (memory_silence){0};
    if (t->late) {
        t->late->moments = t->late->answers = 0;
        memset(t->late->heard[0], 0, sizeof t->late->heard[0]);
    }
}

void et_tracker_destroy(et_tracker *t)
{
    if (!t) return;
    if (!t->in_group) ensemble_destroy(t->ensemble);
    memory_destroy(t->memory);
    feature_stream_destroy(t->sound);
    if (t->late) free(t->late->heard);
    free(t->late);
    free(t->converted);
    free(t->queue);
    free(t);
}
