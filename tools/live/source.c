#include "live/source.h"

#define RING_S 60.0 /* sound that may wait: after a long absence of the device its silence is computed first */

static et_status open_capture(live_source *s, const live_source_options *o, et_error *error)
{
    if (o->play != NULL) return capture_play(&s->from, o->play, o->monitor, RING_S, error);
    const capture_options input = {.input = o->input, .rate_hz = o->rate_hz, .channels = o->channels, .ring_s = RING_S};
    return capture_create(&s->from, &input, error);
}

static et_status open_parts(live_source *s, const live_source_options *o, et_error *error)
{
    et_status status = et_model_create(&s->model, o->model, error);
    if (status == ET_OK) status = open_capture(s, o, error);
    if (status != ET_OK) return status;
    const et_tracker_options options = {.rate_hz = capture_rate_hz(s->from),
                                        .channels = capture_channels(s->from),
                                        .step_ms = o->step_ms,
                                        .device = o->device,
                                        .harmony = o->harmony};
    status = et_tracker_create(&s->tracker, s->model, &options, error);
    if (status != ET_OK) return status;
    s->ahead = live_look_ahead_of(s->tracker, options.rate_hz);
    return live_engine_start(&s->engine, s->from, s->tracker, o->duration_s, o->keeps_sound, error);
}

et_status live_source_open(live_source *s, const live_source_options *options, et_error *error)
{
    *s = (live_source){0};
    et_status status = open_parts(s, options, error);
    if (status != ET_OK) live_source_close(s);
    return status;
}

void live_source_close(live_source *s)
{
    live_engine_destroy(s->engine);
    et_tracker_destroy(s->tracker);
    capture_destroy(s->from);
    et_model_destroy(s->model);
    *s = (live_source){0};
}
