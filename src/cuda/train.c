#include "cuda/train.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cuda/cuts.h"
#include "cuda/loss.h"
#include "cuda/optimiser.h"
#include "cuda/plan.h"
#include "cuda/step_graphs.h"
#include "cuda/step_input.h"

struct backend_trainer {
    device device;
    plan *plan;
    network *net;
    backend_training training;
    step_sizes sizes;
    step_input input;
    step_graphs graphs;
    device_optimiser optimiser;
    float *data;                         /* device: training.row_count x F */
    step_result *results, *results_here; /* device; pinned: STEP_RESULTS_MOST each */
    int waiting;                         /* results not taken yet */
    int windows;                         /* of the last step */
    bool ready;                          /* written to */
};

/* ---- what a step queues, or a graph records --------------------------------------------------------------------------- */

static device_fault take_rows(backend_trainer *t, const step_view *v, const step_shape *s)
{
    const network *net = t->net;
    int to = s->projected ? net->features : net->row;
    size_t width = shape_size(net->value[to]);
    rows_move m = {s->chosen ? t->data : v->rows,
                   width,
                   s->chosen ? v->chosen : NULL,
                   t->plan->value[to],
                   width,
                   NULL,
                   (size_t)s->frames,
                   width};
    return move_rows(m, t->device.stream);
}

static device_fault queue_forward(backend_trainer *t, const step_view *v, const step_shape *s)
{
    const network *net = t->net;
    TRY(take_rows(t, v, s));
    TRY(plan_forward(t->plan, false, s->frames, s->projected ? net->preprocessing : 0));
    for (int i = 0; i < net->cuts; i++) {
        size_t width = net->cut[i].width;
        rows_move m = {t->plan->value[net->cut[i].frame_value],         width, v->window_frames,
                       t->plan->value[net->cut[i].window_value],        width, NULL,
                       (size_t)s->windows * (size_t)net->config.window, width};
        TRY(move_rows(m, t->device.stream));
    }
    return plan_forward(t->plan, true, s->windows, 0);
}

static device_fault queue_backward(backend_trainer *t, const step_view *v, const step_shape *s)
{
    const network *net = t->net;
    plan *p = t->plan;
    TRY(cudaMemsetAsync(p->gradients, 0, net->parameter_count * sizeof(float), t->device.stream));
    TRY(plan_backward(p, true, s->windows));
    for (int i = 0; i < net->cuts; i++) {
        float *d_frames = p->d_value[net->cut[i].frame_value];
        if (d_frames)
            TRY(sum_uses(p->d_value[net->cut[i].window_value], v->use_begin, v->use, d_frames, s->frames, net->cut[i].width,
                         t->device.stream));
    }
    return plan_backward(p, false, s->frames);
}

static device_fault queue_step(void *self, const step_shape *s)
{
    backend_trainer *t = self;
    int output = t->net->output;
    step_view v = step_view_of(t->input.there, &t->sizes, s);
    loss_work loss = {.answer = t->plan->value[output],
                      .label = v.label,
                      .windows = s->windows,
                      .targets = t->sizes.targets,
                      .kind = t->training.rule.loss,
                      .d_out = t->plan->d_value[output],
                      .numbers = v.numbers,
                      .results = t->results};
    TRY(queue_forward(t, &v, s));
    TRY(batch_loss(loss, t->device.stream));
    TRY(queue_backward(t, &v, s));
    return device_optimiser_step(&t->optimiser, v.numbers, t->results, t->device.stream);
}

/* ---- creation -------------------------------------------------------------------------------------------------------- */

static device_fault send(const backend_trainer *t, void *to, const void *from, size_t bytes)
{
    return cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, t->device.stream);
}

static device_fault receive(const backend_trainer *t, void *to, const void *from, size_t bytes)
{
    return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, t->device.stream);
}

static size_t most_bytes(const backend_trainer *t)
{
    step_shape raw = {t->training.most_frames, t->training.most_windows, false, false}, projected = raw, chosen = raw;
    projected.projected = chosen.projected = chosen.chosen = true;
    size_t most = 0;
    for (int i = 0; i < 3; i++) {
        size_t bytes = step_bytes(&t->sizes, i == 0 ? &raw : i == 1 ? &projected : &chosen);
        if (bytes > most) most = bytes;
    }
    return most;
}

