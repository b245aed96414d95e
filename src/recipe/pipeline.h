/** The whole of training: from labelled songs to a model.
 *
 *    levels of all training songs -> columns, scaling -> projection
 *      -> teacher (kernel ridge over songs, their first seconds, and them as degraded sound)
 *      -> a pool of points that it answers -> windows -> each network of the ensemble -> model
 *
 *  Without a teacher the networks learn from windows of the songs themselves. Nothing but PART_TRAIN is fitted to anything. */
#ifndef EMOTRACK_RECIPE_PIPELINE_H
#define EMOTRACK_RECIPE_PIPELINE_H

#include "evaluate/evaluation.h"
#include "recipe/recipe.h"
#include "recipe/training_set.h"

typedef struct pipeline_hooks {
    fit_hooks fit;
    void (*tell)(void *user, const char *line); /**< a line for each stage; NULL allowed */
    void *user;
} pipeline_hooks;

/** What came out beside the model. */
typedef struct pipeline_result {
    struct et_model *model;
    teacher *teacher;           /**< NULL where not taught */
    network *preprocessing;     /**< scales rows for the teacher; belongs to this result */
    double mean_label[TARGETS]; /**< of the training songs of scale 0: what "predicts the mean" predicts */
    int songs;                  /**< songs it was taught with */
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

#endif
