#include "live/http_state.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POINT_S .2
enum { POINTS = 3000, REQUESTS = 16, MOST_UNANSWERED = 6 };

typedef struct point {
    double time_s;
    float value[4]; /* valence, arousal, their errors */
    uint32_t flags;
} point;

struct http_state {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    http_row newest;
    uint64_t answers, facts_count; /* so far */
    char facts[HTTP_FACTS_ROOM];
    point points[POINTS];
    uint64_t point_count;
    http_request requests[REQUESTS];
    int request_count;
    bool ends;
};

http_state *http_state_create(void)
{
    http_state *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, &clock);
    pthread_condattr_destroy(&clock);
    return s;
}

void http_state_destroy(http_state *s)
{
    if (s == NULL) return;
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static void unlock_and_wake(http_state *s)
{
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

void http_state_answer(http_state *s, const et_emotion *e, const emotion_more *more)
{
    pthread_mutex_lock(&s->lock);
    s->newest = (http_row){*e, *more};
    bool has_errors = more->columns & COLUMN_ERROR;
    const float errors[2] = {has_errors ? more->error[0] : NAN, has_errors ? more->error[1] : NAN};
    s->answers++;
    uint64_t last = s->point_count;
    if (last == 0 || e->time_s - s->points[(last - 1) % POINTS].time_s >= POINT_S - 1e-6)
        s->points[s->point_count++ % POINTS] = (point){e->time_s, {e->valence, e->arousal, errors[0], errors[1]}, e->flags};
    unlock_and_wake(s);
}

void http_state_facts(http_state *s, const char *json)
{
    size_t length = strlen(json);
    if (length >= sizeof s->facts) return;
    pthread_mutex_lock(&s->lock);
    memcpy(s->facts, json, length + 1);
    s->facts_count++;
    unlock_and_wake(s);
}

bool http_state_newest(http_state *s, http_row *row)
{
    pthread_mutex_lock(&s->lock);
    bool there = s->answers > 0;
    if (there) *row = s->newest;
    pthread_mutex_unlock(&s->lock);
    return there;
}

static void write_number(FILE *stream, float value)
{
    if (isnan(value))
        fputs(",null", stream);
    else
        fprintf(stream, ",%.4f", (double)value);
}

char *http_state_history(http_state *s)
{
    char *text = NULL;
    size_t size = 0;
    point *points = malloc(sizeof s->points);
    FILE *stream = points != NULL ? open_memstream(&text, &size) : NULL;
    if (stream == NULL) {
        free(points);
        return NULL;
    }
    pthread_mutex_lock(&s->lock);
    uint64_t end = s->point_count, begin = end > POINTS ? end - POINTS : 0;
    memcpy(points, s->points, sizeof s->points);
    pthread_mutex_unlock(&s->lock);
    fputs("{\"history\":[", stream);
    for (uint64_t i = begin; i < end; i++) {
        const point *p = &points[i % POINTS];
        fprintf(stream, "%s[%.2f", i > begin ? "," : "", p->time_s);
        for (int k = 0; k < 2; k++) write_number(stream, p->value[k]);
        fprintf(stream, ",%u", (unsigned)p->flags);
        for (int k = 2; k < 4; k++) write_number(stream, p->value[k]);
        fputc(']', stream);
    }
    fputs("]}", stream);
    fclose(stream);
    free(points);
    return text;
}

static bool has_news(const http_state *s, const http_reader *reader)
{
    return reader->unanswered < MOST_UNANSWERED && (s->answers > reader->answers || s->facts_count > reader->facts);
}

bool http_state_await(http_state *s, http_reader *reader, http_news *news)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec++;
    pthread_mutex_lock(&s->lock);
    int waited = 0;
    while (!s->ends && !reader->ends && !has_news(s, reader) && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&s->changed, &s->lock, &end);
    news->has_answer = reader->unanswered < MOST_UNANSWERED && s->answers > reader->answers;
    news->has_facts = reader->unanswered < MOST_UNANSWERED && s->facts_count > reader->facts;
    if (news->has_answer) {
        news->answer = s->newest;
        reader->answers = s->answers;
    }
    if (news->has_facts) {
        memcpy(news->facts, s->facts, strlen(s->facts) + 1);
        reader->facts = s->facts_count;
    }
    bool goes_on = !s->ends && !reader->ends;
    pthread_mutex_unlock(&s->lock);
    return goes_on;
}

void http_state_ping(http_state *s, http_reader *reader)
{
    pthread_mutex_lock(&s->lock);
    reader->unanswered++;
    pthread_mutex_unlock(&s->lock);
}

void http_state_pong(http_state *s, http_reader *reader)
{
    pthread_mutex_lock(&s->lock);
    if (reader->unanswered > 0) reader->unanswered--;
    unlock_and_wake(s);
}

void http_state_end(http_state *s, http_reader *reader)
{
    pthread_mutex_lock(&s->lock);
    if (reader != NULL)
        reader->ends = true;
    else
        s->ends = true;
    unlock_and_wake(s);
}

static bool understand(http_request *request, const json_t *json)
{
    static const struct {
        const char *word;
        http_verb verb;
        bool named;
    } verbs[] = {{"mark", HTTP_MARK, false},
                 {"record", HTTP_RECORD, false},
                 {"stop-record", HTTP_STOP_RECORD, false},
                 {"input", HTTP_INPUT, true},
                 {"model", HTTP_MODEL, true}};
    const char *word = json_string_value(json_object_get(json, "do"));
    const char *name = json_string_value(json_object_get(json, "name"));
    for (size_t i = 0; word != NULL && i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(word, verbs[i].word) != 0) continue;
        request->verb = verbs[i].verb;
        if (!verbs[i].named) return true;
        if (name == NULL || strlen(name) >= sizeof request->name) return false;
        memcpy(request->name, name, strlen(name) + 1);
        return true;
    }
    return false;
}

void http_state_ask(http_state *s, const char *text, size_t length)
{
    http_request request = {0};
    json_t *json = json_loadb(text, length, 0, NULL);
    bool understood = understand(&request, json);
    json_decref(json);
    if (!understood) return;
    pthread_mutex_lock(&s->lock);
    if (s->request_count < REQUESTS) s->requests[s->request_count++] = request;
    pthread_mutex_unlock(&s->lock);
}

bool http_state_take(http_state *s, http_request *request)
{
    pthread_mutex_lock(&s->lock);
    bool there = s->request_count > 0;
    if (there) {
        *request = s->requests[0];
        s->request_count--;
        memmove(s->requests, s->requests + 1, (size_t)s->request_count * sizeof *s->requests);
    }
    pthread_mutex_unlock(&s->lock);
    return there;
}
