/** The table of metrics that `train` and `evaluate` print, as text, JSON and CSV. */
#ifndef EMOTRACK_TOOLS_TRAIN_SCORE_TABLE_H
#define EMOTRACK_TOOLS_TRAIN_SCORE_TABLE_H

#include <jansson.h>
#include <stdio.h>

#include "evaluate/evaluation.h"

/** Rows for each target over all labels and over the songs' means, beside the rows "predicts the mean"; the mean of all
 *  answers of a song beside its mean label; then the mean of Pearson's r within songs, and the songs' level as it was answered
 *  after the first seconds.
 *  @param title  a line above; NULL: none
 *  @param note   what no reader of a single line may miss (how training and evaluated songs overlap), at the end of every line;
 *                NULL: nothing to say */
void score_print(FILE *stream, const char *title, const score *s, const char *note);

/** {"arousal": {"rmse", "mae", "r", "r2", "nse", "ccc", "song_mean": {...}, "song_answer": {...}, "mean_predictor": {...},
 *  "within_song_r", "onsets": [{"after_s", "rmse", ...}]}, "valence": {...}} */
json_t *score_json(const score *s);

/** A header line, then rows target,over,predictor,n,rmse,mae,r,r2,nse,ccc; over: labels, songs, whole, within, after_1s ...
 *  What does not apply is nan.
 *  With a note the last column holds it. */
void score_csv(FILE *stream, const score *s, const char *note);

/** A comma and a number; nothing behind the comma where it is not defined. */
void score_csv_number(FILE *stream, double x);

#endif
