/** What the teacher alone answers for labelled songs, to be held against their labels (evaluate/evaluation.h). */
#ifndef EMOTRACK_RECIPE_TEACHER_ANSWERS_H
#define EMOTRACK_RECIPE_TEACHER_ANSWERS_H

#include "model/network.h"
#include "recipe/teacher.h"

/** At every row of a song, for what a memory that began with it holds.
 *  @param net  scales rows for the teacher   @param answer  receives malloc'ed rows x 2 */
et_status teacher_answers(const teacher *t, const network *net, int scale, const song *s, double (**answer)[TARGETS],
                          et_error *error);

#endif
