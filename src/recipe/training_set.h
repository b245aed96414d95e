/** What the teacher knows: each song's level as a point of standardised columns, with the label that its raters gave; and
 * how damaged sound shifts such points.
 *
 *  Several data sets stand beside one another; each has the number of its scale (raters and range of labels). Songs known
 *  by their means only share the scale of the first data set. */
#ifndef EMOTRACK_RECIPE_TRAINING_SET_H
#define EMOTRACK_RECIPE_TRAINING_SET_H

#include "data/songs.h"
#include "data/splits.h"
#include "model/network.h"
#include "recipe/teacher.h"

/** A data set in training. */
typedef struct dataset {
    const song_set *set;
    const part *part; /**< one a song; only PART_TRAIN teaches. NULL: all teach */
    int scale;        /**< data sets with the same number were rated alike */
} dataset;

typedef struct training_set {
    int count, columns;
    int level_columns; /**< the first so many are means: what the teacher of the level sees */
    float *point;      /**< count x columns, standardised */
    int *scale;
    double (*label)[TARGETS];
    const song **song;
    double *weight; /**< what each label is worth to the teacher, 1 on average; NULL: all the same */
} training_set;

/** Mean of a song's rows first .. last - 1 (see row_first); where columns_in is twice FUNCTIONAL_COUNT, then their
 * deviation.
 *  @param out  receives columns_in numbers */
void song_stretch(const song *s, int first, int last, int columns_in, float *out);

/** song_stretch of the first `rows` rows. */
void song_level(const song *s, int rows, int columns_in, float *out);

/** Mean rows of all training songs, as network_scaled wants them (columns_in numbers each). Songs known by their means only
 *  borrow the deviations of the others, one after another.
 *  @param row  receives malloc'ed count x columns_in   @param song, scale  receive count entries, malloc'ed */
et_status training_set_rows(float **row, training_set *out, const dataset *datasets, int count, int columns_in,
                            et_error *error);

/** Standardises them with the network's front: fills `point`. */
et_status training_set_scale(training_set *l, const network *net, const float *row, et_error *error);
void training_set_free(training_set *l);

/** Songs whose raters agree count more: 2 m / (m + v), v what the raters leave of doubt (song.doubt), m its median in the
 *  songs of the same scale; 1 where it is not known. Fills `weight`. @return ET_OK; ET_ERROR_MEMORY */
et_status training_set_weigh(training_set *l, et_error *error);

/** Teaches the teacher, and calibrates it on the left-out answers of the songs of scale 0 that have labels over time.
 *  @param left_out  NULL, or receives the metrics-ready left-out answers after calibration, count x 2 (malloc'ed) */
et_status training_set_teach(teacher **out, const training_set *l, const teacher_options *options,
                             double (**left_out)[TARGETS], et_error *error);

#endif
