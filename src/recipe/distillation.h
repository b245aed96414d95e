/** What the network learns: windows that end in a point, answered by the teacher for that very point (a small network learns it
 *  to the last per cent; after Hinton, Vinyals, Dean 2015, "Distilling the knowledge in a neural network", and Zhang et al.
 *  2018, "mixup").
 *
 *  A pool of points is drawn once and answered: two draws mixed with a weight from Beta(mix, mix), noise of a size drawn up to
 *  `noise` deviations, clipped. A draw is one of the teacher's own points (songs, their first seconds, degraded songs) or what a memory
 *  holds of some song at some time, half of them begun within the song. A window: K frames that drift by a little and end in
 *  the point; in a share of the windows the frames before a random place belong to another point (the music changed); in a
 *  share nothing has come before (the earliest frame is repeated); in a share the drift is strong, as in the first seconds of
 *  a memory. Frames are features, behind the projection: noise there is noise of the columns, turned.
 *
 *  The label is in the terms of scale 0, within (-1, 1). */
#ifndef EMOTRACK_RECIPE_DISTILLATION_H
#define EMOTRACK_RECIPE_DISTILLATION_H

#include "recipe/teaching_points.h"
#include "train/fit.h"

typedef struct distillation_options {
    double mix;          /**< 0.5 */
    double noise;        /**< 0.3 deviations */
    double drift;        /**< 0.15 deviations a column over the window */
    double change_share; /**< 0.3 */
    double still_share;  /**< 0.15 */
    double onset_share;  /**< 0.2: strong drift; 0: neither it nor first seconds in the teacher */
    double memory_share; /**< 0.5 of the draws: a memory at some time */
    int pool;            /**< points: 60,000 */
    float clip;          /**< of scaled columns; in a pipeline what its scaling has */
} distillation_options;

extern const distillation_options distillation_defaults;

typedef struct distillation distillation;

/** @param net      its preprocessing is fitted: scaling and projection are read; must outlive it
 *  @param windows  in one batch   @param first_target  TARGET_VALENCE, or TARGET_AROUSAL alone
 *  @return ET_OK; ET_ERROR_MEMORY */
et_status distillation_create(distillation **out, const network *net, const teacher *t, const teaching_points *points,
                              const training_set *songs, int windows, int first_target, const distillation_options *options,
                              uint64_t seed, et_error *error);
void distillation_destroy(distillation *e);

/** As training takes them; validation is the half mean squared error on windows of points that are never trained on. */
fit_source distillation_source(distillation *e);

/** Share of the teacher's variance that the network explains on the validation windows (NSE), for each target. */
et_status distillation_agreement(distillation *e, const network *net, double out[TARGETS], et_error *error);

#endif
