#include "live/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "live/view.h"

#define CHECK_S .25
#define DRAW_S .05
#define REPORT_S 10.0
enum { BLOCK_FRAMES = 4096 };

/* What the session needs while it runs. */
typedef struct running {
    live_session *s;
    canvas *canvas; /* NULL without a picture */
    live_view *view;
    float *block; /* of sound, on its way to the disk */
    double next_check_s, next_draw_s, next_report_s;
    double gone_since_s; /* 0: the device is there */
    char message[600];
    int rows, columns; /* of the terminal, as drawn last */
} running;

static void tell(const running *r, const char *text)
{
    char words[1200];
    if (r->canvas == NULL) dprintf(r->s->messages, "emotrack: %s\n", text_shown(words, sizeof words, text));
}

static void take_answers(running *r)
{
    live_session *s = r->s;
    live_answer a;
    while (live_engine_answer(s->engine, &a)) {
        s->answers++;
        if (a.emotion.time_s >= LIVE_START_S) {
            live_times_add(&s->all, &a);
            live_times_add(&s->recent, &a);
        }
        if (s->rows != NULL) emotion_row(output_stream(s->rows), s->format, NULL, &a.emotion);
        if (r->view != NULL) live_view_add(r->view, &a.emotion);
        if (s->osc != NULL) osc_send(s->osc, "/emotrack/emotion", a.emotion.valence, a.emotion.arousal);
    }
}

/* A recording that fails ends; the rest goes on. */
static void record(running *r, const float *samples, size_t frames)
{
    live_session *s = r->s;
    et_error error;
    s->recorded += frames;
    if (s->record == NULL || recording_write(s->record, samples, frames, &error) == ET_OK) return;
    recording_close(s->record, NULL);
    s->record = NULL;
    s->failed = true;
    snprintf(r->message, sizeof r->message, "%s; no longer recording", error.message);
    tell(r, r->message);
}

static void take_sound(running *r)
{
    if (r->block == NULL) return;
    for (;;) {
        uint64_t lost;
        size_t frames = live_engine_sound(r->s->engine, r->block, BLOCK_FRAMES, &lost);
        if (frames == 0 && lost == 0) return;
        record(r, lost > 0 ? NULL : r->block, lost > 0 ? (size_t)lost : frames);
    }
}

static void check_device(running *r, double now_s)
{
    if (now_s < r->next_check_s) return;
    et_error error;
    if (capture_check(r->s->from, &error) == ET_OK) {
        if (r->gone_since_s > 0) {
            snprintf(r->message, sizeof r->message, "input '%.100s' is back after %.1f s", capture_name(r->s->from),
                     now_s - r->gone_since_s);
            tell(r, r->message);
        }
        r->gone_since_s = 0;
    } else {
        snprintf(r->message, sizeof r->message, "%s", error.message);
        if (r->gone_since_s <= 0) {
            r->gone_since_s = now_s;
            tell(r, r->message);
        }
    }
    r->next_check_s = capture_clock_s() + CHECK_S;
}

static void draw(running *r, double now_s)
{
    live_session *s = r->s;
    int rows, columns;
    terminal_size(&rows, &columns);
    if (rows != r->rows || columns != r->columns) terminal_write("\033[2J", 4);
    r->rows = rows;
    r->columns = columns;
    r->next_draw_s = now_s + DRAW_S;
    const live_facts facts = {
        .model = et_model_name(s->model),
        .input = capture_name(s->from),
        .rate_hz = capture_rate_hz(s->from),
        .channels = capture_channels(s->from),
        .heard_s = (double)live_engine_frames(s->engine) / capture_rate_hz(s->from),
        .buffer_s = latency_percentile(&s->recent.buffer, .5),
        .computing_s = latency_percentile(&s->recent.computing, .5),
        .worst_s = latency_percentile(&s->recent.both, .99),
        .look_ahead_s = s->ahead.descriptors_s + s->ahead.resampler_s,
        .lost = live_engine_lost(s->engine),
        .overruns = live_engine_overruns(s->engine),
        .record = s->record != NULL ? s->record_name : NULL,
        .message = r->message[0] != '\0' ? r->message : NULL,
    };
    size_t length;
    if (!canvas_begin(r->canvas, rows, columns)) return;
    live_view_draw(r->view, &facts, r->canvas);
    const char *bytes = canvas_bytes(r->canvas, &length);
    terminal_write(bytes, length);
}

