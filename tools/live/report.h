/** What `emotrack live` says of its latency, by part. */
#ifndef EMOTRACK_TOOLS_LIVE_REPORT_H
#define EMOTRACK_TOOLS_LIVE_REPORT_H

#include "live/engine.h"
#include "live/latency.h"

/** Sound servers give their first half second in one go: times are taken from here on. */
#define LIVE_START_S 2.0

typedef struct live_times {
    latency buffer, computing, both;
} live_times;

void live_times_add(live_times *t, const live_answer *answer);

/** The parts of the look-ahead: what the resampler and what the descriptors wait for before they can answer. */
typedef struct live_look_ahead {
    double resampler_s, descriptors_s;
    double ear_s; /**< of the learned ear's columns, 0 without one */
} live_look_ahead;

/** @param rate_hz  of the microphone */
live_look_ahead live_look_ahead_of(const et_tracker *tracker, double rate_hz);

/** Lines with one part each, to a file descriptor. @param title  first line, e.g. "latency" */
void live_times_print(int fd, const char *title, const live_times *t, live_look_ahead ahead);

#endif
