#include "live/session.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "live/session_running.h"

#define CHECK_S .25
#define DRAW_S .05
#define REPORT_S 10.0
#define FACTS_S .5
enum { BLOCK_FRAMES = 4096 };

void session_tell(running *r, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(r->message, sizeof r->message, format, arguments);
    va_end(arguments);
    char words[1200];
    if (r->canvas == NULL) dprintf(r->s->messages, "emotrack: %s\n", text_shown(words, sizeof words, r->message));
}

double live_session_heard_s(const live_session *s)
{
    if (s->source.engine == NULL) return s->before_s;
    return s->before_s + (double)live_engine_frames(s->source.engine) / capture_rate_hz(s->source.from);
}

uint64_t live_session_lost(const live_session *s)
{
    return s->lost_before + (s->source.engine != NULL ? live_engine_lost(s->source.engine) : 0);
}

uint64_t live_session_overruns(const live_session *s)
{
    return s->overruns_before + (s->source.engine != NULL ? live_engine_overruns(s->source.engine) : 0);
}

static void set_mark(running *r, et_emotion *e)
{
    live_session *s = r->s;
    if (s->marks == LIVE_MARKS) memmove(s->mark_s, s->mark_s + 1, (size_t)--s->marks * sizeof *s->mark_s);
    s->mark_s[s->marks++] = e->time_s;
    e->flags |= EMOTION_MARK;
    r->mark = false;
    r->next_facts_s = 0;
}

/* To everybody who takes every answer. */
static void give(running *r, const live_answer *a)
{
    live_session *s = r->s;
    s->answers++;
    if (a->emotion.time_s >= LIVE_START_S) {
        live_times_add(&s->all, a);
        live_times_add(&s->recent, a);
    }
    et_emotion e = a->emotion;
    e.time_s += s->before_s;
    if (r->mark) set_mark(r, &e);
    emotion_more more = {.columns = s->columns, .harmony = a->harmony};
    bool has_errors = et_model_error(s->source.model, (double)e.context_s, &more.error[0], &more.error[1]);
    if (s->rows != NULL) emotion_row(row_writer_stream(s->rows), s->format, NULL, &e, &more);
    more.columns = (has_errors ? COLUMN_ERROR : 0) | (s->wanted.harmony ? COLUMNS_OF_HARMONY : 0);
    if (r->view != NULL) live_view_add(r->view, &e);
    outputs_add(&s->outputs, &e, &more);
    if (s->http != NULL) http_answer(s->http, &e, &more);
}

/* Without rows the rest goes on, but for a disk that takes no more. */
static et_status pass_rows(running *r, et_error *error)
{
    live_session *s = r->s;
    et_error why;
    if (s->rows == NULL) return ET_OK;
    et_status status = row_writer_pass(s->rows, &why);
    if (status == ET_ERROR_FILE) return error_set(error, status, "%s", why.message);
    if (status != ET_OK && !s->failed) session_tell(r, "%s", why.message);
    s->failed |= status != ET_OK;
    return ET_OK;
}

static void take_answers(running *r)
{
    live_answer a;
    while (live_engine_answer(r->s->source.engine, &a)) give(r, &a);
    outputs_send(&r->s->outputs); /* after a gap the newest, not all that piled up */
}

/* A recording that fails ends; the rest goes on. */
static void record(running *r, const float *samples, size_t frames)
{
    live_session *s = r->s;
    et_error error;
    r->sound_taken += frames;
    if (s->record == NULL || recording_write(s->record, samples, frames, &error) == ET_OK) return;
    recording_close(s->record, NULL);
    s->record = NULL;
    s->failed = true;
    session_tell(r, "%s; no longer recording", error.message);
}

static void take_sound(running *r)
{
    if (r->block == NULL) return;
    for (;;) {
        uint64_t lost;
        size_t frames = live_engine_sound(r->s->source.engine, r->block, BLOCK_FRAMES, &lost);
        if (frames == 0 && lost == 0) return;
        record(r, lost > 0 ? NULL : r->block, lost > 0 ? (size_t)lost : frames);
    }
}

void session_take(running *r)
{
    take_answers(r);
    take_sound(r);
}

static void check_device(running *r, double now_s)
{
    capture *from = r->s->source.from;
    et_error error;
    if (capture_check(from, &error) == ET_OK) {
        if (r->gone_since_s > 0) outputs_status(&r->s->outputs, "back");
        if (r->gone_since_s > 0)
            session_tell(r, "input '%.100s' is back after %.1f s", capture_name(from), now_s - r->gone_since_s);
        r->gone_since_s = 0;
    } else if (r->gone_since_s <= 0) {
        r->gone_since_s = now_s;
        outputs_status(&r->s->outputs, "lost");
        session_tell(r, "%s", error.message);
    } else {
        snprintf(r->message, sizeof r->message, "%s", error.message);
    }
    r->next_check_s = capture_clock_s() + CHECK_S;
}

