/** The picture of `emotrack live`: the point and its trail on the plane of valence and arousal, both curves over the last
 *  minute, level, device, latency, losses. Readable in 80 x 24 and without colour; grows with the terminal. */
#ifndef EMOTRACK_TOOLS_LIVE_VIEW_H
#define EMOTRACK_TOOLS_LIVE_VIEW_H

#include "emotrack.h"
#include "live/canvas.h"

typedef struct live_view live_view;

/** What stands around the picture. Strings may be NULL. */
typedef struct live_facts {
    const char *model;
    const char *input;
    double rate_hz;
    unsigned channels;
    double heard_s;
    double buffer_s, computing_s, look_ahead_s; /* latency: medians of the last seconds, and a constant */
    double worst_s;                             /* 99th percentile of buffer and computing together */
    uint64_t lost, overruns;
    const char *record;  /* file that is written */
    const char *message; /* a device that is gone, and the like */
} live_facts;

/** @return NULL if memory ran out */
live_view *live_view_create(void);
void live_view_destroy(live_view *v);

/** The next answer of the stream. */
void live_view_add(live_view *v, const et_emotion *emotion);

/** Composes the page; below 40 x 10 only the words are there. */
void live_view_draw(const live_view *v, const live_facts *facts, canvas *c);

#endif
