/** The songs that teach: each one's level, as the memory would hold it at its end, with the label that its raters gave.
 *
 *  Several data sets stand beside one another; each has the number of its scale (raters and range of labels). */
#ifndef EMOTRACK_RECIPE_TRAINING_SET_H
#define EMOTRACK_RECIPE_TRAINING_SET_H

#include "data/song_set.h"
#include "data/splits.h"
#include "model/network.h"

/** Numbers in the longest level. */
enum { LEVEL_MOST = ROW_COLUMNS };

/** A data set in training. */
typedef struct dataset {
    const song_set *set;
    const part *part; /**< one a song; only PART_TRAIN teaches. NULL: all teach */
    int scale;        /**< data sets with the same number were rated alike */
} dataset;

typedef struct training_set {
    int count, columns;
    int left_out; /**< songs that would teach and lack families whose columns are used */
    float *point; /**< count x columns, standardised */
    int *scale;
    double (*label)[TARGETS];
    const song **song;
} training_set;

/** What a memory that began with the song holds after its first `rows` rows (plain means).
 *  @param columns_in  FUNCTIONAL_COUNT or ROW_COLUMNS   @param out  receives so many numbers */
void song_level(const song *s, int rows, int columns_in, float *out);

/** Levels of all training songs that hold all of `families`, as network_scaled wants them (columns_in numbers each).
 *  @param row  receives malloc'ed count x columns_in   @param song, scale  receive count entries, malloc'ed */
et_status training_set_rows(float **row, training_set *out, const dataset *datasets, int count, unsigned families,
                            int columns_in, et_error *error);

/** Standardises them with the network's preprocessing: fills `point`. */
et_status training_set_scale(training_set *l, const network *net, const float *row, et_error *error);
void training_set_free(training_set *l);

#endif
