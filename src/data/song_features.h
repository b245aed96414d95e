/** Features of labelled songs: computed from their sound by this program, or read from the CSVs that the authors ship.
 *
 *  Computed features are kept: one small binary file a song in the cache folder, named after the sound and made void by a
 *  change of the sound's size or date, of the options, of the ear or of the feature version. A file that holds more families
 *  than are wanted serves too. Songs are computed in parallel; the rows do not depend on that, nor on what was kept. */
#ifndef EMOTRACK_DATA_SONG_FEATURES_H
#define EMOTRACK_DATA_SONG_FEATURES_H

#include "data/degradation.h"
#include "data/song_set.h"
#include "features/families.h"

enum { FEATURE_VERSION = 3 }; /* of the rows; raised when the same sound gives other numbers */

typedef enum feature_source { FEATURES_BEST = 0, FEATURES_FROM_SOUND, FEATURES_FROM_FILES } feature_source;

typedef struct feature_options {
    feature_source source; /**< FEATURES_BEST: from sound where there is one, else the shipped file */
    int pitch_lag_frames;  /**< see descriptors.h; 10 in what ships */
    rasta_start rasta_start;
    unsigned families;                              /**< WITH_...: columns that are computed from sound; 0: descriptors */
    const ear_weights *ear;                         /**< needed WITH_EAR */
    degradation degradation;                        /**< what the sound suffers first; zero: nothing */
    const char *cache;                              /**< folder; NULL: ".emotrack" in the data set's own */
    int threads;                                    /**< >= 1 */
    void (*progress)(void *user, int done, int of); /**< called from one thread at a time; NULL allowed */
    bool (*stop)(void *user);                       /**< asked between songs; NULL allowed */
    void *user;
} feature_options;

/** Fills `rows` of every song; a song without usable features is named, counted and left out of the set.
 *  @return ET_OK; ET_ERROR_FORMAT if none is left, ET_ERROR_MEMORY, ET_ERROR_INTERRUPTED */
et_status song_set_features(song_set *set, const feature_options *options, warning_list *warnings, et_error *error);

/* ---- the parts ----------------------------------------------------------------------------------------------------- */

/** All rows of one sound file. @param rows_out  receives malloc'ed rows, `*count` x ROW_WIDTH */
et_status sound_rows(float **rows_out, int *count, const char *path, const feature_options *options, et_error *error);

/** A whole sound as mono at 44.1 kHz (at most an hour of it). A file that breaks off gives what could be read. */
et_status sound_samples(float **samples, size_t *count, const char *path, et_error *error);

/** The rows of mono samples at 44.1 kHz: one for each complete second, 0.5 s apart; of a sound shorter than a second one. */
et_status samples_rows(float **rows_out, int *count, const float *samples, size_t samples_count,
                       const feature_options *options, et_error *error);

#endif
