/** Rows of emotions as text: CSV (one header line, RFC 4180 quoting, '.' decimals) or JSON lines, the same numbers in both.
 *  Columns and keys: [file,]time_s,valence,arousal,context_s,level_dbfs,flags, then those that are asked for, in the order of
 *  the table: valence_error,arousal_error,key,mode,tempo,pulse. */
#ifndef EMOTRACK_TOOLS_CLI_EMOTION_ROWS_H
#define EMOTRACK_TOOLS_CLI_EMOTION_ROWS_H

#include <stdio.h>

#include "emotrack.h"

/** A bit of `et_emotion.flags` beside the library's: a moment that somebody marked. */
enum { EMOTION_MARK = 1 << 16 };

typedef enum row_format { ROWS_CSV = 0, ROWS_JSONL } row_format; /* the order of --format csv|jsonl */

enum { EMOTION_FLAGS_ROOM = 32 };

/** Flags as their column has them: "silence", "clipped", "lost", joined by "+". */
void emotion_flag_names(char text[EMOTION_FLAGS_ROOM], uint32_t flags);

/** And back; what is no such name counts as none. */
uint32_t emotion_flags(const char *text);

/** Columns beside the usual ones: bits. */
enum { COLUMN_ERROR = 1, COLUMN_KEY = 2, COLUMN_MODE = 4, COLUMN_TEMPO = 8, COLUMN_PULSE = 16 };
enum { COLUMNS_OF_HARMONY = COLUMN_KEY | COLUMN_MODE | COLUMN_TEMPO | COLUMN_PULSE };

/** What they say. */
typedef struct emotion_more {
    unsigned columns;
    float error[2]; /**< valence, arousal; NaN: not known */
    et_harmony harmony;
} emotion_more;

/** Reads names with commas between them, "error,key,mode,tempo,pulse" or fewer. @return the columns; 0: one is unknown */
unsigned emotion_columns(const char *text);

/** Whether a model can give these columns. @return ET_OK; ET_ERROR_UNSUPPORTED (it does not know its errors) */
et_status emotion_columns_known(const et_model *model, unsigned columns, et_error *error);

/** The line before the first row; nothing for JSON lines. @param with_file  a first column `file` */
void emotion_header(FILE *stream, row_format format, bool with_file, unsigned columns);

/** One row. @param file  NULL without that column   @param more  NULL: no further columns */
void emotion_row(FILE *stream, row_format format, const char *file, const et_emotion *emotion, const emotion_more *more);

#endif
