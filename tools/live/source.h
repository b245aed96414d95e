/** Where `emotrack live` has its answers from: a model, an input or a played file, a tracker, and the thread that computes.
 *  One can be put in another's place while the session goes on. */
#ifndef EMOTRACK_TOOLS_LIVE_SOURCE_H
#define EMOTRACK_TOOLS_LIVE_SOURCE_H

#include "live/engine.h"
#include "live/report.h"

typedef struct live_source_options {
    const char *model;  /* as for et_model_create */
    const char *input;  /* as for capture_create */
    const char *play;   /* a sound file in the input's place, or NULL */
    bool monitor;       /* the file is heard */
    double rate_hz;     /* 0: see capture_options */
    unsigned channels;  /* 0: see capture_options */
    unsigned step_ms;   /* of the answers */
    const char *device; /* where the network runs */
    double duration_s;  /* 0: no end */
    bool keeps_sound;   /* see live_engine_start */
    bool harmony;       /* see et_tracker_options */
} live_source_options;

typedef struct live_source {
    et_model *model;
    capture *from;
    et_tracker *tracker;
    live_engine *engine;
    live_look_ahead ahead;
} live_source;

/** Opens all and starts to hear. The main thread, as for captures.
 *  @return ET_OK; the errors of et_model_create, capture_create, capture_play, et_tracker_create and live_engine_start;
 *          then nothing is open */
et_status live_source_open(live_source *s, const live_source_options *options, et_error *error);

/** Ends it; answers and sound that were not taken are thrown away. All zero is allowed. */
void live_source_close(live_source *s);

#endif
