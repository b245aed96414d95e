#include "train/fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/random.h"
#include "train/cpu_trainer.h"

typedef struct run {
    network *net;
    const fit_source *source;
    const fit_options *options;
    checkpoint *state;
    const fit_hooks *hooks;
    backend_training training;
    const trainer_backend *backend;
    backend_trainer *trainer;
    float *label, *m, *v; /* moments after the epoch: what is kept changes when all of it is there */
    step_result *result;  /* STEP_RESULTS_MOST */
    uint64_t seed;        /* of this member */
} run;

/** Where a GPU fails that may be done without, the CPU does the rest. What was there is lost: the caller writes what is kept.
 *  @return whether the CPU has taken over; else the failure stands */
static bool take_over(run *r)
{
    backend_trainer *trainer;
    if (r->backend == &cpu_trainers || !backend_may_fail(r->options->device)) return false;
    r->training.rule.precision = PRECISION_FLOAT32;
    if (cpu_trainers.create(&trainer, r->net, &r->training, NULL) != ET_OK) return false;
    r->backend->destroy(r->trainer);
    r->backend = &cpu_trainers, r->trainer = trainer;
    return true;
}

static et_status create_trainer(run *r, et_error *error)
{
    const backend *gpu;
    et_status status = backend_named(&gpu, r->options->device, error);
    if (status) return status;
    r->backend = gpu ? gpu->trainer : &cpu_trainers;
    if (!gpu && backend_may_fail(r->options->device)) r->training.rule.precision = PRECISION_FLOAT32;
    status = r->backend->create(&r->trainer, r->net, &r->training, error);
    return status && take_over(r) ? ET_OK : status;
}

static et_status run_open(run *r, et_error *error)
{
    const fit_source *source = r->source;
    const fit_options *o = r->options;
    size_t labels = (size_t)source->most_windows * (size_t)network_configuration(r->net)->targets, count = r->state->count;
    r->label = calloc(labels, sizeof *r->label), r->result = calloc(STEP_RESULTS_MOST, sizeof *r->result);
    r->m = calloc(count, sizeof *r->m), r->v = calloc(count, sizeof *r->v);
    if (!r->label || !r->result || !r->m || !r->v)
        return error_set(error, ET_ERROR_MEMORY, "no memory to train %zu parameters", count);
    r->training = (backend_training){.rule = {o->loss, o->optimiser, o->precision},
                                     .most_frames = source->most_frames,
                                     .most_windows = source->most_windows,
                                     .threads = o->threads,
                                     .rows = source->rows,
                                     .row_count = source->row_count};
    return create_trainer(r, error);
}

static void run_close(run *r)
{
    if (r->trainer) r->backend->destroy(r->trainer);
    free(r->label), free(r->result), free(r->m), free(r->v);
}

/** A fresh network is kept before its first step: an epoch can always begin again from what is kept. */
static void checkpoint_start(run *r)
{
    checkpoint *k = r->state;
    memcpy(k->parameters, network_parameters(r->net), k->count * sizeof(float));
    memset(k->m, 0, k->count * sizeof(float));
    memset(k->v, 0, k->count * sizeof(float));
    k->steps = 0;
}

/** Goes on from what is kept; on the CPU where a GPU fails that may be done without. */
static et_status resume(run *r, et_error *error)
{
    const checkpoint *k = r->state;
    memcpy(network_parameters(r->net), k->parameters, k->count * sizeof(float));
    et_status status = r->backend->write(r->trainer, k->m, k->v, k->steps, error);
    if (status && take_over(r)) status = r->backend->write(r->trainer, k->m, k->v, k->steps, error);
    return status;
}

/** Keeps the parameters if no validation was better. @param epoch  from 1 */
static void checkpoint_best(run *r, int epoch, double validation)
{
    checkpoint *k = r->state;
    bool best = r->options->patience == 0 || isnan(validation) || isnan(k->best) || validation < k->best;
    if (!best) return;
    k->best = validation, k->best_epoch = epoch;
    memcpy(k->best_parameters, network_parameters(r->net), k->count * sizeof(float));
}

/** Keeps the state at an epoch's end. */
static void checkpoint_epoch(run *r, int epoch)
{
    checkpoint *k = r->state;
    size_t bytes = k->count * sizeof(float);
    memcpy(k->parameters, network_parameters(r->net), bytes);
    memcpy(k->m, r->m, bytes);
    memcpy(k->v, r->v, bytes);
    k->epoch = epoch, k->steps += r->source->steps_an_epoch;
}

static bool asked_to_stop(const run *r)
{
    return r->hooks && r->hooks->stop && r->hooks->stop(r->hooks->user);
}

/** One batch, and a step on it. */
static et_status train_step(run *r, int64_t step, double rate, et_error *error)
{
    network_batch batch = {0};
    r->source->batch(r->source->self, step, &batch, r->label);
    random_numbers dropout = random_stream(r->seed, RANDOM_DROPOUT, (uint64_t)step);
    batch.seed = random_next(&dropout);
    return r->backend->step(r->trainer, &batch, r->label, rate, error);
}

