/** Where a command's data go: standard output, or a file that appears when it is complete (src/base/atomic_file.h), or a
 *  device or pipe that is written as it is.
 *
 *  A reader that goes away (`| head`) is no failure: output_wanted() turns false and the command ends in order. */
#ifndef EMOTRACK_TOOLS_CLI_OUTPUT_H
#define EMOTRACK_TOOLS_CLI_OUTPUT_H

#include <stdio.h>

#include "base/error.h"

typedef struct output output;

/** @param path           NULL or "-": standard output
 *  @param keep_existing  a file that is there is not replaced
 *  @return ET_OK; ET_ERROR_FILE with the system's reason, ET_ERROR_MEMORY */
et_status output_open(output **out, const char *path, bool keep_existing, et_error *error);

/** The same for rows that come for as long as the program runs: the file is written in its place, so that it can be followed
 *  while it grows; what stood there is gone at once. */
et_status output_open_growing(output **out, const char *path, bool keep_existing, et_error *error);

FILE *output_stream(output *o);

/** Hands what was written to the reader now.
 *  @return ET_OK, also when the reader has gone; ET_ERROR_FILE (disk full ...) */
et_status output_flush(output *o, et_error *error);

/** Whether what was written so far, buffered or not, could be. @return ET_OK; ET_ERROR_FILE with the system's reason */
et_status output_check(output *o, et_error *error);

/** False when the reader has gone: more data would be for nobody. */
bool output_wanted(const output *o);

/** Makes a folder for outputs, if it is not there. @return ET_OK; ET_ERROR_FILE with the system's reason */
et_status output_folder(const char *path, et_error *error);

/** All is written: flushes, puts a file in its place, frees. @return as output_flush */
et_status output_close(output *o, et_error *error);

/** Something failed: a file that is not complete does not appear. Frees. NULL is allowed. */
void output_abandon(output *o);

#endif
