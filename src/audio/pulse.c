#include "audio/pulse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pulse/pulseaudio.h>

#include "base/error.h"

#define PATIENCE_US 2000000

/* A connection to the server. The loop's lock holds all of libpulse. */
typedef struct server {
    pa_threaded_mainloop *loop;
    pa_context *context;
    bool late; /* nothing came for PATIENCE_US */
} server;

struct pulse_input {
    server server;
    pa_stream *stream;
    size_t frame_bytes;
    pulse_taker take;
    void *context;
    bool overflowed; /* the loop's thread */
};

static void wake(pa_context *context, void *user)
{
    (void)context;
    pa_threaded_mainloop_signal(((server *)user)->loop, 0);
}

static void be_late(pa_mainloop_api *api, pa_time_event *event, const struct timeval *when, void *user)
{
    (void)api, (void)event, (void)when;
    server *s = user;
    s->late = true;
    pa_threaded_mainloop_signal(s->loop, 0);
}

/* Under the lock: until `done` says so, or for PATIENCE_US. @return whether it did */
static bool await(server *s, bool (*done)(const void *), const void *what)
{
    s->late = false;
    pa_time_event *clock = pa_context_rttime_new(s->context, pa_rtclock_now() + PATIENCE_US, be_late, s);
    while (!done(what) && !s->late) pa_threaded_mainloop_wait(s->loop);
    if (clock != NULL) pa_threaded_mainloop_get_api(s->loop)->time_free(clock);
    return done(what);
}

static bool is_decided(const void *what)
{
    const server *s = what;
    pa_context_state_t state = pa_context_get_state(s->context);
    return state == PA_CONTEXT_READY || !PA_CONTEXT_IS_GOOD(state);
}

static void leave(server *s)
{
    if (s->loop == NULL) return;
    pa_threaded_mainloop_lock(s->loop);
    if (s->context != NULL) pa_context_disconnect(s->context);
    pa_threaded_mainloop_unlock(s->loop);
    pa_threaded_mainloop_stop(s->loop);
    if (s->context != NULL) pa_context_unref(s->context);
    pa_threaded_mainloop_free(s->loop);
    *s = (server){0};
}

/* @return whether the server is there; its lock is then held */
static bool enter(server *s)
{
    s->loop = pa_threaded_mainloop_new();
    if (s->loop != NULL) s->context = pa_context_new(pa_threaded_mainloop_get_api(s->loop), "emotrack");
    if (s->context == NULL || pa_threaded_mainloop_start(s->loop) < 0) {
        leave(s);
        return false;
    }
    pa_threaded_mainloop_lock(s->loop);
    pa_context_set_state_callback(s->context, wake, s);
    if (pa_context_connect(s->context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) >= 0 && await(s, is_decided, s) &&
        pa_context_get_state(s->context) == PA_CONTEXT_READY)
        return true;
    pa_threaded_mainloop_unlock(s->loop);
    leave(s);
    return false;
}

/* ---- the list ---------------------------------------------------------------------------------------------------------- */

typedef struct listing {
    server *server;
    pulse_list *list;
} listing;

static void add_source(pa_context *context, const pa_source_info *info, int end, void *user)
{
    (void)context;
    const listing *l = user;
    if (end != 0) {
        pa_threaded_mainloop_signal(l->server->loop, 0);
    } else if (l->list->count < PULSE_MOST_SOURCES) {
        pulse_source *s = &l->list->source[l->list->count++];
        *s = (pulse_source){.channels = info->sample_spec.channels, .rate_hz = info->sample_spec.rate};
        snprintf(s->name, sizeof s->name, "%s", info->name);
        snprintf(s->description, sizeof s->description, "%s", info->description != NULL ? info->description : "");
    }
}

static bool is_over(const void *operation)
{
    return pa_operation_get_state(operation) != PA_OPERATION_RUNNING;
}

