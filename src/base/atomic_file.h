/** A file that is there whole or not at all: written under a temporary name beside its place, flushed to the disk, renamed.
 *  One thread at a time for each object. */
#ifndef EMOTRACK_BASE_ATOMIC_FILE_H
#define EMOTRACK_BASE_ATOMIC_FILE_H

#include <stdio.h>

#include "base/error.h"

typedef struct atomic_file atomic_file;

/** Opens `PATH.partial-XXXXXX` for writing.
 *  @return ET_OK; ET_ERROR_FILE with the system's reason (no such folder, no permission, disk full), ET_ERROR_MEMORY */
et_status atomic_file_create(atomic_file **out, const char *path, et_error *error);

/** Where to write. Write errors may be left unchecked: commit finds them. Belongs to the object; never close it. */
FILE *atomic_file_stream(atomic_file *file);

/** Puts the file in its place and frees the object; on failure the temporary file is gone and what stood at `path` stays.
 *  @return ET_OK; ET_ERROR_FILE with the system's reason */
et_status atomic_file_commit(atomic_file *file, et_error *error);

/** Removes what killed runs have left of a file. Only where nobody writes it now. */
void atomic_file_sweep(const char *path);

/** Throws the temporary file away and frees the object. NULL is allowed. */
void atomic_file_abandon(atomic_file *file);

#endif
