/** Computed features of songs, kept in small binary files: one a song, in the cache folder, named after the sound. A file is
 *  void when the sound's size or date, the options, the ear or the feature version have changed; one that holds more families
 *  than are wanted serves too. */
#ifndef EMOTRACK_DATA_FEATURE_CACHE_H
#define EMOTRACK_DATA_FEATURE_CACHE_H

#include "data/song_features.h"

/** Families that are computed: descriptors, and what the options name. */
unsigned feature_families(const feature_options *o);

/** Makes the folder, if it is not there. */
void feature_cache_open(const song_set *set, const feature_options *o);

/** Fills s->row and s->rows from the cache, or computes and keeps them. Any number of songs at a time.
 *  @return ET_OK; ET_ERROR_FILE, ET_ERROR_MEMORY, and as sound_rows */
et_status feature_cache_rows(const song_set *set, song *s, const feature_options *o, et_error *error);

#endif
