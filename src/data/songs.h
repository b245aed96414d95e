/** Labelled songs, however they lie on the disk: DEAM and PMEmo as their authors ship them, a folder of sounds with one CSV
 *  (labels over time, or one for a whole clip), or songs known by the means of their features only.
 *
 *  What does not fit is named by file and line, counted and left out; the rest goes on. Nothing usable is an error.
 *  Sources: Aljanaki, Yang, Soleymani, PLoS ONE 12(3) e0173392, 2017 (DEAM); Zhang et al., ICMR 2018 (PMEmo). */
#ifndef EMOTRACK_DATA_SONGS_H
#define EMOTRACK_DATA_SONGS_H

#include "data/warnings.h"
#include "features/families.h"
#include "model/model_file.h" /* TARGET_... */

enum { TARGETS = 2, SONG_SETS_MOST = 16 };

typedef enum layout {
    LAYOUT_AUTO = 0,
    LAYOUT_DEAM,  /**< MEMD_audio, features, annotations */
    LAYOUT_PMEMO, /**< chorus, features, annotations */
    LAYOUT_LONG,  /**< file,time_s,valence,arousal */
    LAYOUT_CLIPS, /**< file,valence,arousal */
    LAYOUT_MEANS  /**< song_id,label_frames,arousal_mean,valence_mean, columns */
} layout;

typedef struct song {
    char *id;       /**< unique in its set */
    char *group;    /**< what splits keep together; NULL: the song itself */
    char *sound;    /**< path, or NULL */
    char *features; /**< path of a CSV with its features, or NULL (PMEmo has one for all songs) */
    int labels;
    double *label_time_s;    /**< when, since the song's start; NULL: the labels speak for the whole song */
    float (*label)[TARGETS]; /**< valence, arousal in [-1, 1]; NaN where only the other is known */
    int *label_line;         /**< of the file, while it is read */
    int rows;                /**< rows of features, 0.5 s apart; 0 until they are read or computed */
    int row_first;           /**< rows before this one hold RASTA's transient and enter no mean */
    float *row;              /**< rows x ROW_WIDTH (families.h); row k's descriptors are those of the sound from k / 2 s to
                                  k / 2 + 1 s, the other families' as of its end. What a memory holds after rows row_first
                                  .. k is what memory_push (track/memory.h) gives when it is reset before row_first and all
                                  rows of ROW_WIDTH are pushed; without a time constant it is song_mean_row */
    unsigned families;       /**< WITH_...: what the rows hold; columns of the others are 0. Shipped feature files and song
                                  means know descriptors only */
    bool means_only;         /**< the one row is the mean over the song */
} song;

typedef struct song_set {
    char name[64];
    char path[1024]; /**< the folder (of song means: the file) */
    layout layout;
    song *song;
    int songs, room;
    bool column_known[ROW_COLUMNS]; /**< columns that the features of some song hold; the others are 0. Which families a
                                         song has: song.families */
    float label_low, label_high;    /**< range that was mapped to [-1, 1] */
} song_set;

/** How to read. Zero everywhere is a good choice. */
typedef struct song_options {
    layout layout;                                       /**< LAYOUT_AUTO: recognised by what stands in the folder */
    const char *file, *time, *valence, *arousal, *group; /**< column names of long form and clips; NULL: file, time_s ... */
    double label_low, label_high; /**< range of the labels in the files; both 0: -1 .. 1 (PMEmo: 0 .. 1) */
} song_options;

/** Reads labels and finds sounds and feature files; features themselves are read by song_features.h.
 *  @param path  the data set's folder; for LAYOUT_MEANS the CSV or a folder with song_means.csv
 *  @return ET_OK; ET_ERROR_FILE, ET_ERROR_FORMAT (no layout fits: the message says what was looked for; nothing usable),
 *          ET_ERROR_MEMORY */
et_status song_set_read(song_set *out, const char *path, const song_options *options, warning_list *warnings,
                        et_error *error);
void song_set_free(song_set *set);

/** @return the song of that id, or NULL */
song *song_find(const song_set *set, const char *id);

/** Name of a layout, e.g. "deam". */
const char *layout_name(layout l);

/** Mean label of a song for one target; NaN without labels. */
double song_mean_label(const song *s, int target);

/* ---- for the readers of the layouts -------------------------------------------------------------------------------- */

/** Adds an empty song. @return NULL without memory */
song *song_add(song_set *set, const char *id);
/** Adds a label, `time_s` NaN for the whole song. @param line  of the file   @return false without memory */
bool song_label(song *s, int line, double time_s, double valence, double arousal);
/** Makes one of the labels that speak for the same time: their mean, and a warning. Lines are forgotten.
 *  @param path  of the labels' file   @return false without memory */
bool song_merge_labels(song *s, const char *path, warning_list *warnings);
/** Frees the last song added. */
void song_drop_last(song_set *set);

et_status read_deam(song_set *set, const song_options *options, warning_list *warnings, et_error *error);
et_status read_pmemo(song_set *set, const song_options *options, warning_list *warnings, et_error *error);
et_status read_folder(song_set *set, const song_options *options, warning_list *warnings, et_error *error);
et_status read_means(song_set *set, warning_list *warnings, et_error *error);

/** Takes songs away that are not `wanted`, in one pass. */
void song_set_keep(song_set *set, bool (*wanted)(const song *s));

/** "FOLDER/NAME" as a new string, or NULL if no such file stands there (or without memory). */
char *path_if_there(const char *folder, const char *name);

#endif
