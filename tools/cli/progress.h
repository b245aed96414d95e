/** What a command says on stderr: messages, and a progress bar with what is done of all and the time left.
 *
 *  The bar shows where stderr is a terminal and the work takes over a second; elsewhere there is a line a minute. Messages go
 *  above the bar. What is said holds no control characters, whatever names and tags do. All functions
 *  may be called from any thread. There is one bar at a time. */
#ifndef EMOTRACK_TOOLS_CLI_PROGRESS_H
#define EMOTRACK_TOOLS_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "emotrack.h"

typedef struct progress_state {
    char what[64];
    const char *unit;
    double total, done;
    long items, items_done;
    char note[128];
} progress_state;

/** What is shown after so many seconds: "annotate [###.....]  33%  7 of 20 sounds  0:40 left". The time left is not told before
 *  there is something to judge it by. */
void progress_text(char *line, size_t room, const progress_state *p, double elapsed_s, bool with_bar);

/** Begins a bar.
 *  @param what   short, e.g. "annotate"
 *  @param total  amount of work in `unit`; 0 if unknown (a count instead of a bar)
 *  @param unit   "songs", "epochs" ...; NULL: work that has no name of its own, shown as a share only
 *  @param quiet  no bar at all */
void progress_begin(const char *what, double total, const char *unit, bool quiet);

/** So much more work is known of (or less). */
void progress_expect(double more);

/** So much work was done since the last call. */
void progress_add(double done);

/** Sounds: so many more are to be done, so many were. */
void progress_items(long more, long done);

/** A few words behind the bar, e.g. losses; "" for none. */
void progress_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Takes the bar away. */
void progress_end(void);

/** One line on stderr: "emotrack: MESSAGE". Not silenced by --quiet: it is for errors and warnings. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Says it. @return the EXIT_ code (cli/options.h) of a command that ends for it */
int say_failure(const et_error *error);

#endif
