#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "live/facts.h"
#include "live/session_running.h"

enum { BLOCK_FRAMES = 4096 };

static void begin_recording(running *r)
{
    live_session *s = r->s;
    et_error error;
    if (s->record != NULL) return;
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(s->record_name, sizeof s->record_name, "emotrack-%Y%m%d-%H%M%S.wav", &local);
    if (recording_open(&s->record, s->record_name, capture_rate_hz(s->source.from), capture_channels(s->source.from),
                       &error) != ET_OK)
        session_tell(r, "%s", error.message);
    else
        session_tell(r, "recording into %s", s->record_name);
}

void session_end_recording(running *r)
{
    live_session *s = r->s;
    et_error error;
    if (s->record == NULL) return;
    if (recording_close(s->record, &error) == ET_OK) {
        session_tell(r, "recorded %s", s->record_name);
    } else {
        session_tell(r, "%s", error.message);
        s->failed = true;
    }
    s->record = NULL;
}

/* The time of the rows goes on by the clock. */
static void leave(running *r, double left_s)
{
    live_session *s = r->s;
    s->lost_before += live_engine_lost(s->source.engine);
    s->overruns_before += live_engine_overruns(s->source.engine);
    s->before_s = live_session_heard_s(s) + (capture_clock_s() - left_s);
    live_source_close(&s->source);
    r->sound_taken = 0;
    r->gone_since_s = 0;
}

static et_status enter(running *r, const live_source_options *wanted, et_error *error)
{
    live_session *s = r->s;
    live_source_options now = *wanted;
    if (now.duration_s > 0 && now.duration_s <= s->before_s + .01) now.duration_s = s->before_s + .01;
    if (now.duration_s > 0) now.duration_s -= s->before_s;
    double begun_s = capture_clock_s();
    et_status status = live_source_open(&s->source, &now, error);
    if (status == ET_OK) status = outputs_model(&s->outputs, s->source.model, error);
    if (status != ET_OK) {
        live_source_close(&s->source);
        return status;
    }
    s->before_s = round((s->before_s + capture_clock_s() - begun_s) * 100) / 100; /* rows stand at hundredths */
    s->wanted = *wanted;
    float *block = realloc(r->block, BLOCK_FRAMES * capture_channels(s->source.from) * sizeof *block);
    if (block != NULL) r->block = block;
    return block != NULL ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for a block of sound");
}

/* Where the new source does not open, the old one comes back. */
static et_status change(running *r, live_source_options wanted, et_error *error)
{
    live_session *s = r->s;
    live_source_options before = s->wanted;
    et_error why;
    session_end_recording(r);
    session_drain(r);
    leave(r, capture_clock_s());
    if (enter(r, &wanted, &why) == ET_OK) {
        session_tell(r, "hearing '%.200s' with the model %.60s", capture_name(s->source.from),
                     et_model_name(s->source.model));
        return ET_OK;
    }
    session_tell(r, "%s", why.message);
    return enter(r, &before, error);
}

static et_status choose_input(running *r, const char *asked, et_error *error)
{
    live_session *s = r->s;
    live_source_options wanted = s->wanted;
    const char *name = choices_find(&s->inputs, asked);
    if (name == NULL) return ET_OK;
    bool is_file = s->played != NULL && strcmp(name, s->played) == 0;
    wanted.play = is_file ? s->played : NULL;
    wanted.input = is_file ? NULL : name;
    return change(r, wanted, error);
}

static et_status choose_model(running *r, const char *asked, et_error *error)
{
    live_source_options wanted = r->s->wanted;
    wanted.model = choices_find(&r->s->models, asked);
    return wanted.model != NULL ? change(r, wanted, error) : ET_OK;
}

static et_status obey(running *r, const http_request *request, et_error *error)
{
    switch (request->verb) {
    case HTTP_MARK: r->mark = true; return ET_OK;
    case HTTP_RECORD: begin_recording(r); return ET_OK;
    case HTTP_STOP_RECORD: session_end_recording(r); return ET_OK;
    case HTTP_INPUT: return choose_input(r, request->name, error);
    case HTTP_MODEL: return choose_model(r, request->name, error);
    }
    return ET_OK;
}

et_status session_obey(running *r, et_error *error)
{
    http_request request;
    et_status status = ET_OK;
    bool any = false;
    while (status == ET_OK && http_take(r->s->http, &request)) {
        status = obey(r, &request, error);
        any = true;
    }
    if (any && status == ET_OK) session_show_facts(r);
    return status;
}

void session_show_facts(running *r)
{
    const live_session *s = r->s;
    const char *model = s->wanted.model != NULL ? s->wanted.model : getenv("EMOTRACK_MODEL");
    const page_facts page = {.inputs = &s->inputs,
                             .models = &s->models,
                             .model_choice = model != NULL && *model != '\0' ? model : "music",
                             .context_s = et_model_context_s(s->source.model),
                             .mark_s = s->mark_s,
                             .marks = s->marks,
                             .gone = r->gone_since_s > 0};
    const live_facts facts = session_facts(r);
    char *json = facts_json(&facts, &page);
    if (json != NULL) http_facts(s->http, json);
    free(json);
}
