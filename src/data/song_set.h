/** A set of labelled songs: what is known of each, and what readers of data sets build it with. */
#ifndef EMOTRACK_DATA_SONG_SET_H
#define EMOTRACK_DATA_SONG_SET_H

#include "data/warnings.h"
#include "features/families.h"
#include "model/targets.h"

enum { SONG_SETS_MOST = 16 };

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
    int songs;
    bool column_known[ROW_COLUMNS]; /**< columns that the features of some song hold; the others are 0. Which families a
                                         song has: song.families */
    float label_low, label_high;    /**< range that was mapped to [-1, 1] */
} song_set;

void song_set_free(song_set *set);

/** @return the song of that id, or NULL */
song *song_find(const song_set *set, const char *id);

/** Mean label of a song for one target; NaN without labels. */
double song_mean_label(const song *s, int target);

/** What a memory without a time constant that began with row `first` holds after row `last` - 1: means of descriptors and
 *  harmony, the ear's columns composed with their tail (track/compose.h). From row_first on, where that lies within.
 *  @param columns  FUNCTIONAL_COUNT or ROW_COLUMNS: how many are wanted
 *  @param out      receives them; of families that the song lacks 0 */
void song_mean_row(const song *s, int first, int last, int columns, float *out);

/* ---- building one --------------------------------------------------------------------------------------------------- */

/** Adds an empty song. @return NULL without memory */
song *song_add(song_set *set, const char *id);
/** Adds a label, `time_s` NaN for the whole song. @param line  of the file   @return false without memory */
bool song_label(song *s, int line, double time_s, double valence, double arousal);
/** Makes one of the labels that speak for the same time: their mean, and a warning. Lines are forgotten.
 *  @param path  of the labels' file   @return false without memory */
bool song_merge_labels(song *s, const char *path, warning_list *warnings);
/** Frees the last song added. */
void song_drop_last(song_set *set);

/** Takes songs away that are not `wanted`, in one pass. */
void song_set_keep(song_set *set, bool (*wanted)(const song *s));

#endif
