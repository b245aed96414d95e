/** The thread of `emotrack live` that shows and writes: it takes answers and sound from the engine until somebody ends it.
 */
#ifndef EMOTRACK_TOOLS_LIVE_SESSION_H
#define EMOTRACK_TOOLS_LIVE_SESSION_H

#include "cli/emotion_rows.h"
#include "cli/output.h"
#include "live/engine.h"
#include "live/osc.h"
#include "live/recording.h"
#include "live/report.h"

/** What there is to do. NULL where it is not wanted. */
typedef struct live_session {
    const et_model *model;
    capture *from;
    live_engine *engine;
    live_look_ahead ahead;
    output *rows;
    row_format format;
    recording *record;
    const char *record_name;
    osc *osc;
    bool picture; /* on the terminal */
    bool reports; /* latency every ten seconds */
    int messages; /* file descriptor for words to the user, when there is no picture */

    live_times all, recent; /* the rest is the session's own */
    uint64_t answers, recorded;
    bool failed;
} live_session;

/** Runs until Ctrl-C, `q`, the end of the engine's duration, or until nobody reads the rows. The engine is stopped then, and
 *  everything that it gave is taken.
 *  @return ET_OK; ET_ERROR_INTERRUPTED after Ctrl-C; ET_ERROR_FILE if the rows cannot be written. What else failed (the
 *          recording) was said at once and stands in `failed`. */
et_status live_session_run(live_session *s, et_error *error);

#endif