et_status pulse_list_create(pulse_list **out, et_error *error)
{
    server s = {0};
    pulse_list *list = calloc(1, sizeof *list);
    if (list == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory for the list of inputs");
    *out = list;
    if (!enter(&s)) return ET_OK;
    listing l = {&s, list};
    pa_operation *asked = pa_context_get_source_info_list(s.context, add_source, &l);
    if (asked != NULL) {
        await(&s, is_over, asked);
        pa_operation_cancel(asked);
        pa_operation_unref(asked);
    }
    pa_threaded_mainloop_unlock(s.loop);
    leave(&s);
    return ET_OK;
}

void pulse_list_destroy(pulse_list *list)
{
    free(list);
}

/* ---- recording --------------------------------------------------------------------------------------------------------- */

static double age_s(pa_stream *stream)
{
    pa_usec_t age = 0;
    int negative = 0;
    return pa_stream_get_latency(stream, &age, &negative) == 0 && !negative ? 1e-6 * (double)age : 0;
}

static void on_sound(pa_stream *stream, size_t waiting, void *user)
{
    (void)waiting;
    pulse_input *p = user;
    const void *bytes;
    size_t size;
    while (pa_stream_readable_size(stream) > 0 && pa_stream_peek(stream, &bytes, &size) == 0 && size > 0) {
        double age = age_s(stream); /* of the first that waits */
        size_t frames = size / p->frame_bytes;
        double length_s = (double)pa_bytes_to_usec(size, pa_stream_get_sample_spec(stream)) * 1e-6;
        p->take(p->context, bytes, frames, fmax(0, age - length_s), p->overflowed);
        p->overflowed = false;
        pa_stream_drop(stream);
    }
}

static void on_overflow(pa_stream *stream, void *user)
{
    (void)stream;
    ((pulse_input *)user)->overflowed = true;
}

static void on_stream_state(pa_stream *stream, void *user)
{
    (void)stream;
    pa_threaded_mainloop_signal(((pulse_input *)user)->server.loop, 0);
}

static bool is_stream_decided(const void *what)
{
    pa_stream_state_t state = pa_stream_get_state(((const pulse_input *)what)->stream);
    return state == PA_STREAM_READY || !PA_STREAM_IS_GOOD(state);
}

/* Under the lock. A source that goes away takes its stream with it: the server would put another source in its place. */
static bool record(pulse_input *p, const char *name, double rate_hz, unsigned channels)
{
    const pa_sample_spec spec = {.format = PA_SAMPLE_FLOAT32NE, .rate = (uint32_t)rate_hz, .channels = (uint8_t)channels};
    pa_channel_map map;
    if (!pa_sample_spec_valid(&spec) || pa_channel_map_init_extend(&map, channels, PA_CHANNEL_MAP_DEFAULT) == NULL)
        return false;
    const pa_buffer_attr pieces = {.maxlength = (uint32_t)-1,
                                   .fragsize = (uint32_t)(ceil(rate_hz / 100) * (double)pa_frame_size(&spec))};
    p->frame_bytes = pa_frame_size(&spec);
    p->stream = pa_stream_new(p->server.context, "what is heard", &spec, &map);
    if (p->stream == NULL) return false;
    pa_stream_set_state_callback(p->stream, on_stream_state, p);
    pa_stream_set_read_callback(p->stream, on_sound, p);
    pa_stream_set_overflow_callback(p->stream, on_overflow, p);
    const pa_stream_flags_t how =
        PA_STREAM_ADJUST_LATENCY | PA_STREAM_AUTO_TIMING_UPDATE | PA_STREAM_INTERPOLATE_TIMING | PA_STREAM_DONT_MOVE;
    return pa_stream_connect_record(p->stream, name, &pieces, how) == 0 && await(&p->server, is_stream_decided, p) &&
           pa_stream_get_state(p->stream) == PA_STREAM_READY;
}

et_status pulse_input_create(pulse_input **out, const char *name, double rate_hz, unsigned channels, pulse_taker take,
                             void *context, et_error *error)
{
    pulse_input *p = calloc(1, sizeof *p);
    if (p == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory to open an input");
    p->take = take;
    p->context = context;
    if (!enter(&p->server)) {
        free(p);
        return error_set(error, ET_ERROR_DEVICE, "input '%.200s': the sound server does not answer", name);
    }
    bool records = record(p, name, rate_hz, channels);
    const char *why = pa_strerror(pa_context_errno(p->server.context));
    pa_threaded_mainloop_unlock(p->server.loop);
    if (!records) {
        pulse_input_destroy(p);
        return error_set(error, ET_ERROR_DEVICE, "input '%.200s' does not open with %u channels at %g Hz: %s", name,
                         channels, rate_hz, why);
    }
    *out = p;
    return ET_OK;
}

bool pulse_input_is_alive(const pulse_input *p)
{
    pa_threaded_mainloop_lock(p->server.loop);
    bool alive = pa_stream_get_state(p->stream) == PA_STREAM_READY;
    pa_threaded_mainloop_unlock(p->server.loop);
    return alive;
}

void pulse_input_destroy(pulse_input *p)
{
    if (p == NULL) return;
    pa_threaded_mainloop_lock(p->server.loop);
    if (p->stream != NULL) {
        pa_stream_set_read_callback(p->stream, NULL, NULL);
        pa_stream_set_overflow_callback(p->stream, NULL, NULL);
        pa_stream_set_state_callback(p->stream, NULL, NULL);
        pa_stream_disconnect(p->stream);
        pa_stream_unref(p->stream);
    }
    pa_threaded_mainloop_unlock(p->server.loop);
    leave(&p->server);
    free(p);
}
