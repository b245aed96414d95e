/** What a model answers for labelled songs, beside their labels, and the table of both.
 *
 *  Songs are followed on the 0.5 s grid of their rows: memory, preprocessing, frame, window, as the tracker does it every 10 ms. The
 *  answer for a label at time t is the last one that has heard no more than the sound up to t + label_offset_s. A label for
 *  a whole clip is held against the mean answer of the clip's second half. */
#ifndef EMOTRACK_EVALUATE_EVALUATION_H
#define EMOTRACK_EVALUATE_EVALUATION_H

#include "data/song_set.h"
#include "evaluate/metrics.h"
#include "model/model_file.h"

/** Seconds of sound after which a song's first answers are evaluated: those of a model's table of usual errors. */
enum { ONSET_OFFSETS = 6 };
extern const double onset_offset_s[ONSET_OFFSETS]; /* 1, 2, 3, 5, 10, 20 */

/** Labels and answers, song after song. */
typedef struct evaluation {
    int songs;
    size_t count;
    int *song;      /**< number of the song, ascending */
    double *time_s; /**< NaN: for the whole clip */
    double (*label)[TARGETS], (*answer)[TARGETS];
    double (*onset)[ONSET_OFFSETS][TARGETS]; /**< one a song: answers after onset_offset_s; NaN where the song is shorter */
    double (*whole)[TARGETS];                /**< one a song: the mean of all its answers from its start */
} evaluation;

void evaluation_free(evaluation *j);

/** Adds a song: every label beside the answer for its time.
 *  @param end_s   rows of answers: how much sound each has heard, ascending
 *  @param answer  rows x 2, NaN for what the model does not answer */
et_status evaluation_add(evaluation *j, const song *s, const double *end_s, const double (*answer)[TARGETS], int rows,
                         double label_offset_s, et_error *error);

/** Sound that the model's answer for time t has heard beyond t: its label offset, less what it is ahead (lag). */
double model_offset_s(const struct et_model *model);

/** The model's answers at every row of a song. @param answer  receives malloc'ed rows x 2 */
et_status model_answers(const struct et_model *model, const song *s, double (**answer)[TARGETS], et_error *error);

/** Mean of the answers of rows first .. rows - 1. @param first  below rows */
void answers_mean(const double (*answer)[TARGETS], int first, int rows, double out[TARGETS]);

/** Sound that row k has heard. */
double row_end_s(int k);

/** The table. */
typedef struct score {
    int songs;
    size_t labels;
    metrics all[TARGETS], song_means[TARGETS];           /**< over all labels; over the songs' means of these */
    metrics whole[TARGETS];                              /**< mean of all answers of a song beside its mean label */
    metrics mean_all[TARGETS], mean_song_means[TARGETS]; /**< of predicting the mean */
    double within_r[TARGETS];                            /**< mean over songs of Pearson's r inside the song */
    int within_songs[TARGETS];                           /**< songs whose labels change: those it is a mean over */
    metrics onset[ONSET_OFFSETS][TARGETS];               /**< answers after onset_offset_s beside the songs' mean labels */
} score;

/** @param mean  what "predicts the mean" predicts: the mean label of training; NaN: of these songs */
et_status score_of(score *out, const evaluation *j, const double mean[TARGETS], et_error *error);

#endif
