/** The table of metrics that `train` and `evaluate` print, as text, JSON and CSV. */
#ifndef EMOTRACK_TOOLS_SCORE_TABLE_H
#define EMOTRACK_TOOLS_SCORE_TABLE_H

#include <jansson.h>
#include <stdio.h>

#include "train/judge.h"

/** Rows for each target over all labels and over the songs' means, beside the rows "predicts the mean".
 *  @param title  a line above; NULL: none */
void score_print(FILE *stream, const char *title, const score *s);

/** {"arousal": {"rmse", "mae", "r", "r2", "nse", "ccc", "song_mean": {...}, "mean_predictor": {...}}, "valence": {...}} */
json_t *score_json(const score *s);

/** A header line, then rows target,over,predictor,n,rmse,mae,r,r2,nse,ccc */
void score_csv(FILE *stream, const score *s);

#endif
