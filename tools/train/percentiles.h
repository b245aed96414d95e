/** The table by which `live --range percentile` tells where an answer stands among those that the model gives for the songs it
 *  knows: one number a song, the mean answer over its second half, when the memory has filled. */
#ifndef EMOTRACK_TOOLS_TRAIN_PERCENTILES_H
#define EMOTRACK_TOOLS_TRAIN_PERCENTILES_H

#include "model/model_file.h"
#include "train/labelled_data.h"

/** Songs without which there is no table. */
enum { PERCENTILES_SONGS = 20 };

/** Gives a model its metadata `percentiles`, {"valence": [101 numbers, the lowest first], "arousal": [...]}, over the training
 *  songs that have sound; none where they are too few.
 *  @return ET_OK; ET_ERROR_MEMORY */
et_status percentiles_give(struct et_model *model, const labelled_data *d, et_error *error);

#endif
