/** What `emotrack train` was asked for, and the parts of the command. */
#ifndef EMOTRACK_TOOLS_TRAIN_TRAIN_REQUEST_H
#define EMOTRACK_TOOLS_TRAIN_TRAIN_REQUEST_H

#include "recipe/pipeline.h"
#include "train/labelled_data.h"

enum { RECIPE_MUSIC, RECIPE_SEED, TARGETS_BOTH = 0, TARGETS_AROUSAL, TARGETS_VALENCE };

typedef struct train_request {
    data_options data;
    pipeline_options pipeline;
    option_list degradation;
    const char *output, *songs, *network, *family, *license, *card, *name, *plots;
    char ear[4224]; /* path of its weights, where its columns may be used */
    int recipe, projection, targets, attention, split, folds, repeats, schedule, loss, teacher, seed, device, scale,
        precision;
    double test, validation, clip, dropout;
    bool resume, absolute, ungrouped;
} train_request;

/** Divides the songs of every data set, by shares or by the file that was given. */
et_status train_divide(labelled_data *d, const train_request *r, et_error *error);

/** One model, written to r->output. @return an EXIT_ code */
int train_model(labelled_data *d, labelled_data *degraded, const train_request *r);

/** K folds by song, pooled: nothing is written. @return an EXIT_ code */
int train_folds(labelled_data *d, labelled_data *degraded, const train_request *r);

enum { DEGRADATIONS_MOST = 8 };

#endif
