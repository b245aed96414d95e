/** The lines of a folder's record (folder_record.h): what they say, and how they are written. One thread. */
#ifndef EMOTRACK_TOOLS_BATCH_RECORD_LINES_H
#define EMOTRACK_TOOLS_BATCH_RECORD_LINES_H

#include <stdio.h>

#include "base/error.h"

/** What all lines together say of one sound. Texts are owned by the lines; "" where nothing is said. */
typedef struct record_entry {
    const char *sound;               /**< absolute path, bytes */
    const char *name;                /**< of its result, bytes, without extension */
    const char *run;                 /**< that did it last, or is about to */
    const char *identity, *replaces; /**< of the sound's file; of the result that was there before */
    const char *state, *problem;
    long rows;
} record_entry;

typedef struct record_run {
    const char *line; /**< as it stands in the file */
    const char *model_digest, *options;
} record_run;

typedef struct record_lines record_lines;

/** Reads a record. A line that a crash has cut is passed over.
 *  @param text  ended by 0; changed   @param name  of the file, for messages
 *  @return ET_OK; ET_ERROR_FORMAT (not a record of this program); ET_ERROR_MEMORY */
et_status record_lines_read(record_lines **out, char *text, size_t size, const char *name, et_error *error);
/** NULL is allowed. */
void record_lines_free(record_lines *l);

/** Entries, one for each sound. */
size_t record_lines_count(const record_lines *l);
record_entry *record_lines_entry(record_lines *l, size_t k);
record_entry *record_lines_find(record_lines *l, const char *sound);
/** NULL if no line says what this run is. */
const record_run *record_lines_run(const record_lines *l, const char *run);

/** Whether most of it is said twice: writing it anew (record_lines_write) makes it half as long, or shorter. */
bool record_lines_are_many(const record_lines *l);
/** All that is still true, in as few lines as that takes. @return false without memory */
bool record_lines_write(const record_lines *l, FILE *stream);

void record_write_head(FILE *stream);
/** @param extension  of results */
void record_write_run(FILE *stream, const char *run, const char *model_name, const char *model_digest, const char *options,
                      const char *extension);
/** Only what is not NULL or "" is written; `rows` below 0 are not. */
void record_write_entry(FILE *stream, const record_entry *e);

#endif