static void check_midi(running *r)
{
    midi *m = r->s->outputs.midi;
    if (m == NULL || midi_gone(m) == r->midi_gone) return;
    r->midi_gone = !r->midi_gone;
    session_tell(r, r->midi_gone ? "the MIDI port is gone; it is looked for" : "the MIDI port is back");
}

live_facts session_facts(const running *r)
{
    const live_session *s = r->s;
    return (live_facts){
        .model = et_model_name(s->source.model),
        .input = capture_name(s->source.from),
        .rate_hz = capture_rate_hz(s->source.from),
        .channels = capture_channels(s->source.from),
        .heard_s = live_session_heard_s(s),
        .buffer_s = latency_percentile(&s->recent.buffer, .5),
        .computing_s = latency_percentile(&s->recent.computing, .5),
        .worst_s = latency_percentile(&s->recent.both, .99),
        .look_ahead_s = s->source.ahead.descriptors_s + s->source.ahead.resampler_s,
        .lost = live_session_lost(s),
        .overruns = live_session_overruns(s),
        .record = s->record != NULL ? s->record_name : NULL,
        .message = r->message[0] != '\0' ? r->message : NULL,
    };
}

static void draw(running *r, double now_s)
{
    int rows, columns;
    terminal_size(&rows, &columns);
    if (rows != r->rows || columns != r->columns) terminal_write("\033[2J", 4);
    r->rows = rows;
    r->columns = columns;
    r->next_draw_s = now_s + DRAW_S;
    const live_facts facts = session_facts(r);
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
        live_times_print(s->messages, "latency, last ten seconds", &s->recent, s->source.ahead);
    s->recent = (live_times){0};
    r->next_report_s = now_s + REPORT_S;
}

static et_status step(running *r, et_error *error)
{
    live_session *s = r->s;
    double now_s = capture_clock_s();
    session_take(r);
    if (now_s >= r->next_check_s) check_midi(r), check_device(r, now_s);
    report(r, now_s);
    if (r->canvas != NULL && now_s >= r->next_draw_s) draw(r, now_s);
    et_status status = s->http != NULL ? session_obey(r, error) : ET_OK;
    if (s->http != NULL && status == ET_OK && now_s >= r->next_facts_s) {
        session_show_facts(r);
        r->next_facts_s = now_s + FACTS_S;
    }
    return status == ET_OK ? pass_rows(r, error) : status;
}

static bool has_reader(const live_session *s)
{
    return s->rows == NULL || row_writer_wanted(s->rows);
}

/* Until there are answers for somebody else than the picture, or it is time to draw or to look at the device.
 * @return a key, or -1 */
static int wait_for_something(const running *r)
{
    const live_session *s = r->s;
    double until_s = r->canvas != NULL && r->next_draw_s < r->next_check_s ? r->next_draw_s : r->next_check_s;
    double wait_s = until_s - capture_clock_s();
    bool at_once = s->rows != NULL || outputs_any(&s->outputs) || s->http != NULL;
    return terminal_key(wait_s > 0 ? (int)ceil(wait_s * 1e3) : 0,
                        at_once || wait_s > DRAW_S ? live_engine_descriptor(s->source.engine) : -1);
}

void session_drain(running *r)
{
    live_engine *engine = r->s->source.engine;
    live_engine_stop(engine);
    for (bool ended = false; !ended;) {
        ended = live_engine_ended(engine);
        session_take(r);
        if (!ended) terminal_key(10, -1);
    }
    uint64_t heard = live_engine_frames(engine);
    if (r->block != NULL && heard > r->sound_taken)
        record(r, NULL, (size_t)(heard - r->sound_taken)); /* lost at the very end */
}

static bool goes_on(const running *r, int key)
{
    return key != 'q' && key != 'Q' && !interrupted() && !live_engine_ended(r->s->source.engine) && has_reader(r->s);
}

static et_status loop(running *r, et_error *error)
{
    live_session *s = r->s;
    et_status status = ET_OK;
    int key = -1;
    outputs_status(&s->outputs, "start");
    while (status == ET_OK && goes_on(r, key)) {
        live_engine_heed(s->source.engine);
        status = step(r, error);
        if (status == ET_OK) key = wait_for_something(r);
        if (key == 'm' || key == 'M') r->mark = true;
    }
    if (r->canvas != NULL) terminal_end();       /* before anything that may take time */
    if (s->source.engine == NULL) return status; /* none came in another's place */
    session_drain(r);
    outputs_status(&s->outputs, "stop");
    if (s->wanted.play != NULL) check_device(r, capture_clock_s()); /* a file that broke off */
    if (status == ET_OK) status = pass_rows(r, error);
    return status == ET_OK && interrupted() ? error_set(error, ET_ERROR_INTERRUPTED, "interrupted") : status;
}

et_status live_session_run(live_session *s, et_error *error)
{
    double now_s = capture_clock_s();
    running r = {.s = s, .next_check_s = now_s + CHECK_S, .next_report_s = now_s + REPORT_S};
    bool memory = true;
    if (s->wanted.keeps_sound) {
        r.block = malloc(BLOCK_FRAMES * capture_channels(s->source.from) * sizeof *r.block);
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
