/** `emotrack.jsonl` in a folder of results: who made them, how, from which sounds, and how far each has come. It is what
 *  --resume reads. Any number of processes may write results into one folder.
 *
 *  Lines of JSON, each whole, added and never changed. One says what a run is (`run`, `model`, `options` ...), one that it is
 *  about to do a sound and under which name (`sound`, `file`, `state` "waiting"), one what became of it (`name`, `state`
 *  "done", "cut off" or "failed", `rows`, `problem`); of several about one sound the last holds. Results appear by renaming,
 *  complete: one that is there and was not there when its run began (`replaces`) counts as done even if a kill came before
 *  the line. Paths are bytes: one that is not UTF-8 stands beside its readable form once more, with percent signs
 *  (`sound_bytes`). From any thread, but for open and close. */
#ifndef EMOTRACK_TOOLS_BATCH_FOLDER_RECORD_H
#define EMOTRACK_TOOLS_BATCH_FOLDER_RECORD_H

#include "base/error.h"

typedef struct folder_record folder_record;

typedef enum sound_state { SOUND_WAITING, SOUND_DONE, SOUND_CUT_OFF, SOUND_FAILED } sound_state;

typedef struct folder_run {
    const char *folder;
    const char *extension; /**< of results, with its dot */
    const char *model_name, *model_digest;
    const char *options;         /**< all options that change results, as one text */
    char *const *sounds;         /**< paths as given, or "-" */
    const char *const *relative; /**< of each its path from the folder on that results mirror (sound_list.h) */
    int count;
    bool resume;        /**< sounds that are complete are not done again */
    bool keep_existing; /**< nor those whose result is there, whatever made it */
} folder_run;

/** Makes the folder if it is not there, takes away what killed programs have left half written, reads the record, gives each
 *  sound the name of its result (the one that it had; two sounds of one name keep apart) and writes down what will be done.
 *  @param run  kept; must outlive the record
 *  @return ET_OK; ET_ERROR_FILE, ET_ERROR_FORMAT (the record is not one of ours), ET_ERROR_MEMORY */
et_status folder_record_open(folder_record **out, const folder_run *run, et_error *error);
/** NULL is allowed. */
void folder_record_close(folder_record *r);

/** Names of the results, without extension; owned by the record. */
const char *const *folder_record_names(const folder_record *r);

/** Whether sound `i` is complete, made by the same model and options from the same file (`resume`), or left alone for its result (`keep_existing`),
 *  or given twice. */
bool folder_record_is_done(const folder_record *r, int i);

/** What became of a sound. A part of a sound is written down before its rows appear, a success after.
 *  @param rows  of its result, so far as it came   @param problem  NULL, or one line */
et_status folder_record_set(folder_record *r, int i, sound_state state, long rows, const char *problem, et_error *error);

#endif