static device_fault allocate(backend_trainer *t)
{
    const backend_training *training = &t->training;
    size_t data = training->row_count * t->sizes.projected_row, results = STEP_RESULTS_MOST * sizeof *t->results;
    TRY(step_input_create(&t->input, most_bytes(t)));
    TRY(cudaMalloc((void **)&t->results, results));
    TRY(cudaMallocHost((void **)&t->results_here, results));
    TRY(device_optimiser_create(&t->optimiser, t->net, &training->rule.optimiser, t->plan->parameters, t->plan->gradients,
                                t->device.stream));
    t->plan->seed = &((const step_numbers *)t->input.there)->seed;
    t->graphs.queue = queue_step;
    t->graphs.self = t;
    t->graphs.stream = t->device.stream;
    if (data == 0) return 0;
    TRY(device_floats(&t->data, data));
    TRY(send(t, t->data, training->rows, data * sizeof *t->data));
    return cudaStreamSynchronize(t->device.stream);
}

static cublasComputeType_t kind_of(precision_kind p)
{
    if (p == PRECISION_TF32) return CUBLAS_COMPUTE_32F_FAST_TF32;
    return p == PRECISION_BF16 ? CUBLAS_COMPUTE_32F_FAST_16BF : CUBLAS_COMPUTE_32F;
}

static void trainer_destroy(backend_trainer *t)
{
    if (!t) return;
    step_graphs_destroy(&t->graphs);
    step_input_destroy(&t->input);
    device_optimiser_destroy(&t->optimiser);
    device_free(t->data);
    device_free(t->results);
    cudaFreeHost(t->results_here);
    plan_destroy(t->plan);
    device_close(&t->device);
    free(t);
}

static et_status trainer_create(backend_trainer **out, network *net, const backend_training *training, et_error *error)
{
    int frames = training->most_frames, windows = training->most_windows;
    if (frames < 1 || windows < 1) return error_set(error, ET_ERROR_ARGUMENT, "training: a batch needs frames and windows");
    backend_trainer *t = calloc(1, sizeof *t);
    if (!t) return error_set(error, ET_ERROR_MEMORY, "training: no memory");
    t->net = net;
    t->training = *training;
    t->sizes = (step_sizes){net->config.window, net->config.targets, shape_size(net->value[net->row]),
                            shape_size(net->value[net->features])};
    et_status status = ET_OK;
    if (!step_graphs_create(&t->graphs, frames)) status = error_set(error, ET_ERROR_MEMORY, "training: no memory");
    if (status == ET_OK) status = device_open(&t->device, error);
    t->device.blas.kind = kind_of(training->rule.precision);
    if (status == ET_OK) status = plan_create(&t->plan, net, &t->device, frames, windows, true, error);
    if (status == ET_OK) status = fault_report(allocate(t), "making room for training", error);
    if (status != ET_OK) {
        trainer_destroy(t);
        return status;
    }
    *out = t;
    return ET_OK;
}

/* ---- a step ---------------------------------------------------------------------------------------------------------- */

static et_status check_batch(const backend_trainer *t, const network_batch *b, et_error *error)
{
    const backend_training *limit = &t->training;
    if (!t->ready || t->waiting == STEP_RESULTS_MOST)
        return error_set(error, ET_ERROR_ARGUMENT, "training: parameters must be given, and results be asked for in time");
    if (b->frames < 1 || b->frames > limit->most_frames || b->windows < 1 || b->windows > limit->most_windows)
        return error_set(error, ET_ERROR_ARGUMENT, "training: %d frames and %d windows; at most %d and %d were asked for",
                         b->frames, b->windows, limit->most_frames, limit->most_windows);
    for (int p = 0; p < b->windows * t->sizes.window; p++)
        if (b->window_frames[p] < 0 || b->window_frames[p] >= b->frames)
            return error_set(error, ET_ERROR_ARGUMENT, "training: a window reads frame %d of %d", b->window_frames[p],
                             b->frames);
    for (int f = 0; b->chosen && b->rows == limit->rows && f < b->frames; f++)
        if (b->chosen[f] < 0 || (size_t)b->chosen[f] >= limit->row_count)
            return error_set(error, ET_ERROR_ARGUMENT, "training: a batch reads row %d of %zu", b->chosen[f],
                             limit->row_count);
    return ET_OK;
}

/* Of each frame, the places that read it, in order. */
static void find_uses(const step_view *v, const network_batch *b, int places)
{
    int *begin = v->use_begin;
    memset(begin, 0, ((size_t)b->frames + 1) * sizeof *begin);
    for (int p = 0; p < places; p++) begin[b->window_frames[p] + 1]++;
    for (int f = 0; f < b->frames; f++) begin[f + 1] += begin[f];
    for (int p = 0; p < places; p++) v->use[begin[b->window_frames[p]]++] = p;
    for (int f = b->frames; f > 0; f--) begin[f] = begin[f - 1];
    begin[0] = 0;
}

