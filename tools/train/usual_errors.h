/** The table of usual errors that a model file keeps: root mean square errors of answers that have heard 1, 2, 3, 5, 10 and
 *  20 s of a song, against the song's mean label, over songs that were not trained on.
 *
 *  A model that ships is trained on all songs and has none left out: its table comes from folds of the same data and
 *  settings, which write it to a file (`--folds K --errors FILE`), and training puts what stands there into the model
 *  (`--errors FILE`). Without such a file it comes from the model's own validation and test songs, if there are enough. */
#ifndef EMOTRACK_TOOLS_TRAIN_USUAL_ERRORS_H
#define EMOTRACK_TOOLS_TRAIN_USUAL_ERRORS_H

#include "evaluate/evaluation.h"

/** Sums over songs; begins as zero. */
typedef struct usual_errors {
    double square[ONSET_OFFSETS][TARGETS];
    size_t songs[ONSET_OFFSETS][TARGETS];
} usual_errors;

/** Songs after which a time's error is known. */
enum { USUAL_ERRORS_SONGS = 20 };

/** Adds the songs of a table of scores, rated as the model answers. */
void usual_errors_add(usual_errors *u, const score *s);

/** Gives a model its table, if enough songs are known. Of a time that too few songs reach that of the time before. */
void usual_errors_give(const usual_errors *u, struct et_model *model);

/** A CSV: context_s,songs,valence_error,arousal_error.
 *  @return ET_OK; ET_ERROR_FILE; writing: ET_ERROR_ARGUMENT (nothing is known); reading: ET_ERROR_FORMAT (another table) */
et_status usual_errors_write(const usual_errors *u, const char *path, et_error *error);
et_status usual_errors_read(usual_errors *u, const char *path, et_error *error);

#endif
