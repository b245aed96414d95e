#include "train/cpu_trainer.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "train/loss.h"
#include "train/optimiser.h"

struct backend_trainer {
    network *net;
    step_rule rule;
    network_trainer *trainer;
    optimiser optimiser;
    float *answer, *d_answer, *gradients;
    size_t answers; /* of the last step */
    step_result result[STEP_RESULTS_MOST];
    int results;
};

static void trainer_destroy(backend_trainer *t)
{
    if (!t) return;
    network_trainer_destroy(t->trainer);
    optimiser_destroy(&t->optimiser);
    free(t->answer), free(t->d_answer), free(t->gradients);
    free(t);
}

static et_status prepare(backend_trainer *t, const backend_training *training, et_error *error)
{
    size_t count = network_parameter_count(t->net);
    size_t answers = (size_t)training->most_windows * (size_t)network_configuration(t->net)->targets;
    et_status status =
        network_trainer_create(&t->trainer, t->net, training->most_frames, training->most_windows, training->threads, error);
    if (status == ET_OK) status = optimiser_create(&t->optimiser, &t->rule.optimiser, count, error);
    if (status != ET_OK) return status;
    t->answer = calloc(answers, sizeof *t->answer), t->d_answer = calloc(answers, sizeof *t->d_answer);
    t->gradients = calloc(count, sizeof *t->gradients);
    if (t->answer && t->d_answer && t->gradients) return ET_OK;
    return error_set(error, ET_ERROR_MEMORY, "no memory to train %zu parameters", count);
}

static et_status trainer_create(backend_trainer **out, network *net, const backend_training *training, et_error *error)
{
    *out = NULL;
    if (training->rule.precision != PRECISION_FLOAT32)
        return error_set(error, ET_ERROR_UNSUPPORTED,
                         "the CPU trains in float32 alone: take --precision float32, or a GPU "
                         "with --device cuda");
    backend_trainer *t = calloc(1, sizeof *t);
    if (!t) return error_set(error, ET_ERROR_MEMORY, "no memory to train");
    t->net = net, t->rule = training->rule;
    et_status status = prepare(t, training, error);
    if (status == ET_OK)
        *out = t;
    else
        trainer_destroy(t);
    return status;
}

static et_status trainer_write(backend_trainer *t, const float *m, const float *v, int64_t steps, et_error *error)
{
    (void)error;
    size_t bytes = network_parameter_count(t->net) * sizeof *m;
    memcpy(t->optimiser.m, m, bytes);
    memcpy(t->optimiser.v, v, bytes);
    t->optimiser.steps = steps;
    network_refresh(t->net);
    return ET_OK;
}

static et_status trainer_step(backend_trainer *t, const network_batch *batch, const float *label, double rate,
                              et_error *error)
{
    if (t->results == STEP_RESULTS_MOST)
        return error_set(error, ET_ERROR_ARGUMENT, "training: results must be asked for in time");
    int targets = network_configuration(t->net)->targets;
    step_result *result = &t->result[t->results++];
    t->answers = (size_t)batch->windows * (size_t)targets;
    network_trainer_forward(t->trainer, batch, t->answer);
    result->loss = loss_of(t->rule.loss, t->answer, label, batch->windows, targets, t->d_answer);
    network_trainer_backward(t->trainer, t->d_answer, t->gradients);
    result->norm = optimiser_step(&t->optimiser, t->net, t->gradients, rate);
    network_refresh(t->net);
    return ET_OK;
}

static et_status trainer_results(backend_trainer *t, step_result *out, int *count, et_error *error)
{
    (void)error;
    memcpy(out, t->result, (size_t)t->results * sizeof *out);
    *count = t->results;
    t->results = 0;
    return ET_OK;
}

static et_status trainer_read(backend_trainer *t, const backend_state *out, et_error *error)
{
    (void)error;
    size_t bytes = network_parameter_count(t->net) * sizeof(float);
    if (out->m) memcpy(out->m, t->optimiser.m, bytes);
    if (out->v) memcpy(out->v, t->optimiser.v, bytes);
    if (out->gradients) memcpy(out->gradients, t->gradients, bytes);
    if (out->answers) memcpy(out->answers, t->answer, t->answers * sizeof *t->answer);
    return ET_OK;
}

const trainer_backend cpu_trainers = {trainer_create, trainer_destroy, trainer_write,
                                      trainer_step,   trainer_results, trainer_read};
