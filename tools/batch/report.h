/** What became of many sounds: a list of those that failed, and a row for each. */
#ifndef EMOTRACK_TOOLS_BATCH_REPORT_H
#define EMOTRACK_TOOLS_BATCH_REPORT_H

#include "batch/song_summary.h"
#include "batch/sound_list.h"

typedef struct report report;

/** @param failed   NULL, or the file of JSON lines that report_close writes: `path`, `name` and `reason` of each failure
 *  @param summary  NULL, or the CSV of a row for each sound, in the order of the list
 *  @param sounds   kept; must outlive the report
 *  @return ET_OK; ET_ERROR_FILE, ET_ERROR_MEMORY */
et_status report_create(report **out, const char *failed, const char *summary, const sound_list *sounds, et_error *error);

/** Sound `i` failed. From any thread, each sound from one. @param reason  copied; the first counts */
void report_failed(report *r, int i, const char *reason);

/** Sound `i` is through, whether it failed or not; each comes here once, from any thread.
 *  @param s  NULL: it was not begun, and no row says so */
void report_end(report *r, int i, const song_summary *s);

/** Puts both files in their places and frees.
 *  @param any_failed  receives whether a sound failed   @return ET_OK; ET_ERROR_FILE, ET_ERROR_MEMORY */
et_status report_close(report *r, bool *any_failed, et_error *error);

/** Throws it away, writes nothing. */
void report_abandon(report *r);

#endif
