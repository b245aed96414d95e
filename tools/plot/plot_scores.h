/** Pictures of an evaluation: answers against labels, songs' curves over their labels, both on the valence/arousal plane, and
 *  how the losses fell while training. SVG files in a folder that is made if it is not there. */
#ifndef EMOTRACK_TOOLS_PLOT_PLOT_SCORES_H
#define EMOTRACK_TOOLS_PLOT_PLOT_SCORES_H

#include "evaluate/evaluation.h"

/** Writes predicted.svg, plane.svg and, where labels have times, songs.svg (the first dozen songs) into `folder`.
 *  @param names  a name for each evaluated song
 *  @param note   stands on every page; NULL: nothing to say
 *  @return ET_OK; ET_ERROR_FILE, ET_ERROR_MEMORY */
et_status plot_evaluation(const char *folder, const evaluation *j, const char *const *names, const char *note,
                          et_error *error);

/** Writes learning.svg. @param log  rows of MODEL.log.csv without their header */
et_status plot_learning(const char *folder, const char *log, const char *note, et_error *error);

#endif
