/** What the teacher alone answers for labelled songs, to be held against their labels (evaluate/evaluation.h). */
#ifndef EMOTRACK_RECIPE_TEACHER_ANSWERS_H
#define EMOTRACK_RECIPE_TEACHER_ANSWERS_H

#include "model/network.h"
#include "recipe/residual.h"
#include "recipe/teacher.h"

/** Answers for the mean of the rows since the song's start. @param front  scales rows for the teacher
 *  @param more  the residual's teacher, whose answers are added in the terms of scale 0; NULL: none */
et_status teacher_answers(const teacher *t, const residual *more, const network *front, int scale, const song *s,
                          double (**answer)[TARGETS], et_error *error);

#endif
