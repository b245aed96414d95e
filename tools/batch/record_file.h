/** A file of lines that any number of processes add to: each line is whole, none is lost, and who holds the lock sees all.
 *  It only grows; who holds the lock may write it anew, shorter. From any thread of a process, one at a time. */
#ifndef EMOTRACK_TOOLS_BATCH_RECORD_FILE_H
#define EMOTRACK_TOOLS_BATCH_RECORD_FILE_H

#include "base/error.h"

typedef struct record_file record_file;

/** Opens the file, made if it is not there.
 *  @param path  copied   @return ET_OK; ET_ERROR_FILE with the system's reason, ET_ERROR_MEMORY */
et_status record_file_open(record_file **out, const char *path, et_error *error);
/** NULL is allowed. Gives the lock back. */
void record_file_close(record_file *f);

/** Waits until no other process holds the lock. Where files cannot be locked, goes on without. */
et_status record_file_lock(record_file *f, et_error *error);
void record_file_unlock(record_file *f);

/** All that is there. Under the lock.
 *  @param text  receives it, ended by 0; freed by the caller   @return ET_OK; ET_ERROR_FILE, ET_ERROR_MEMORY */
et_status record_file_read(record_file *f, char **text, size_t *size, et_error *error);

/** Adds whole lines, with their ends, all or none. Under the lock. @return ET_OK; ET_ERROR_FILE with the system's reason */
et_status record_file_add(record_file *f, const char *lines, size_t size, et_error *error);

/** Puts other contents in its place, at once. Under the lock, which is lost: lock again, and read. */
et_status record_file_replace(record_file *f, const char *lines, size_t size, et_error *error);

/** Waits until it is on the disk. */
void record_file_sync(record_file *f);

#endif
