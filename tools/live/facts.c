#include "live/facts.h"

#include <jansson.h>

/* Device names are what the system says: bytes that are not UTF-8 are left out. */
static json_t *text(const char *words)
{
    if (words == NULL) return json_null();
    json_t *json = json_string(words);
    return json != NULL ? json : json_string("?");
}

static json_t *names(const choices *c)
{
    json_t *list = json_array();
    for (int i = 0; i < c->count; i++) json_array_append_new(list, text(c->name[i]));
    return list;
}

char *facts_json(const live_facts *f, const page_facts *p)
{
    json_t *json = json_object();
    if (json == NULL) return NULL;
    json_object_set_new(json, "version", json_string(et_version()));
    json_object_set_new(json, "model", text(f->model));
    json_object_set_new(json, "model_choice", text(p->model_choice));
    json_object_set_new(json, "models", names(p->models));
    json_object_set_new(json, "input", text(f->input));
    json_object_set_new(json, "inputs", names(p->inputs));
    json_object_set_new(json, "rate_hz", json_real(f->rate_hz));
    json_object_set_new(json, "channels", json_integer(f->channels));
    json_object_set_new(json, "heard_s", json_real(f->heard_s));
    json_object_set_new(json, "context_s", json_real(p->context_s));
    json_object_set_new(json, "buffer_ms", json_real(f->buffer_s * 1e3));
    json_object_set_new(json, "computing_ms", json_real(f->computing_s * 1e3));
    json_object_set_new(json, "look_ahead_ms", json_real(f->look_ahead_s * 1e3));
    json_object_set_new(json, "worst_ms", json_real(f->worst_s * 1e3));
    json_object_set_new(json, "lost", json_integer((json_int_t)f->lost));
    json_object_set_new(json, "overruns", json_integer((json_int_t)f->overruns));
    json_t *marks = json_array();
    for (int i = 0; i < p->marks; i++) json_array_append_new(marks, json_real(p->mark_s[i]));
    json_object_set_new(json, "marks", marks);
    json_object_set_new(json, "recording", text(f->record));
    json_object_set_new(json, "message", text(f->message));
    json_object_set_new(json, "gone", json_boolean(p->gone));
    char *words = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(json);
    return words;
}
