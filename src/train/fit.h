/** Training of one network: steps over batches from a source, a checkpoint and a line of progress each epoch.
 *
 *  Every step draws from streams that hang on (seed, step) alone, so that a run that is killed and resumed, with any number
 *  of threads, ends in the same bytes as one that was never disturbed. */
#ifndef EMOTRACK_TRAIN_FIT_H
#define EMOTRACK_TRAIN_FIT_H

#include "model/network.h"
#include "model/step_rule.h"
#include "train/checkpoint.h"
#include "train/schedule.h"

typedef struct fit_options {
    int epochs;
    loss_kind loss;
    schedule_kind schedule;
    double rate;
    optimiser_options optimiser;
    int validations; /**< in an epoch, evenly spread; 0 and 1: at its end. The best of them all is kept */
    int patience;    /**< epochs without a better validation after which it stops; 0: all epochs, the last one counts */
    int threads;
    const char *device;       /**< "cpu" or NULL, "cuda", "auto" (model/backend.h); on a GPU the bytes are not the CPU's */
    precision_kind precision; /**< of products on a GPU */
} fit_options;

/** Where batches come from. */
typedef struct fit_source {
    void *self;
    int steps_an_epoch, most_frames, most_windows;
    const float
        *rows; /**< all rows that batches choose from, row_count x F: a GPU takes them once. NULL: each batch has its own */
    size_t row_count;
    /** Fills batch number `step` (from 0). The arrays belong to the source and live until the next call.
     *  @param label  receives windows x targets */
    void (*batch)(void *self, int64_t step, network_batch *batch, float *label);
    /** Loss on what is never trained on; lower is better. NaN: nothing to validate on. */
    double (*validate)(void *self, const network *net);
} fit_source;

typedef struct fit_epoch {
    int member, epoch, epochs;                             /**< from 1 */
    double loss, validation, rate, gradient_norm, seconds; /**< validation: the lowest of the epoch */
    const char *log; /**< rows of all epochs so far, also of a run that was resumed: FIT_LOG_HEADER, a line each */
} fit_epoch;

#define FIT_LOG_HEADER "network,epoch,loss,validation,rate,gradient_norm,seconds\n"

typedef struct fit_hooks {
    void (*epoch)(void *user, const fit_epoch *e); /**< NULL allowed */
    bool (*stop)(void *user);                      /**< asked at every step; NULL allowed */
    void *user;
} fit_hooks;

/** @param net   initialised, preprocessing fitted; trained in place
 *  @param seed  of the run: dropout draws from it
 *  @param c    where the state is kept and, if it holds some, resumed from
 *  @return ET_OK; ET_ERROR_INTERRUPTED (the network holds the best parameters so far), ET_ERROR_FILE (checkpoint cannot be
 *          written: disk full ...; the one before stays), ET_ERROR_FORMAT (loss is no longer a number), ET_ERROR_MEMORY,
 *          and backend.h's of a GPU */
et_status fit_network(network *net, const fit_source *source, const fit_options *options, uint64_t seed, checkpoint *c,
                      const fit_hooks *hooks, et_error *error);

#endif
