/** The state of a training run in one file, written atomically each epoch: networks of the ensemble that are done, and the
 *  parameters, optimiser and best parameters of the one in work.
 *
 *  A file of another run (other data, options or program version: its digest differs), of another size or with a broken
 *  checksum is refused. Native byte order: it goes on where it began. */
#ifndef EMOTRACK_TRAIN_CHECKPOINT_H
#define EMOTRACK_TRAIN_CHECKPOINT_H

#include "emotrack.h"

typedef struct checkpoint {
    char *path;      /**< NULL: nothing is kept */
    uint64_t digest; /**< of everything that decides the run's outcome */
    size_t count;    /**< parameters of one network */
    int members;     /**< most networks of the ensemble */
    int member;      /**< number of networks that are done */
    float *done;     /**< member x count */
    int epoch;       /**< epochs done; 0: nothing to take up */
    int64_t steps;
    double best; /**< best validation, and the epoch it came from */
    int best_epoch;
    float *parameters, *m, *v, *best_parameters; /**< count each, of the network in work */
    char *log;                                   /**< rows of the log so far, with line ends */
} checkpoint;

/** @param path  copied   @param members  most networks of the ensemble */
et_status checkpoint_create(checkpoint *c, const char *path, uint64_t digest, size_t count, int members, et_error *error);
void checkpoint_free(checkpoint *c);

/** Takes the file's state. @return ET_OK; ET_ERROR_FILE (not there), ET_ERROR_FORMAT (another run's, or damaged), _MEMORY */
et_status checkpoint_load(checkpoint *c, et_error *error);

/** The same from memory (the fuzz target). @param name  for messages */
et_status checkpoint_parse(checkpoint *c, const unsigned char *bytes, size_t size, const char *name, et_error *error);

/** @return ET_OK (also without a path); ET_ERROR_FILE with the system's reason: what stood there stays */
et_status checkpoint_save(const checkpoint *c, et_error *error);

/** The network in work is done: its parameters join the others, the next begins. */
void checkpoint_member_done(checkpoint *c, const float *parameters);

/** Adds a row to the log. @return false without memory */
bool checkpoint_log(checkpoint *c, const char *row);

/** Removes the file: the model is written. */
void checkpoint_remove(const char *path);

#endif
