/** The whole course of training: from labelled songs to a model.
 *
 *    levels of all training songs -> columns, scaling -> projection
 *      -> teacher (kernel ridge over songs, their openings, and them as degraded sound)
 *      -> a pool of points that it answers -> windows -> each network of the ensemble -> model
 *
 *  Without a teacher the networks learn from windows of the songs themselves. Nothing but PART_TRAIN is fitted to anything. */
#ifndef EMOTRACK_RECIPE_PIPELINE_H
#define EMOTRACK_RECIPE_PIPELINE_H

#include "evaluate/evaluation.h"
#include "recipe/distillation.h"
#include "recipe/label_windows.h"
#include "recipe/preprocessing.h"
#include "recipe/teacher.h"

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
    front_scaling scaling;
    float clip;        /**< of the scaled columns; 0: none */
    bool on_frames;    /**< scaling and forest are fitted on frames of songs (a sample), not on songs' means */
    bool scale_all;    /**< scaling, of columns and labels, has seen all songs, those that judge too */
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

/** Frames for the scaling, and labelled frames for the forest: of more, every s-th is taken, so that it takes seconds. */
enum { SCALING_FRAMES_MOST = 20000, FOREST_FRAMES_MOST = 1000 };

/** A recipe for a network of that name. @return false if there is no such network */
bool pipeline_defaults(pipeline_options *o, recipe_kind recipe, const char *network);

typedef struct pipeline_hooks {
    fit_hooks fit;
    void (*tell)(void *user, const char *line); /**< a line for each stage; NULL allowed */
    void *user;
} pipeline_hooks;

/** What came out beside the model. */
typedef struct pipeline_result {
    struct et_model *model;
    teacher *teacher;           /**< NULL where not taught */
    network *front;             /**< scales rows for the teacher; belongs to this result */
    double mean_label[TARGETS]; /**< of the training songs of scale 0: what "predicts the mean" predicts */
    int training_set;           /**< songs it was taught with */
    double agreement[TARGETS];  /**< share of the teacher's variance that the first network explains */
    bool interrupted;           /**< stopped early: the model holds the best so far */
} pipeline_result;

/** @param datasets  scale 0 first: its terms are the answer's
 *  @param degraded  NULL, or data sets of the same songs from degraded sound (same ids as in one of the data sets)
 *  @param checkpoint_path  NULL: nothing is kept. It stays until the caller has the model in a file (checkpoint_remove)
 *  @param resume    take up what stands there, if something does
 *  @return ET_OK (also when interrupted after at least one epoch: the model is the best so far); else as the parts say */
et_status pipeline_run(pipeline_result *out, const dataset *datasets, int count, const dataset *degraded, int degraded_count,
                       const pipeline_options *options, const char *checkpoint_path, bool resume,
                       const pipeline_hooks *hooks, et_error *error);
void pipeline_result_free(pipeline_result *r);

/** The teacher alone, as pipeline_run would have it: there is no model. */
et_status pipeline_teach(pipeline_result *out, const dataset *datasets, int count, const dataset *degraded,
                         int degraded_count, const pipeline_options *options, const pipeline_hooks *hooks, et_error *error);

/** Digest of everything that decides what training will give: options, ids, parts, labels and rows. */
uint64_t pipeline_digest(const dataset *datasets, int count, const dataset *degraded, int degraded_count,
                         const pipeline_options *options);

#endif
