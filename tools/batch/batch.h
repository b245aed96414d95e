/** A command that does many sounds: results, report and progress around a task for each. */
#ifndef EMOTRACK_TOOLS_BATCH_BATCH_H
#define EMOTRACK_TOOLS_BATCH_BATCH_H

#include "batch/report.h"
#include "batch/results.h"

typedef struct batch {
    const char *what; /**< the command */
    const sound_list *sounds;
    results_options to;           /**< its count is that of the sounds */
    const char *failed, *summary; /**< files of the report, or NULL */
    int jobs;
    bool quiet;
    /** Does sound `i`: every one must come to results_end. From up to `jobs` threads at a time. */
    void (*task)(void *context, int i);
    void *context;
    results *results; /**< for the tasks */
    report *report;
} batch;

/** Does all sounds, and says what goes wrong. @return an EXIT_ code */
int batch_run(batch *b);

#endif
