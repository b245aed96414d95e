/** The stages of a course, for the files that share them. */
#ifndef EMOTRACK_RECIPE_PIPELINE_INTERNAL_H
#define EMOTRACK_RECIPE_PIPELINE_INTERNAL_H

#include "recipe/pipeline.h"

/** What stands between the stages. */
typedef struct pipeline {
    const pipeline_options *options;
    const dataset *datasets;
    int count;
    const pipeline_hooks *hooks;
    training_set training_set;
    float *rows;                     /**< mean rows of the lessons */
    double label_least, label_range; /**< of labels over time, where they are scaled; range 0: they are not */
    int chosen[2 * FUNCTIONAL_COUNT], columns;
    network_config config;
    pipeline_result *out;
} pipeline;

/** A line of progress. */
void pipeline_tell(const pipeline *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Columns and scaling: fills lessons, rows, chosen columns, out->front and out->mean_label.
 *  @return as the parts say */
et_status pipeline_prepare(pipeline *c, et_error *error);

/** What examples are made of besides songs' means; the arrays belong to this struct. */
typedef struct pipeline_inputs {
    distillation_inputs inputs;
    time_points time_points;
    float *shifts, *onsets;
} pipeline_inputs;

/** After the model is built and the level's teacher taught: shifts of damaged sound, openings, moments and, from these, the
 *  residual's teacher (out->residual), each with its line of progress. Free it whatever comes back. */
et_status pipeline_gather(pipeline_inputs *out, pipeline *c, const dataset *degraded, int degraded_count, et_error *error);
void pipeline_inputs_free(pipeline_inputs *m);

#endif
