/** Rows of descriptors and functionals as text, in the data sets' own layouts.
 *
 *  DEAM: `frameTime;` and (stddev, amean) of each contour, one row for each complete window of 100 frames, 50 apart.
 *  PMEmo: `musicId,frameTime,`, 130 means, 130 standard deviations; the last window is short (50 to 99 frames).
 *  Frames: `frameTime;` and the 130 contours, one row for each frame.
 *  Numbers have nine significant digits: every float comes back as it was. */
#ifndef EMOTRACK_TOOLS_CLI_FEATURE_ROWS_H
#define EMOTRACK_TOOLS_CLI_FEATURE_ROWS_H

#include <stdio.h>

#include "features/functionals.h"

typedef enum feature_layout { LAYOUT_DEAM = 0, LAYOUT_PMEMO, LAYOUT_FRAMES } feature_layout;

/** Header line. @param with_file  a first column `file` (never for PMEmo, whose musicId says it) */
void feature_header(FILE *stream, feature_layout layout, bool with_file);

typedef struct feature_rows feature_rows;

/** Rows of one sound.
 *  @param file      NULL, or what the first column `file` says
 *  @param music_id  PMEmo's first column
 *  @param hop_s     from frame to frame */
et_status feature_rows_create(feature_rows **out, FILE *stream, feature_layout layout, const char *file,
                              const char *music_id, double hop_s, et_error *error);
void feature_rows_destroy(feature_rows *f);

/** Takes the next frame and writes the row that it completes. */
void feature_rows_push(feature_rows *f, const float frame[DESCRIPTOR_ROW]);

/** The sound has ended: PMEmo's short last window. */
void feature_rows_end(feature_rows *f);

#endif
