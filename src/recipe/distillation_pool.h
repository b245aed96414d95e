/** The points that a network is taught with, drawn once, projected and answered by the teacher (distillation.h). */
#ifndef EMOTRACK_RECIPE_DISTILLATION_POOL_H
#define EMOTRACK_RECIPE_DISTILLATION_POOL_H

#include "recipe/distillation.h"

typedef struct distillation_pool {
    int count;
    float *feature;            /**< count x F */
    double (*answer)[TARGETS]; /**< of the teacher, in the terms of scale 0 */
} distillation_pool;

/** @param more  points beyond options->pool
 *  @return ET_OK; ET_ERROR_MEMORY */
et_status distillation_pool_create(distillation_pool *out, const network *net, const teacher *t,
                                   const teaching_points *points, const training_set *songs,
                                   const distillation_options *options, int more, uint64_t seed, et_error *error);
void distillation_pool_free(distillation_pool *p);

#endif
