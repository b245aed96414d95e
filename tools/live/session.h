/** The thread of `emotrack live` that shows and writes: it takes answers and sound from the source until somebody ends it, and
 *  does what keys and page ask for. */
#ifndef EMOTRACK_TOOLS_LIVE_SESSION_H
#define EMOTRACK_TOOLS_LIVE_SESSION_H

#include "cli/emotion_rows.h"
#include "live/choices.h"
#include "live/http.h"
#include "live/outputs.h"
#include "live/recording.h"
#include "live/report.h"
#include "live/row_writer.h"
#include "live/source.h"

enum { LIVE_MARKS = 64 };

/** What there is to do. NULL where it is not wanted. */
typedef struct live_session {
    live_source source;         /* the session may put another in its place */
    live_source_options wanted; /* what it was opened with; changes with it */
    const char *played;         /* the file of --play, or NULL; may be chosen again */
    choices inputs, models;     /* for the page */
    row_writer *rows;
    row_format format;
    unsigned columns; /* of the rows, beside the usual ones */
    recording *record;
    char record_name[512];
    outputs outputs;
    http *http;
    bool picture; /* on the terminal */
    bool reports; /* latency every ten seconds */
    int messages; /* file descriptor for words to the user, when there is no picture */

    live_times all, recent; /* the rest is the session's own */
    uint64_t answers;
    double mark_s[LIVE_MARKS]; /* the latest ones */
    int marks;
    double before_s;                       /* heard from sources that are gone */
    uint64_t lost_before, overruns_before; /* and lost of them */
    bool failed;
} live_session;

/** Runs until Ctrl-C, `q`, the end of the source, or until nobody reads the rows. The source's engine is stopped then, and
 *  everything that it gave is taken.
 *  @return ET_OK; ET_ERROR_INTERRUPTED after Ctrl-C; ET_ERROR_FILE if the rows cannot be written; what a source fails with that
 *          was to take another's place, where that does not come back either. What else failed (the recording) was said at once
 *          and stands in `failed`. */
et_status live_session_run(live_session *s, et_error *error);

/** Of all sources together. */
double live_session_heard_s(const live_session *s);
uint64_t live_session_lost(const live_session *s);
uint64_t live_session_overruns(const live_session *s);

#endif
