#include "train/device_trainer.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "train/loss.h"
#include "train/optimiser.h"

/* The CPU's side. */
typedef struct cpu_side {
    network_trainer *trainer;
    optimiser optimiser;
    float *answer, *d_answer, *gradients;
    step_result result[STEP_RESULTS_MOST];
    int results;
} cpu_side;

struct device_trainer {
    network *net;
    trainer_setting setting;
    bool may_fall_back;
    const backend *device;
    backend_trainer *there; /* NULL: the CPU */
    cpu_side here;
};

static bool is(const char *device, const char *name)
{
    return strcmp(device ? device : "cpu", name) == 0;
}

/* ---- CPU ----------------------------------------------------------------------------------------------------------- */

static et_status create_here(device_trainer *t, et_error *error)
{
    cpu_side *c = &t->here;
    const backend_training *work = &t->setting.work;
    size_t count = network_parameter_count(t->net);
    size_t answers = (size_t)work->most_windows * (size_t)network_configuration(t->net)->targets;
    et_status status =
        network_trainer_create(&c->trainer, t->net, work->most_frames, work->most_windows, t->setting.threads, error);
    if (status == ET_OK) status = optimiser_create(&c->optimiser, &work->rule.optimiser, count, error);
    if (status != ET_OK) return status;
    c->answer = calloc(answers, sizeof *c->answer), c->d_answer = calloc(answers, sizeof *c->d_answer);
    c->gradients = calloc(count, sizeof *c->gradients);
    if (c->answer && c->d_answer && c->gradients) return ET_OK;
    return error_set(error, ET_ERROR_MEMORY, "no memory to train %zu parameters", count);
}

static void destroy_here(device_trainer *t)
{
    cpu_side *c = &t->here;
    network_trainer_destroy(c->trainer);
    optimiser_destroy(&c->optimiser);
    free(c->answer), free(c->d_answer), free(c->gradients);
    *c = (cpu_side){0};
}

static et_status step_here(device_trainer *t, const network_batch *batch, const float *label, double rate, et_error *error)
{
    cpu_side *c = &t->here;
    if (c->results == STEP_RESULTS_MOST)
        return error_set(error, ET_ERROR_ARGUMENT, "training: results must be asked for in time");
    step_result *result = &c->result[c->results++];
    network_trainer_forward(c->trainer, batch, c->answer);
    result->loss = loss_of(t->setting.work.rule.loss, c->answer, label, batch->windows,
                           network_configuration(t->net)->targets, c->d_answer);
    network_trainer_backward(c->trainer, c->d_answer, c->gradients);
    result->norm = optimiser_step(&c->optimiser, t->net, c->gradients, rate);
    network_refresh(t->net);
    return ET_OK;
}

/* ---- either -------------------------------------------------------------------------------------------------------- */

static et_status create_there(device_trainer *t, et_error *error)
{
    et_status status = backend_load(&t->device, error);
    return status == ET_OK ? t->device->trainer_create(&t->there, t->net, &t->setting.work, error) : status;
}

static void leave_device(device_trainer *t)
{
    if (t->there) t->device->trainer_destroy(t->there);
    t->there = NULL;
}

et_status device_trainer_create(device_trainer **out, network *net, const trainer_setting *setting, et_error *error)
{
    *out = NULL;
    bool never = is(setting->device, "cpu");
    if (never && setting->work.rule.precision != PRECISION_FLOAT32)
        return error_set(error, ET_ERROR_UNSUPPORTED,
                         "the CPU trains in float32 alone: take --precision float32, or a GPU "
                         "with --device cuda");
    device_trainer *t = calloc(1, sizeof *t);
    if (!t) return error_set(error, ET_ERROR_MEMORY, "no memory to train");
    *t = (device_trainer){.net = net, .setting = *setting, .may_fall_back = is(setting->device, "auto")};
    et_status status = never ? ET_OK : create_there(t, t->may_fall_back ? NULL : error);
    if (status != ET_OK && t->may_fall_back) {
        leave_device(t);
        status = ET_OK;
    }
    if (status == ET_OK && !t->there) status = create_here(t, error);
    if (status != ET_OK) {
        device_trainer_destroy(t);
        return status;
    }
    *out = t;
    return ET_OK;
}

void device_trainer_destroy(device_trainer *t)
{
    if (!t) return;
    leave_device(t);
    destroy_here(t);
    free(t);
}

bool device_trainer_take_over(device_trainer *t)
{
    if (!t->there || !t->may_fall_back || create_here(t, NULL) != ET_OK) return false;
    leave_device(t);
    return true;
}

et_status device_trainer_write(device_trainer *t, const float *m, const float *v, int64_t steps, et_error *error)
{
    if (t->there) return t->device->trainer_write(t->there, m, v, steps, error);
    size_t bytes = network_parameter_count(t->net) * sizeof *m;
    memcpy(t->here.optimiser.m, m, bytes);
    memcpy(t->here.optimiser.v, v, bytes);
    t->here.optimiser.steps = steps;
    network_refresh(t->net);
    return ET_OK;
}

et_status device_trainer_step(device_trainer *t, const network_batch *batch, const float *label, double rate,
                              et_error *error)
{
    return t->there ? t->device->trainer_step(t->there, batch, label, rate, error) : step_here(t, batch, label, rate, error);
}

et_status device_trainer_results(device_trainer *t, step_result *out, int *count, et_error *error)
{
    if (t->there) return t->device->trainer_results(t->there, out, count, error);
    memcpy(out, t->here.result, (size_t)t->here.results * sizeof *out);
    *count = t->here.results;
    t->here.results = 0;
    return ET_OK;
}

et_status device_trainer_read(device_trainer *t, float *m, float *v, et_error *error)
{
    if (t->there) {
        et_status status = t->device->trainer_read(t->there, &(backend_state){.m = m, .v = v}, error);
        network_refresh(t->net);
        return status;
    }
    size_t bytes = network_parameter_count(t->net) * sizeof *m;
    memcpy(m, t->here.optimiser.m, bytes);
    memcpy(v, t->here.optimiser.v, bytes);
    return ET_OK;
}
