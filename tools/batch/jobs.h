/** Several sounds at once, with output in the order of the command line. */
#ifndef EMOTRACK_TOOLS_BATCH_JOBS_H
#define EMOTRACK_TOOLS_BATCH_JOBS_H

#include "cli/output.h"

/** Runs task(context, 0) .. task(context, count - 1) on up to `jobs` threads, begun in that order. Returns when all are
 *  done. */
void jobs_run(int count, int jobs, void (*task)(void *context, int i), void *context);

/** Processors that this process may use. */
int jobs_processors(void);

typedef struct ordered ordered;

/** Texts of `count` tasks become one output: the first unfinished task's text passes at once, what later ones write waits.
 *  @param to  not owned */
et_status ordered_create(ordered **out, output *to, int count, et_error *error);
void ordered_destroy(ordered *o);

/** Where task `i` writes whole lines. Blocks while too much waits for slower tasks. @return NULL if memory ran out */
FILE *ordered_begin(ordered *o, int i);

/** Passes on what task `i` has written so far, if its turn has come.
 *  @return false when nobody will read it (reader gone, disk full): the task may end */
bool ordered_pass(ordered *o, int i);

/** Task `i` has written all. Every task must come here, in any order. */
void ordered_end(ordered *o, int i);

/** After all tasks: the first failure to write. @return ET_OK; ET_ERROR_FILE, ET_ERROR_MEMORY */
et_status ordered_status(const ordered *o, et_error *error);

#endif
