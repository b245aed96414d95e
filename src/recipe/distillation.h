/** As many examples as one likes: windows around mixtures of known songs, answered by the teacher (a small network learns it
 *  to the last per cent; after Hinton, Vinyals, Dean 2015, "Distilling the knowledge in a neural network", and Zhang et al.
 *  2018, "mixup").
 *
 *  A point: two songs of any data set mixed with a weight from Beta(mix, mix), noise of a size drawn up to `noise`
 * deviations, with some probability shifted as damaged sound shifts a song, clipped. In a share of the draws a song is met
 * at one of its moments instead of its mean. A window: K frames that drift by a little and end in the point; in a share of
 * the windows the frames before a random place belong to another point (the music changed); in a share nothing has come
 * before (the earliest frame is repeated). In a share of the windows the memory has just begun: its frames are the point as
 * the first 1 .. 5 s of some song show it, so that the network learns how far so little sound is to be believed; a third of
 * them show 1 s. (Then no window repeats its earliest frame but these: only a memory that has just begun looks so.)
 *
 *  The label: the teacher's answer for the point before any shift (and the residual's, where there is one), in the terms of
 * scale 0, within (-1, 1). */
#ifndef EMOTRACK_RECIPE_DISTILLATION_H
#define EMOTRACK_RECIPE_DISTILLATION_H

#include "recipe/residual.h"
#include "recipe/time_points.h"
#include "train/fit.h"

typedef struct distillation_options {
    double mix;               /**< 0.5 */
    double noise;             /**< 0.4 deviations */
    double drift;             /**< 0.15 deviations a column over the window */
    double change_share;      /**< 0.3 */
    double still_share;       /**< 0.2 */
    double degradation_share; /**< 0.3 where shifts are given */
    double time_point_share;  /**< 0.5 where moments are given */
    double onset_share;       /**< 0.2 */
    float clip;               /**< 2 deviations */
} distillation_options;

extern const distillation_options distillation_defaults;

typedef struct distillation distillation;

/** What examples are made of. Everything must outlive them. */
typedef struct distillation_inputs {
    const network *net; /**< its front layers are fitted; scaling and projection are read */
    const teacher *teacher;
    const residual *residual; /**< NULL: the level alone */
    const training_set *training_set;
    const float *shifts; /**< shift_count x columns: damaged minus clean of some song */
    int shift_count;
    const time_points *time_points; /**< NULL: songs are met at their means only */
    const float *onsets;            /**< onset_count x OPENING_ROWS x columns (moments.h) */
    int onset_count;
} distillation_inputs;

/** @param windows  in one batch   @param first_target  TARGET_VALENCE, or TARGET_AROUSAL alone
 *  @return ET_OK; ET_ERROR_MEMORY */
et_status distillation_create(distillation **out, const distillation_inputs *inputs, int windows, int first_target,
                              const distillation_options *options, uint64_t seed, et_error *error);
void distillation_destroy(distillation *e);

/** As training takes them; validation is the half mean squared error on windows that are never trained on
 *  (none of them an opening: it says how well the teacher is known). */
fit_source distillation_source(distillation *e);

/** Share of the teacher's variance that the network explains on the validation windows (NSE), for each target. */
et_status distillation_agreement(distillation *e, const network *net, double out[TARGETS], et_error *error);

#endif
