/** All that decides what a training run gives, but its data; and the two recipes that say what is usual. */
#ifndef EMOTRACK_RECIPE_RECIPE_H
#define EMOTRACK_RECIPE_RECIPE_H

#include "features/families.h"
#include "model/memory_constants.h"
#include "model/network.h"
#include "recipe/distillation.h"
#include "recipe/preprocessing.h"
#include "recipe/teacher.h"
#include "train/fit.h"

typedef enum projection_kind { PROJECTION_PCA = 0, PROJECTION_FOREST, PROJECTION_NONE } projection_kind;

/** Where a run's defaults come from: the bundled music model, or the reference research code. */
typedef enum recipe_kind { RECIPE_MUSIC = 0, RECIPE_SEED } recipe_kind;

/** What a network answers. */
typedef enum answered { ANSWERS_BOTH = 0, ANSWERS_AROUSAL, ANSWERS_VALENCE } answered;

/** All that decides what a run gives, but its data (settings.h describes each). */
typedef struct pipeline_options {
    recipe_kind recipe;
    network_config network; /**< columns, features and targets are found by the pipeline */
    unsigned families;      /**< WITH_...: whose columns may be used */
    projection_kind projection;
    int components; /**< 0: by variance */
    double variance;
    double forest_threshold; /**< columns of at least this importance for one of the targets stay: 0.0015 */
    scaling_kind scaling;
    float clip;        /**< of the scaled columns; 0: none */
    bool on_frames;    /**< scaling and forest are fitted on frames of songs (a sample), not on songs' means */
    bool scale_all;    /**< scaling, of columns and labels, has seen all songs, test songs too */
    bool scale_labels; /**< without a teacher labels become 0 .. 1, both targets alike; the model knows the way back */
    bool taught;
    teacher_options teacher;
    distillation_options distillation;
    answered targets;
    double label_offset_s;
    bool split_frames; /**< without a teacher: windows at random 60 / 20 / 20, whatever song they are of */
    fit_options fit;
    int batch, members;
    memory_constants memory;
    int pitch_lag_frames;
    uint64_t seed;
} pipeline_options;

/** A recipe for a network of that name. @return false if there is no such network */
bool pipeline_defaults(pipeline_options *o, recipe_kind recipe, const char *network);

#endif