static void pack_rows(const backend_trainer *t, const step_view *v, const network_batch *b, const step_shape *s)
{
    size_t frames = (size_t)b->frames, width = s->projected ? t->sizes.projected_row : t->sizes.row;
    if (s->chosen)
        memcpy(v->chosen, b->chosen, frames * sizeof *v->chosen);
    else
        for (size_t f = 0; f < frames; f++)
            memcpy(v->rows + f * width, b->rows + (b->chosen ? (size_t)b->chosen[f] : f) * width, width * sizeof *v->rows);
}

static device_fault step(backend_trainer *t, const network_batch *b, const float *label, double rate)
{
    bool resident = b->chosen && t->data && b->rows == t->training.rows;
    step_shape s = {b->frames, b->windows, b->projected, resident};
    size_t places = (size_t)b->windows * (size_t)t->sizes.window;
    void *here;
    TRY(step_input_begin(&t->input, &here));
    step_view v = step_view_of(here, &t->sizes, &s);
    *v.numbers = (step_numbers){.seed = b->seed, .result = t->waiting};
    device_optimiser_count(&t->optimiser, rate, v.numbers);
    memcpy(v.label, label, (size_t)b->windows * (size_t)t->sizes.targets * sizeof *label);
    memcpy(v.window_frames, b->window_frames, places * sizeof *v.window_frames);
    find_uses(&v, b, (int)places);
    pack_rows(t, &v, b, &s);
    TRY(step_input_send(&t->input, step_bytes(&t->sizes, &s), t->device.stream));
    TRY(step_graphs_run(&t->graphs, &s));
    t->waiting++;
    t->windows = b->windows;
    return 0;
}

static et_status trainer_step(backend_trainer *t, const network_batch *batch, const float *label, double rate,
                              et_error *error)
{
    et_status status = check_batch(t, batch, error);
    return status == ET_OK ? fault_report(step(t, batch, label, rate), "training", error) : status;
}

static device_fault take_results(backend_trainer *t)
{
    TRY(receive(t, t->results_here, t->results, (size_t)t->waiting * sizeof *t->results));
    return cudaStreamSynchronize(t->device.stream);
}

static et_status trainer_results(backend_trainer *t, step_result *out, int *count, et_error *error)
{
    *count = 0;
    if (t->waiting == 0) return ET_OK;
    et_status status = fault_report(take_results(t), "training", error);
    if (status != ET_OK) return status;
    memcpy(out, t->results_here, (size_t)t->waiting * sizeof *out);
    *count = t->waiting;
    t->waiting = 0;
    return ET_OK;
}

/* ---- state ----------------------------------------------------------------------------------------------------------- */

static device_fault write_state(backend_trainer *t, const float *m, const float *v)
{
    size_t bytes = t->net->parameter_count * sizeof(float);
    TRY(plan_upload(t->plan));
    TRY(send(t, t->optimiser.m, m, bytes));
    TRY(send(t, t->optimiser.v, v, bytes));
    return cudaStreamSynchronize(t->device.stream);
}

static et_status trainer_write(backend_trainer *t, const float *m, const float *v, int64_t steps, et_error *error)
{
    et_status status = fault_report(write_state(t, m, v), "sending the network", error);
    t->optimiser.steps = steps;
    t->ready = status == ET_OK;
    return status;
}

static device_fault read_state(backend_trainer *t, const backend_state *out)
{
    size_t bytes = t->net->parameter_count * sizeof(float);
    TRY(receive(t, t->net->parameters, t->plan->parameters, bytes));
    if (out->m) TRY(receive(t, out->m, t->optimiser.m, bytes));
    if (out->v) TRY(receive(t, out->v, t->optimiser.v, bytes));
    if (out->gradients) TRY(receive(t, out->gradients, t->plan->gradients, bytes));
    if (out->answers)
        TRY(receive(t, out->answers, t->plan->value[t->net->output],
                    (size_t)t->windows * (size_t)t->sizes.targets * sizeof(float)));
    return cudaStreamSynchronize(t->device.stream);
}

static et_status trainer_read(backend_trainer *t, const backend_state *out, et_error *error)
{
    return fault_report(read_state(t, out), "fetching the network", error);
}

const trainer_backend device_trainers = {trainer_create, trainer_destroy, trainer_write,
                                         trainer_step,   trainer_results, trainer_read};
