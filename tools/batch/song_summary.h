/** A sound's curve as one row: where it lies on the plane, how it moves, how loud it is. */
#ifndef EMOTRACK_TOOLS_BATCH_SONG_SUMMARY_H
#define EMOTRACK_TOOLS_BATCH_SONG_SUMMARY_H

#include <stdio.h>

#include "base/error.h"

/** Sums over rows: silent ones apart, which count only where there are no others. */
typedef struct song_sums {
    long rows;
    double valence, valence_square, arousal, arousal_square, power;
    long valence_rows, arousal_rows;
    long quarter[4]; /**< happy, tense, sad, relaxed */
} song_sums;

typedef struct song_summary {
    song_sums heard, silent;
    double seconds; /**< time of the last row */
    uint32_t flags; /**< of all rows together */
} song_summary;

/** Adds a row, as it is printed: six decimals of valence and arousal, two of the level. */
void song_summary_add(song_summary *s, const et_emotion *row);

/** The same from a file of rows that `annotate` wrote.
 *  @param json  its rows are JSON lines, else CSV   @return ET_OK; ET_ERROR_FILE; ET_ERROR_FORMAT */
et_status song_summary_read(song_summary *s, const char *path, bool json, et_error *error);

/** The song's mean as one answer: valence and arousal (NaN: no row has one), flagged as silence where all is. */
et_emotion song_summary_mean(const song_summary *s);

void song_summary_header(FILE *stream);

/** One row of CSV. @param error  why the sound failed, or NULL */
void song_summary_row(FILE *stream, const char *file, const song_summary *s, const char *error);

#endif
