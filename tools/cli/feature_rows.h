/** Rows of columns as text, in the data sets' own layouts, or as NumPy arrays.
 *
 *  DEAM: `frameTime;` and (stddev, amean) of each contour, one row for each complete window of 100 frames, 50 apart; or the
 *  columns of other families in the same rows, as of the end of the window's last frame.
 *  PMEmo: `musicId,frameTime,`, 130 means, 130 standard deviations; the last window is short (50 to 99 frames).
 *  Frames: `frameTime;` and the 130 contours, one row for each frame.
 *  Text has the shortest digits that give the same float again. NumPy files (version 1.0, float32, rows x columns in C order)
 *  hold the columns of the text but file, musicId and frameTime; they are written when the sound has ended. */
#ifndef EMOTRACK_TOOLS_CLI_FEATURE_ROWS_H
#define EMOTRACK_TOOLS_CLI_FEATURE_ROWS_H

#include <stdio.h>

#include "features/feature_stream.h"

typedef enum feature_layout { LAYOUT_DEAM = 0, LAYOUT_PMEMO, LAYOUT_FRAMES } feature_layout;

typedef struct feature_form {
    feature_layout layout;
    unsigned
        families; /**< WITH_...: whose columns; others than descriptors in DEAM's layout only. The ear's tail follows all */
    bool npy;
} feature_form;

/** Header line; none of a NumPy file. @param with_file  a first column `file` (never for PMEmo, whose musicId says it) */
void feature_header(FILE *stream, const feature_form *form, bool with_file);

typedef struct feature_rows feature_rows;

/** Rows of one sound.
 *  @param form      kept, not copied
 *  @param file      NULL, or what the first column `file` says
 *  @param music_id  PMEmo's first column
 *  @param hop_s     from frame to frame */
et_status feature_rows_create(feature_rows **out, FILE *stream, const feature_form *form, const char *file,
                              const char *music_id, double hop_s, et_error *error);
void feature_rows_destroy(feature_rows *f);

/** feature_stream_next has said yes: writes the rows that this completes.
 *  @param sound  runs the families of the form; the same at every call
 *  @return false without memory for a NumPy file */
bool feature_rows_next(feature_rows *f, const feature_stream *sound);

/** The sound has ended: PMEmo's short last window; the NumPy file. @return false without memory */
bool feature_rows_end(feature_rows *f);

#endif
