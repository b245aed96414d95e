/** A file that is there whole or not at all: written under a temporary name beside its place, flushed to the disk, renamed.
 *  A symbolic link stays and what it points to is replaced (but not through somebody else's in a folder like /tmp); a file that is replaced leaves its mode (and, where that may be
 *  given away, its owner) to the new one. One thread at a time for each object. */
#ifndef EMOTRACK_BASE_ATOMIC_FILE_H
#define EMOTRACK_BASE_ATOMIC_FILE_H

#include <stdio.h>

#include "base/error.h"

typedef struct atomic_file atomic_file;

/** Opens `emotrack.partial-XXXXXXXX`, in the folder of `path`, for writing.
 *  @return ET_OK; ET_ERROR_FILE with the system's reason (no such folder, no permission, disk full), ET_ERROR_MEMORY */
et_status atomic_file_create(atomic_file **out, const char *path, et_error *error);

/** The same as `PATH.partial-XXXXXXXX`, for what is worth something before it is complete: if this program is killed, it
 *  stays (the others are swept). */
et_status atomic_file_create_lasting(atomic_file **out, const char *path, et_error *error);

/** Where to write. Write errors may be left unchecked: commit finds them. Belongs to the object; never close it. */
FILE *atomic_file_stream(atomic_file *file);

/** Whether all writing so far has worked. @return ET_OK; ET_ERROR_FILE with the system's reason: no more will be written */
et_status atomic_file_check(atomic_file *file, et_error *error);

/** The temporary name. Lives as long as the object. */
const char *atomic_file_partial(const atomic_file *file);

/** Commit fails if by then something is there. */
void atomic_file_keep_existing(atomic_file *file);

/** Puts the file in its place and frees the object; on failure the temporary file is gone and what stood at `path` stays.
 *  @return ET_OK; ET_ERROR_FILE with the system's reason */
et_status atomic_file_commit(atomic_file *file, et_error *error);

/** Removes the temporary files that killed programs have left in the folder of `path`. Those of programs that live, on this
 *  machine or another, stay: they are locked. */
void atomic_file_sweep(const char *path);

/** Throws the temporary file away and frees the object. NULL is allowed. */
void atomic_file_abandon(atomic_file *file);

/** Letters and digits that nobody can foretell, without an end. @param count  1 .. 64   @return false: the system gives none */
bool letters_by_chance(char *out, int count);

#endif
