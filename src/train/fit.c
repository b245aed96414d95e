#include "train/fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "train/any_trainer.h"
#include "train/random.h"

typedef struct run {
    network *net;
    const fit_source *source;
    const fit_options *options;
    checkpoint *kept;
    const fit_hooks *hooks;
    any_trainer *trainer;
    optimiser optimiser;
    float *answer, *label, *d_answer, *gradients;
    uint64_t seed; /* of this member */
} run;

static et_status run_open(run *r, et_error *error)
{
    const network_config *config = network_configuration(r->net);
    size_t answers = (size_t)r->source->most_windows * (size_t)config->targets, count = network_parameter_count(r->net);
    r->answer = calloc(answers, sizeof *r->answer), r->label = calloc(answers, sizeof *r->label);
    r->d_answer = calloc(answers, sizeof *r->d_answer), r->gradients = calloc(count, sizeof *r->gradients);
    if (!r->answer || !r->label || !r->d_answer || !r->gradients)
        return error_set(error, ET_ERROR_MEMORY, "no memory to train %zu parameters", count);
    et_status status = optimiser_create(&r->optimiser, &r->options->optimiser, count, error);
    if (status) return status;
    return any_trainer_create(&r->trainer, r->net, r->source->most_frames, r->source->most_windows, r->options->threads,
                              r->options->device, error);
}

static void run_close(run *r)
{
    any_trainer_destroy(r->trainer);
    optimiser_destroy(&r->optimiser);
    free(r->answer), free(r->label), free(r->d_answer), free(r->gradients);
}

static void take_up(run *r)
{
    size_t bytes = r->kept->count * sizeof(float);
    memcpy(network_parameters(r->net), r->kept->parameters, bytes);
    memcpy(r->optimiser.m, r->kept->m, bytes);
    memcpy(r->optimiser.v, r->kept->v, bytes);
    r->optimiser.steps = r->kept->steps;
    network_refresh(r->net);
}

/** Keeps the parameters if no validation was better. @param epoch  from 1 */
static void keep_best(run *r, int epoch, double validation)
{
    checkpoint *k = r->kept;
    bool best = r->options->patience == 0 || isnan(validation) || isnan(k->best) || validation < k->best;
    if (!best) return;
    k->best = validation, k->best_epoch = epoch;
    memcpy(k->best_parameters, network_parameters(r->net), k->count * sizeof(float));
}

/** Keeps the state at an epoch's end. */
static void keep(run *r, int epoch)
{
    checkpoint *k = r->kept;
    size_t bytes = k->count * sizeof(float);
    memcpy(k->parameters, network_parameters(r->net), bytes);
    memcpy(k->m, r->optimiser.m, bytes);
    memcpy(k->v, r->optimiser.v, bytes);
    k->epoch = epoch, k->steps = r->optimiser.steps;
}

static bool asked_to_stop(const run *r)
{
    return r->hooks && r->hooks->stop && r->hooks->stop(r->hooks->user);
}

/** One batch forward, backward, and a step. */
static et_status train_step(run *r, int64_t step, double *loss, double *rate, double *norm, et_error *error)
{
    const fit_options *o = r->options;
    network_batch batch = {0};
    r->source->batch(r->source->self, step, &batch, r->label);
    random_numbers dropout = random_stream(r->seed, RANDOM_DROPOUT, (uint64_t)step);
    batch.seed = random_next(&dropout);
    et_status status = any_trainer_forward(r->trainer, &batch, r->answer, error);
    if (status != ET_OK) return status;
    int targets = network_configuration(r->net)->targets;
    *loss = loss_of(o->loss, r->answer, r->label, batch.windows, targets, r->d_answer);
    status = any_trainer_backward(r->trainer, r->d_answer, r->gradients, error);
    if (status != ET_OK) return status;
    *rate =
        schedule_rate(o->schedule, o->rate, step, (int64_t)o->epochs * r->source->steps_an_epoch, r->source->steps_an_epoch);
    *norm = optimiser_step(&r->optimiser, r->net, r->gradients, *rate);
    network_refresh(r->net);
    return ET_OK;
}

/** Whether an epoch's step `i` ends one of the stretches after which it validates. */
static bool validates_after(const run *r, int i)
{
    int steps = r->source->steps_an_epoch, times = r->options->validations > 1 ? r->options->validations : 1;
    return (int64_t)(i + 1) * times / steps > (int64_t)i * times / steps;
}

static void validate(run *r, int epoch, fit_epoch *report)
{
    double loss = r->source->validate ? r->source->validate(r->source->self, r->net) : NAN;
    report->validation = isnan(report->validation) ? loss : fmin(report->validation, loss);
    keep_best(r, epoch + 1, loss);
}

static et_status train_epoch(run *r, int epoch, fit_epoch *report, et_error *error)
{
    int before = r->options->epochs_before;
    *report = (fit_epoch){.member = r->kept->member + 1,
                          .epoch = before + epoch + 1,
                          .epochs = before + r->options->epochs,
                          .validation = NAN};
    int steps = r->source->steps_an_epoch;
    for (int i = 0; i < steps; i++) {
        if (asked_to_stop(r)) return error_set(error, ET_ERROR_INTERRUPTED, "interrupted in epoch %d", epoch + 1);
        double norm, loss;
        et_status status = train_step(r, (int64_t)epoch * steps + i, &loss, &report->rate, &norm, error);
        if (status != ET_OK) return status;
        if (!isfinite(loss) || !isfinite(norm))
            return error_set(error, ET_ERROR_FORMAT, "the loss is no longer a number (epoch %d, step %d): lower the rate",
                             epoch + 1, i + 1);
        report->loss += loss / steps, report->gradient_norm += norm / steps;
        if (validates_after(r, i)) validate(r, epoch, report);
    }
    return ET_OK;
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

/** Also where a run is taken up that was killed after its last epoch. */
static bool is_at_end(const run *r, int epoch)
{
    int patience = r->options->patience;
    return epoch >= r->options->epochs || (patience > 0 && epoch - r->kept->best_epoch >= patience);
}

static et_status train_epochs(run *r, et_error *error)
{
    for (int epoch = r->kept->epoch; !is_at_end(r, epoch); epoch++) {
        fit_epoch report;
        double begun = now_s();
        et_status status = train_epoch(r, epoch, &report, error);
        if (status) return status;
        report.seconds = now_s() - begun;
        keep(r, epoch + 1);
        if (!add_log_row(r->kept, &report)) return error_set(error, ET_ERROR_MEMORY, "no memory for the log");
        report.log = r->kept->log;
        if (r->hooks && r->hooks->epoch) r->hooks->epoch(r->hooks->user, &report);
        status = checkpoint_save(r->kept, error);
        if (status) return status;
    }
    return ET_OK;
}

et_status fit_network(network *net, const fit_source *source, const fit_options *options, checkpoint *c,
                      const fit_hooks *hooks, et_error *error)
{
    run r = {.net = net, .source = source, .options = options, .kept = c, .hooks = hooks};
    r.seed = options->seed + 0x100000001u * (uint64_t)c->member + 0x1000003u * (uint64_t)c->stage;
    et_status status = run_open(&r, error);
    if (!status && c->epoch > 0) take_up(&r);
    if (!status) status = train_epochs(&r, error);
    if ((!status || status == ET_ERROR_INTERRUPTED) && (c->epoch > 0 || c->stage > 0)) {
        memcpy(network_parameters(net), c->best_parameters, c->count * sizeof(float));
        network_refresh(net);
    }
    run_close(&r);
    return status;
}
