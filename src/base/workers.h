/** A few threads that share the parts of a job. Which thread does which part is left to chance; a job whose parts do not
 *  touch each other's results therefore gives the same bytes for any number of threads. */
#ifndef EMOTRACK_BASE_WORKERS_H
#define EMOTRACK_BASE_WORKERS_H

#include "emotrack.h"

typedef struct workers workers;

/** @param threads  in all, the caller's among them; 1 .. 256
 *  @return ET_OK; ET_ERROR_ARGUMENT, ET_ERROR_MEMORY (a thread could not be started) */
et_status workers_create(workers **out, int threads, et_error *error);
void workers_destroy(workers *w);

/** Calls part(context, i) for i in 0 .. parts - 1 and returns when all are done. One caller at a time. */
void workers_run(workers *w, void (*part)(void *context, int i), void *context, int parts);

#endif
