/** Names of results in one folder: a sound's stem behind the folders of its relative path ("a/song"), or stem-2, stem-3 ... where
 *  another sound has it already. A name with its extension is never the folder's record, and a file's
 *  never longer than a file system takes; bytes are kept,
 *  whatever they are. One thread. */
#ifndef EMOTRACK_TOOLS_BATCH_RESULT_NAMES_H
#define EMOTRACK_TOOLS_BATCH_RESULT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum { FILE_NAME_MOST = 255 };

typedef struct result_names result_names;

/** @param extension  of all results, with its dot; kept, not copied   @return NULL if memory ran out */
result_names *result_names_create(const char *extension);
/** NULL is allowed. The names that it gave go with it. */
void result_names_destroy(result_names *n);

/** A name of an earlier run: no other sound gets it. @return its copy, or NULL if memory ran out */
const char *result_names_keep(result_names *n, const char *name);

/** Whether a name of an earlier run and the extension still make a file's name. */
bool result_names_fit(const result_names *n, const char *name);

/** A new name, without extension.
 *  @param relative  of the sound, from the folder on that results mirror; "-" is "stdin"   @return NULL if memory ran out */
const char *result_names_give(result_names *n, const char *relative);

/** Names for sounds that have none yet. @return `count` names, freed with free(); NULL if memory ran out */
const char **result_names_give_all(result_names *n, const char *const *relative, int count);

#endif
