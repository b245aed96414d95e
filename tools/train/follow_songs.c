#include "train/follow_songs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/room.h"
#include "batch/jobs.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "data/song_features.h"
#include "emotrack.h"

enum { RATE_HZ = 44100, STEP_EACH_MS = 100, BLOCK = 4410 };

void followed_free(followed *f, int count)
{
    for (int i = 0; i < count; i++) {
        free(f[i].time_s);
        free(f[i].answer);
        f[i] = (followed){0};
    }
}

static bool add_answer(followed *f, double time_s, const et_emotion *e)
{
    double *time = room_for_one_more(f->time_s, (size_t)f->rows, sizeof *time);
    if (time) f->time_s = time;
    double(*answer)[TARGETS] = room_for_one_more(f->answer, (size_t)f->rows, sizeof *answer);
    if (answer) f->answer = answer;
    if (!time || !answer) return false;
    f->time_s[f->rows] = time_s;
    f->answer[f->rows][TARGET_VALENCE] = (double)e->valence;
    f->answer[f->rows++][TARGET_AROUSAL] = (double)e->arousal;
    return true;
}

static bool poll_all(et_tracker *tracker, followed *f, double begin_s)
{
    et_emotion e;
    while (et_tracker_poll(tracker, &e))
        if (!add_answer(f, e.time_s - begin_s, &e)) return false;
    return true;
}

static et_status tracker_of(et_tracker **out, const et_model *model, const char *device, et_error *error)
{
    et_tracker_options options = {.rate_hz = RATE_HZ, .channels = 1, .step_ms = STEP_EACH_MS, .device = device};
    return et_tracker_create(out, model, &options, error);
}

et_status follow_check(const et_model *model, const follow_options *options, et_error *error)
{
    et_tracker *tracker = NULL;
    et_status status = tracker_of(&tracker, model, options->device, error);
    et_tracker_destroy(tracker);
    return status;
}

/** Pushes a whole song and keeps what the tracker answers meanwhile. */
static et_status push_song(et_tracker *tracker, const song *s, const degradation *degrade, double begin_s, followed *f,
                           double *length_s, et_error *error)
{
    float *samples;
    size_t count;
    if (!s->sound) return error_set(error, ET_ERROR_FILE, "song %s: has no sound", s->id);
    et_status status = sound_samples(&samples, &count, s->sound, error);
    if (status) return status;
    if (!degradation_is_none(degrade)) degradation_apply(degrade, samples, count);
    for (size_t at = 0; at < count && !status; at += BLOCK) {
        et_status pushed = et_tracker_push(tracker, samples + at, count - at < BLOCK ? count - at : BLOCK);
        if (pushed != ET_OK && pushed != ET_ERROR_NOT_FINITE)
            status = error_set(error, pushed, "%s: %s", s->sound, et_status_text(pushed));
        else if (!poll_all(tracker, f, begin_s))
            status = error_set(error, ET_ERROR_MEMORY, "%s: out of memory", s->sound);
    }
    *length_s = (double)count / RATE_HZ;
    free(samples);
    return status;
}

typedef struct each {
    followed *out;
    const et_model *model;
    const song *const *songs;
    const follow_options *options;
} each;

static void follow_one(void *context, int i)
{
    const each *e = context;
    followed *f = &e->out[i];
    et_tracker *tracker = NULL;
    double length_s;
    if (e->songs[i]->rows > 0) return;
    if (interrupted()) {
        error_set(&f->error, ET_ERROR_INTERRUPTED, "interrupted");
        return;
    }
    et_status status = tracker_of(&tracker, e->model, e->options->device, &f->error);
    if (!status) status = push_song(tracker, e->songs[i], &e->options->degrade, 0, f, &length_s, &f->error);
    if (!status) {
        et_tracker_flush(tracker);
        if (!poll_all(tracker, f, 0)) error_set(&f->error, ET_ERROR_MEMORY, "%s: out of memory", e->songs[i]->sound);
    }
    et_tracker_destroy(tracker);
    progress_add(1);
}

void follow_each(followed *out, const et_model *model, const song *const *songs, int count, const follow_options *options)
{
    each e = {out, model, songs, options};
    for (int i = 0; i < count; i++) out[i] = (followed){0};
    jobs_run(count, options->threads, follow_one, &e);
}

et_status follow_joined(followed *out, const et_model *model, const song *const *songs, int count,
                        const follow_options *options, et_error *error)
{
    et_tracker *tracker = NULL;
    double begin_s = 0;
    for (int i = 0; i < count; i++) out[i] = (followed){0};
    et_status status = tracker_of(&tracker, model, options->device, error);
    for (int i = 0; i < count && !status; i++) {
        double length_s = 0;
        if (interrupted())
            status = error_set(error, ET_ERROR_INTERRUPTED, "interrupted");
        else
            status = push_song(tracker, songs[i], &options->degrade, begin_s, &out[i], &length_s, error);
        begin_s += length_s;
        progress_add(1);
    }
    et_tracker_destroy(tracker);
    return status;
}

/** Mean answer of a song's last ten seconds. */
static double settled(const followed *f, int t)
{
    double sum = 0;
    int n = 0;
    for (int k = f->rows - 1; k >= 0 && f->time_s[k] > f->time_s[f->rows - 1] - 10; k--) sum += f->answer[k][t], n++;
    return n ? sum / n : NAN;
}

int reactions(const followed *f, int count, double *reaction_s)
{
    int steps = 0;
    for (int i = 1; i < count; i++)
        for (int t = 0; t < TARGETS; t++) {
            double from = settled(&f[i - 1], t), step = settled(&f[i], t) - from;
            if (!(fabs(step) > 0.25)) continue;
            int k = 0;
            while (k < f[i].rows - 1 && (f[i].answer[k][t] - from) / step < 0.63) k++;
            reaction_s[steps++] = f[i].time_s[k];
        }
    return steps;
}
