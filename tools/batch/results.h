/** Where the results of many sounds go: into one output in the order of the command line, or into a folder, a file each. */
#ifndef EMOTRACK_TOOLS_BATCH_RESULTS_H
#define EMOTRACK_TOOLS_BATCH_RESULTS_H

#include "cli/output.h"

typedef struct results results;

typedef struct results_options {
    const char *output;                          /**< NULL or "-": standard output */
    const char *output_dir;                      /**< NULL, or the folder, made if it is not there */
    const char *extension;                       /**< of files in the folder, with its dot */
    const char *const *names;                    /**< of files in the folder, without extension */
    int count;                                   /**< sounds */
    bool keep_existing;                          /**< the single output may not be there already */
    void (*header)(FILE *stream, void *context); /**< writes the first line of each output */
    void *context;
} results_options;

/** @param options  kept, not copied; must outlive the results */
et_status results_create(results **out, const results_options *options, et_error *error);

/** Where sound `i` writes its lines; NULL with `error` if it cannot. From any thread, one thread for a sound. */
FILE *results_begin(results *r, int i, et_error *error);

/** Lets go what is written so far.
 *  @return ET_OK; ET_ERROR_INTERRUPTED: nobody will read more of the single output (results_close says why, if it must be
 *          said); ET_ERROR_FILE with the system's reason: this sound's file cannot be written (disk full ...) */
et_status results_pass(results *r, int i, et_error *error);

/** Sound `i` is done, whether begun or not.
 *  @param keep  false: a file in the folder does not appear (in one output its lines stay) */
et_status results_end(results *r, int i, bool keep, et_error *error);

/** All sounds are done. The single output is put in its place. Frees.
 *  @return ET_OK, also when a reader went away; ET_ERROR_FILE (disk full ...), ET_ERROR_MEMORY */
et_status results_close(results *r, et_error *error);

/** Whether a reader of the single output still takes lines. */
bool results_wanted(const results *r);

/** Whether the file of sound `i` is in the folder already. */
bool results_is_there(const results *r, int i);

/** PATH of the file of sound `i` in the folder. */
void results_path(const results_options *options, int i, char *path, size_t room);

#endif
