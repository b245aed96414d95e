/** What `emotrack train` was asked for, and the parts of the command. */
#ifndef EMOTRACK_TOOLS_TRAIN_TRAIN_REQUEST_H
#define EMOTRACK_TOOLS_TRAIN_TRAIN_REQUEST_H

#include "recipe/pipeline.h"
#include "train/labelled_data.h"

typedef struct train_request {
    data_options data;
    pipeline_options pipeline;
    option_list degradation;
    const char *output, *songs, *errors, *license, *card, *name, *config;
    char ear[4224];   /**< path of its weights, where its columns may be used */
    json_t *settings; /**< all of them, as MODEL.config.json has them */
    int folds, repeats, device;
    double test, validation;
    bool resume, ungrouped;
} train_request;

/** Reads the command line and a file of settings that it names. Frees what train_request_free frees only on OPTIONS_GO.
 *  @return OPTIONS_GO or an EXIT_ code after a message */
int train_request_read(train_request *r, int argc, char **argv);
void train_request_free(train_request *r);

/** Divides the songs of every data set, by shares or by the file that was given. */
et_status train_divide(labelled_data *d, const train_request *r, et_error *error);

/** One model, written to r->output. @return an EXIT_ code */
int train_model(labelled_data *d, labelled_data *degraded, const train_request *r);

/** K folds by song, pooled: nothing is written. @return an EXIT_ code */
int train_folds(labelled_data *d, labelled_data *degraded, const train_request *r);

enum { DEGRADATIONS_MOST = 8 };

#endif