static void report(running *r, double now_s)
{
    if (now_s < r->next_report_s) return;
    live_session *s = r->s;
    if (s->reports && r->canvas == NULL && s->recent.both.count > 0)
        live_times_print(s->messages, "latency, last ten seconds", &s->recent, s->ahead);
    s->recent = (live_times){0};
    r->next_report_s = now_s + REPORT_S;
}

static et_status step(running *r, et_error *error)
{
    double now_s = capture_clock_s();
    take_answers(r);
    take_sound(r);
    check_device(r, now_s);
    report(r, now_s);
    if (r->canvas != NULL && now_s >= r->next_draw_s) draw(r, now_s);
    return r->s->rows != NULL ? output_flush(r->s->rows, error) : ET_OK;
}

static bool has_reader(const live_session *s)
{
    return s->rows == NULL || output_wanted(s->rows);
}

/* Until there are answers for somebody else than the picture, or it is time to draw or to look at the device.
 * @return a key, or -1 */
static int wait_for_something(const running *r)
{
    const live_session *s = r->s;
    double until_s = r->canvas != NULL && r->next_draw_s < r->next_check_s ? r->next_draw_s : r->next_check_s;
    double wait_s = until_s - capture_clock_s();
    bool at_once = s->rows != NULL || s->osc != NULL;
    return terminal_key(wait_s > 0 ? (int)ceil(wait_s * 1e3) : 0,
                        at_once || wait_s > DRAW_S ? live_engine_descriptor(s->engine) : -1);
}

static et_status loop(running *r, et_error *error)
{
    live_session *s = r->s;
    et_status status = ET_OK;
    int key = -1;
    while (status == ET_OK && key != 'q' && key != 'Q' && !interrupted() && !live_engine_ended(s->engine) && has_reader(s)) {
        live_engine_heed(s->engine);
        status = step(r, error);
        key = wait_for_something(r);
    }
    if (r->canvas != NULL) terminal_end(); /* before anything that may take time */
    live_engine_stop(s->engine);
    for (bool ended = false; !ended;) {
        ended = live_engine_ended(s->engine);
        take_answers(r);
        take_sound(r);
        if (!ended) terminal_key(10, -1);
    }
    uint64_t heard = live_engine_frames(s->engine);
    if (r->block != NULL && heard > s->recorded) record(r, NULL, (size_t)(heard - s->recorded)); /* lost at the very end */
    if (status == ET_OK && s->rows != NULL) status = output_flush(s->rows, error);
    return status == ET_OK && interrupted() ? error_set(error, ET_ERROR_INTERRUPTED, "interrupted") : status;
}

et_status live_session_run(live_session *s, et_error *error)
{
    double now_s = capture_clock_s();
    running r = {.s = s, .next_check_s = now_s + CHECK_S, .next_report_s = now_s + REPORT_S};
    bool memory = true;
    if (s->record != NULL) {
        r.block = malloc(BLOCK_FRAMES * capture_channels(s->from) * sizeof *r.block);
        memory = r.block != NULL;
    }
    if (s->picture) {
        r.canvas = canvas_create(terminal_is_utf8());
        r.view = live_view_create();
        memory = memory && r.canvas != NULL && r.view != NULL;
    }
    et_status status = ET_ERROR_MEMORY;
    if (memory) {
        if (s->picture) terminal_begin();
        status = loop(&r, error);
    } else {
        error_set(error, status, "no memory for the picture or the recording");
    }
    canvas_destroy(r.canvas);
    live_view_destroy(r.view);
    free(r.block);
    return status;
}
