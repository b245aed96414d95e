/** The networks of a model over one stream: each frame's part once, kept in a ring, and answers from windows of frames that
 * lie a fixed time apart. Members of the ensemble are averaged.
 *
 *  Frames come on a regular grid of hops; a window's frames lie several grid points apart, so that windows are interleaved
 * and share one ring. Where the past is missing, the earliest frame of the same window stands in its place; so an answer
 * does not depend on how fine the grid is. Real-time safe after creation. */
#ifndef EMOTRACK_MODEL_ENSEMBLE_H
#define EMOTRACK_MODEL_ENSEMBLE_H

#include "model/model_file.h"

typedef struct ensemble ensemble;

/** @param stride  grid points from one frame of a window to the next */
et_status ensemble_create(ensemble **out, const et_model *model, int stride, et_error *error);
void ensemble_destroy(ensemble *e);
void ensemble_reset(ensemble *e);

/** The next frame of the grid. @param row  what the memory gives */
void ensemble_frame(ensemble *e, const float *row);

/** The answer of the window that ends with the newest frame. NaN for a dimension that the model does not know. */
void ensemble_answer(ensemble *e, float *valence, float *arousal);

#endif
