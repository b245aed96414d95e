/** Who trains, who chooses, who tests: songs are divided whole, by their group where they have one, from a seed.
 *  The same songs and seed give the same parts whatever order the songs are listed in. */
#ifndef EMOTRACK_DATA_SPLITS_H
#define EMOTRACK_DATA_SPLITS_H

#include "emotrack.h"

typedef enum part { PART_TRAIN = 0, PART_VALIDATION, PART_TEST } part;

/** @param key    n names; songs of one name (a group, or the song's own id) go to one part
 *  @param test, validation  shares of the names, >= 0, together below 1
 *  @param out    receives n parts
 *  @return ET_OK; ET_ERROR_ARGUMENT (shares; or fewer names than parts asked for), ET_ERROR_MEMORY */
et_status split_shares(part *out, const char *const *key, int n, double test, double validation, uint64_t seed,
                       et_error *error);

/** @param out  receives n folds, 0 .. folds - 1, whose numbers of names differ by one at most
 *  @return ET_OK; ET_ERROR_ARGUMENT (fewer than 2 folds, or fewer names than folds), ET_ERROR_MEMORY */
et_status split_folds(int *out, const char *const *key, int n, int folds, uint64_t seed, et_error *error);

/** The reference research code's division, which leaks: each label by itself, 60% train, 20% choose, 20% test, so that
 *  windows that share nearly all their frames fall on both sides.
 *  @param label  its number in the song */
part split_frame(uint64_t seed, const char *song, int label);

#endif
