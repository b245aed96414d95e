/** Steps of training where there is something to do them: on the CPU (network_trainer, loss, optimiser) or on a GPU
 *  (backend.h). On a GPU parameters and moments live there; they come back when they are asked for. */
#ifndef EMOTRACK_TRAIN_DEVICE_TRAINER_H
#define EMOTRACK_TRAIN_DEVICE_TRAINER_H

#include "model/backend.h"

typedef struct device_trainer device_trainer;

typedef struct trainer_setting {
    backend_training work; /**< rule, sizes of batches, rows of the data set: as a GPU's trainer takes them */
    int threads;           /**< of the CPU */
    const char *device;    /**< "cpu" or NULL; "cuda"; "auto": a GPU if there is one */
} trainer_setting;

/** @param net  must outlive it
 *  @return as network_trainer_create; with "cuda" also what backend_load says; ET_ERROR_UNSUPPORTED for a precision that the
 *          device does not have ("auto" without a GPU trains in float32) */
et_status device_trainer_create(device_trainer **out, network *net, const trainer_setting *setting, et_error *error);
void device_trainer_destroy(device_trainer *t);

/** Takes the network's parameters, and moments after `steps` steps. Needed before the first step. */
et_status device_trainer_write(device_trainer *t, const float *m, const float *v, int64_t steps, et_error *error);

/** A step; on a GPU it is only queued, and the next batch can be made meanwhile. After at most STEP_RESULTS_MOST steps the
 *  results must be asked for. @param label  windows x R */
et_status device_trainer_step(device_trainer *t, const network_batch *batch, const float *label, double rate,
                              et_error *error);

/** Waits for all steps. @param out  STEP_RESULTS_MOST entries: of each step since the last call, `*count` of them */
et_status device_trainer_results(device_trainer *t, step_result *out, int *count, et_error *error);

/** Brings the network's parameters up to date (network_refresh included) and gives the moments. After a failure all three
 *  are undefined. */
et_status device_trainer_read(device_trainer *t, float *m, float *v, et_error *error);

/** After a failure of a GPU: with "auto" the CPU does the rest. What was on the GPU is lost: the caller writes a state that
 *  it kept and repeats the steps since.
 *  @return whether the CPU has taken over; else the failure stands (no GPU was at work, "cuda", no memory on the CPU) */
bool device_trainer_take_over(device_trainer *t);

#endif
