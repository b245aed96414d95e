/** The readers of data sets: each fills a set from a folder or file that is laid out in its way. */
#ifndef EMOTRACK_DATA_READERS_H
#define EMOTRACK_DATA_READERS_H

#include "data/csv_table.h"
#include "data/song_set.h"

/** How to read. Zero everywhere is a good choice. */
typedef struct song_options {
    layout layout;                                       /**< LAYOUT_AUTO: recognised by what stands in the folder */
    const char *file, *time, *valence, *arousal, *group; /**< column names of long form and clips; NULL: file, time_s ... */
    double label_low, label_high; /**< range of the labels in the files; both 0: -1 .. 1 (PMEmo: 0 .. 1) */
} song_options;

/** @param set  has its path and range of labels; gets songs with labels, sounds and feature files
 *  @return ET_OK (also without any song); ET_ERROR_FILE, ET_ERROR_FORMAT, ET_ERROR_MEMORY */
typedef et_status song_reader(song_set *set, const song_options *options, warning_list *warnings, et_error *error);

song_reader read_deam, read_pmemo, read_folder, read_means;

/** "FOLDER/NAME" as a new string, or NULL if no such file stands there (or without memory). */
char *path_if_there(const char *folder, const char *name);

/** The same for a sound "STEM.mp3", or of another type. */
char *sound_if_there(const char *folder, const char *stem);

/** A label in the set's range, mapped to [-1, 1]. */
double label_mapped(const song_set *set, double label);

/** A cell's label, mapped; NaN where it is empty. @return false, and a warning, where it is no number or out of range */
bool label_read(const song_set *set, const csv_table *t, const char *path, int row, int column, double *out,
                warning_list *warnings);

#endif