/** Whether an epoch's step `i` ends one of the stretches after which it validates. */
static bool validates_after(const run *r, int i)
{
    int steps = r->source->steps_an_epoch, times = r->options->validations > 1 ? r->options->validations : 1;
    return (int64_t)(i + 1) * times / steps > (int64_t)i * times / steps;
}

static void validate(run *r, int epoch, fit_epoch *report)
{
    network_refresh(r->net);
    double loss = r->source->validate ? r->source->validate(r->source->self, r->net) : NAN;
    report->validation = isnan(report->validation) ? loss : fmin(report->validation, loss);
    checkpoint_best(r, epoch + 1, loss);
}

/** Adds the results of the steps since the last call. @param done  steps of the epoch whose results are known */
static et_status collect(run *r, int *done, fit_epoch *report, et_error *error)
{
    int count, steps = r->source->steps_an_epoch;
    et_status status = r->backend->results(r->trainer, r->result, &count, error);
    for (int i = 0; i < count && !status; i++) {
        const step_result *one = &r->result[i];
        ++*done;
        if (!isfinite(one->loss) || !isfinite(one->norm))
            status = error_set(error, ET_ERROR_FORMAT, "the loss is no longer a number (epoch %d, step %d): lower the rate",
                               report->epoch, *done);
        report->loss += one->loss / steps, report->gradient_norm += one->norm / steps;
    }
    return status;
}

/** The steps of an epoch; at the end of each stretch the network is fetched from where it is trained, and validated. */
static et_status train_steps(run *r, int epoch, fit_epoch *report, et_error *error)
{
    const fit_options *o = r->options;
    int steps = r->source->steps_an_epoch, done = 0;
    for (int i = 0; i < steps; i++) {
        if (asked_to_stop(r)) return error_set(error, ET_ERROR_INTERRUPTED, "interrupted in epoch %d", epoch + 1);
        int64_t step = (int64_t)epoch * steps + i;
        report->rate = schedule_rate(o->schedule, o->rate, step, (int64_t)o->epochs * steps, steps);
        et_status status = train_step(r, step, report->rate, error);
        bool stretch = validates_after(r, i);
        if (!status && (stretch || i + 1 - done == STEP_RESULTS_MOST)) status = collect(r, &done, report, error);
        if (!status && stretch) status = r->backend->read(r->trainer, &(backend_state){.m = r->m, .v = r->v}, error);
        if (status) return status;
        if (stretch) validate(r, epoch, report);
    }
    return ET_OK;
}

/** An epoch; where a GPU fails that may be done without, once more from its beginning on the CPU. */
static et_status train_epoch(run *r, int epoch, fit_epoch *report, et_error *error)
{
    const fit_epoch empty = {
        .member = r->state->member + 1, .epoch = epoch + 1, .epochs = r->options->epochs, .validation = NAN};
    *report = empty;
    et_status status = train_steps(r, epoch, report, error);
    bool computed = !status || status == ET_ERROR_INTERRUPTED || status == ET_ERROR_FORMAT;
    if (!computed && take_over(r)) {
        *report = empty;
        status = resume(r, error);
        if (!status) status = train_steps(r, epoch, report, error);
    }
    return status;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool add_log_row(checkpoint *k, const fit_epoch *e)
{
    char row[256];
    snprintf(row, sizeof row, "%d,%d,%.9g,%.9g,%.9g,%.9g,%.3f\n", e->member, e->epoch, e->loss, e->validation, e->rate,
             e->gradient_norm, e->seconds);
    return checkpoint_log(k, row);
}

/** Also where a run is resumed that was killed after its last epoch. */
static bool is_at_end(const run *r, int epoch)
{
    int patience = r->options->patience;
    return epoch >= r->options->epochs || (patience > 0 && epoch - r->state->best_epoch >= patience);
}

static et_status train_epochs(run *r, et_error *error)
{
    for (int epoch = r->state->epoch; !is_at_end(r, epoch); epoch++) {
        fit_epoch report;
        double begun = now_s();
        et_status status = train_epoch(r, epoch, &report, error);
        if (status) return status;
        report.seconds = now_s() - begun;
        checkpoint_epoch(r, epoch + 1);
        if (!add_log_row(r->state, &report)) return error_set(error, ET_ERROR_MEMORY, "no memory for the log");
        report.log = r->state->log;
        if (r->hooks && r->hooks->epoch) r->hooks->epoch(r->hooks->user, &report);
        status = checkpoint_save(r->state, error);
        if (status) return status;
    }
    return ET_OK;
}

et_status fit_network(network *net, const fit_source *source, const fit_options *options, uint64_t seed, checkpoint *c,
                      const fit_hooks *hooks, et_error *error)
{
    run r = {.net = net, .source = source, .options = options, .state = c, .hooks = hooks};
    r.seed = seed + 0x100000001u * (uint64_t)c->member;
    et_status status = run_open(&r, error);
    if (!status && c->epoch == 0) checkpoint_start(&r);
    if (!status) status = resume(&r, error);
    if (!status) status = train_epochs(&r, error);
    if ((!status || status == ET_ERROR_INTERRUPTED) && c->epoch > 0) {
        memcpy(network_parameters(net), c->best_parameters, c->count * sizeof(float));
        network_refresh(net);
    }
    run_close(&r);
    return status;
}
