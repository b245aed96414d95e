/** The stages of a course, for the files that share them. */
#ifndef EMOTRACK_TRAIN_COURSE_PARTS_H
#define EMOTRACK_TRAIN_COURSE_PARTS_H

#include "train/course.h"

/** What stands between the stages. */
typedef struct course {
    const course_options *options;
    const school_class *classes;
    int count;
    const course_hooks *hooks;
    lessons lessons;
    float *rows;                     /**< mean rows of the lessons */
    double label_least, label_range; /**< of labels over time, where they are scaled; range 0: they are not */
    int chosen[2 * FUNCTIONAL_COUNT], columns;
    network_config config;
    course_result *out;
} course;

/** A line of progress. */
void course_tell(const course *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Columns and scaling: fills lessons, rows, chosen columns, out->front and out->mean_label.
 *  @return as the parts say */
et_status course_prepare(course *c, et_error *error);

/** What examples are made of besides songs' means; the arrays belong to this struct. */
typedef struct course_matter {
    example_matter matter;
    moments moments;
    float *shifts, *openings;
} course_matter;

/** After the model is built and the level's teacher taught: shifts of damaged sound, openings, moments and, from these, the
 *  residual's teacher (out->residual), each with its line of progress. Free it whatever comes back. */
et_status course_gather(course_matter *out, course *c, const school_class *damaged, int damaged_count, et_error *error);
void course_matter_free(course_matter *m);

#endif
