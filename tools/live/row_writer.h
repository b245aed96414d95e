/** Rows of `emotrack live` on their way out, on a thread of their own: a reader that sleeps, or a disk that does, holds
 *  neither sound nor page. What waits is kept in memory; a reader that sleeps for hours gets no more rows. */
#ifndef EMOTRACK_TOOLS_LIVE_ROW_WRITER_H
#define EMOTRACK_TOOLS_LIVE_ROW_WRITER_H

#include "cli/output.h"

typedef struct row_writer row_writer;

enum { ROWS_MOST_WAITING = 64 << 20 }; /* bytes: an hour at a hundred rows a second */

/** @param to  belongs to the writer from now on, also where this fails (it is then abandoned)
 *  @param most_waiting  bytes, ROWS_MOST_WAITING but in tests
 *  @return ET_OK; ET_ERROR_MEMORY */
et_status row_writer_create(row_writer **out, output *to, size_t most_waiting, et_error *error);

/** Where the next rows are put together. */
FILE *row_writer_stream(row_writer *w);

/** Hands them over. Never waits for a reader.
 *  @return ET_OK, also when the reader has gone; ET_ERROR_FILE (an earlier row could not be written), ET_ERROR_LIMIT (too much
 *          waits: these rows are lost), ET_ERROR_MEMORY; once failed, all that comes later is dropped with the same words */
et_status row_writer_pass(row_writer *w, et_error *error);

/** False when the reader has gone. */
bool row_writer_wanted(row_writer *w);

/** Waits until all is written, closes, frees. @return as output_close and row_writer_pass */
et_status row_writer_close(row_writer *w, et_error *error);

/** Waits and frees, and puts nothing in its place. NULL is allowed. */
void row_writer_abandon(row_writer *w);

#endif
