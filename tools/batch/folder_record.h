/** `emotrack.json` in a folder of results: who made them, how, from which sounds, and how far each has come. It is what
 *  --resume reads.
 *
 *  It is written when a run begins, once a second, when a sound fails and when the run ends. A result that is there,
 * complete (they appear by renaming), and was not there when its run began, counts as done even if a kill came before the
 * record of it. From any thread. */
#ifndef EMOTRACK_TOOLS_BATCH_FOLDER_RECORD_H
#define EMOTRACK_TOOLS_BATCH_FOLDER_RECORD_H

#include "base/error.h"

typedef struct folder_record folder_record;

typedef enum sound_state { SOUND_WAITING, SOUND_DONE, SOUND_CUT_OFF, SOUND_FAILED } sound_state;

typedef struct folder_run {
    const char *folder;
    const char *extension; /**< of results, with its dot */
    const char *model_name, *model_digest;
    const char *options; /**< all options that change results, as one text */
    char *const *sounds; /**< paths as given, or "-" */
    int count;
} folder_run;

/** Makes the folder if it is not there, reads its record, gives each sound the name of its result (the one that it had; two
 *  sounds of one name keep apart) and takes away what a killed run has left half written.
 *  @param run  kept; must outlive the record
 *  @return ET_OK; ET_ERROR_FILE, ET_ERROR_FORMAT (the record is not one of ours), ET_ERROR_MEMORY */
et_status folder_record_open(folder_record **out, const folder_run *run, et_error *error);
void folder_record_close(folder_record *r);

/** Names of the results, without extension; owned by the record. */
char *const *folder_record_names(const folder_record *r);

/** Whether sound `i` is complete, made by the same model and options from the same file. */
bool folder_record_is_done(const folder_record *r, int i);

/** Writes down that the sounds that are not `done` are about to be done. */
et_status folder_record_begin(folder_record *r, const bool *done, et_error *error);

/** What became of a sound. @param rows  of its result, so far as it came   @param problem  NULL, or one line */
et_status folder_record_set(folder_record *r, int i, sound_state state, long rows, const char *problem, et_error *error);

/** Writes all down. */
et_status folder_record_save(folder_record *r, et_error *error);

#endif
