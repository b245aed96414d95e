/** The networks of a model over one or many streams: each frame's part once, kept in a ring, and answers from windows of
 *  frames that lie a fixed time apart. Members of the ensemble are averaged.
 *
 *  Frames come on a regular grid of hops; a window's frames lie several grid points apart, so that windows are interleaved
 *  and share one ring. Where the past is missing, the earliest frame of the same window stands in its place; so an answer
 *  does not depend on how fine the grid is.
 *
 *  Frames and questions wait until ensemble_run, which does all streams' in as few calls of the networks as it can.
 *  Real-time safe after creation on the CPU. Different streams may take frames and questions in different threads at a time;
 *  ensemble_run must be alone. */
#ifndef EMOTRACK_MODEL_ENSEMBLE_H
#define EMOTRACK_MODEL_ENSEMBLE_H

#include "model/model_file.h"

typedef struct ensemble ensemble;

typedef struct ensemble_options {
    int stride;         /**< grid points from one frame of a window to the next */
    int streams;        /**< numbered from 0 */
    int ahead;          /**< most frames, and most questions, of a stream that wait for ensemble_run */
    const char *device; /**< "cpu", "cuda", or "auto": a GPU if there is one, and the CPU when it fails; NULL: "cpu" */
} ensemble_options;

/** @return ET_OK; ET_ERROR_ARGUMENT, _MEMORY; with "cuda" also what backend_load says */
et_status ensemble_create(ensemble **out, const et_model *model, const ensemble_options *options, et_error *error);
void ensemble_destroy(ensemble *e);

/** The stream begins anew; what waits is forgotten. */
void ensemble_reset(ensemble *e, int stream);

/** The next frame of the grid. At most `ahead` wait. @param row  what the memory gives */
void ensemble_frame(ensemble *e, int stream, const float *row);

/** Asks for the answer of the window that ends with the newest frame. ensemble_run writes it to the two places: NaN for a
 *  dimension that the model does not know. */
void ensemble_ask(ensemble *e, int stream, float *valence, float *arousal);

/** Frames, and questions, of the stream that wait. */
int ensemble_frames_waiting(const ensemble *e, int stream);
int ensemble_questions_waiting(const ensemble *e, int stream);

/** Does what waits. @return ET_OK; ET_ERROR_DEVICE or _MEMORY if a GPU failed and "auto" was not asked for: the answers are
 *  NaN, and so will be the next */
et_status ensemble_run(ensemble *e, et_error *error);

/** Does not do what waits: NaN for every question. */
void ensemble_give_up(ensemble *e);

/** Whether a GPU answers now. */
bool ensemble_on_device(const ensemble *e);

#endif
