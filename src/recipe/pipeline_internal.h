/** The stages of a pipeline, for the files that share them. */
#ifndef EMOTRACK_RECIPE_PIPELINE_INTERNAL_H
#define EMOTRACK_RECIPE_PIPELINE_INTERNAL_H

#include "recipe/label_windows.h"
#include "recipe/pipeline.h"

/** Frames for the scaling, and labelled frames for the forest: of more, every s-th is taken, so that it takes seconds. */
enum { SCALING_FRAMES_MOST = 20000, FOREST_FRAMES_MOST = 1000 };

/** What stands between the stages. */
typedef struct pipeline {
    const pipeline_options *options;
    const dataset *datasets;
    int count;
    const pipeline_hooks *hooks;
    training_set training_set;
    float *rows;                     /**< levels of the songs that teach */
    double label_least, label_range; /**< of labels over time, where they are scaled; range 0: they are not */
    teaching_points points;
    int chosen[ROW_COLUMNS], columns;
    network_config config;
    pipeline_result *out;
} pipeline;

/** Valence where it answers both. */
int pipeline_first_target(const pipeline *c);

/** How windows of labels are taken. */
window_options pipeline_windows(const pipeline *c);

/** A line of progress. */
void pipeline_tell(const pipeline *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Columns and scaling: fills the training set, its rows, chosen columns, out->preprocessing and out->mean_label.
 *  @return as the parts say */
et_status pipeline_prepare(pipeline *c, et_error *error);

#endif
