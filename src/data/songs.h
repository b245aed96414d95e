/** Labelled songs, however they lie on the disk: DEAM and PMEmo as their authors ship them, a folder of sounds with one CSV
 *  (labels over time, or one for a whole clip), or songs known by the means of their features only.
 *
 *  What does not fit is named by file and line, counted and left out; the rest goes on. Nothing usable is an error.
 *  Sources: Aljanaki, Yang, Soleymani, PLoS ONE 12(3) e0173392, 2017 (DEAM); Zhang et al., ICMR 2018 (PMEmo). */
#ifndef EMOTRACK_DATA_SONGS_H
#define EMOTRACK_DATA_SONGS_H

#include "data/readers.h"

/** Reads labels and finds sounds and feature files; features themselves are read by song_features.h.
 *  @param path  the data set's folder; for LAYOUT_MEANS the CSV or a folder with song_means.csv
 *  @return ET_OK; ET_ERROR_FILE, ET_ERROR_FORMAT (no layout fits: the message says what was looked for; nothing usable),
 *          ET_ERROR_MEMORY */
et_status song_set_read(song_set *out, const char *path, const song_options *options, warning_list *warnings,
                        et_error *error);

/** Name of a layout, e.g. "deam". */
const char *layout_name(layout l);

#endif
