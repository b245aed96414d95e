#include "cuda/train.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cuda/cuts.h"
#include "cuda/plan.h"

struct backend_trainer {
    device device;
    plan *plan;
    network *net;
    int frames, windows; /* of the last forward */
    uint64_t seed;
    float *states;                                    /* host: parameters as the device left them */
    int *use_begin, *use;                             /* host: of each frame, the places (window * K + k) that read it */
    int *window_frames, *use_begin_there, *use_there; /* device */
};

static device_fault allocate(backend_trainer *t)
{
    size_t frames = (size_t)t->plan->most_frames;
    size_t places = (size_t)t->plan->most_windows * (size_t)t->net->config.window;
    TRY(cudaMallocHost((void **)&t->states, t->net->parameter_count * sizeof *t->states));
    TRY(device_integers(&t->window_frames, places));
    TRY(device_integers(&t->use_begin_there, frames + 1));
    return device_integers(&t->use_there, places);
}

et_status device_trainer_create(backend_trainer **out, network *net, int most_frames, int most_windows, et_error *error)
{
    if (most_frames < 1 || most_windows < 1)
        return error_set(error, ET_ERROR_ARGUMENT, "training: a batch needs frames and windows");
    backend_trainer *t = calloc(1, sizeof *t);
    if (!t) return error_set(error, ET_ERROR_MEMORY, "training: no memory");
    size_t places = (size_t)most_windows * (size_t)net->config.window;
    t->net = net;
    t->use_begin = calloc((size_t)most_frames + 1, sizeof *t->use_begin);
    t->use = calloc(places, sizeof *t->use);
    et_status status = ET_OK;
    if (!t->use_begin || !t->use) status = error_set(error, ET_ERROR_MEMORY, "training: no memory");
    if (status == ET_OK) status = device_open(&t->device, error);
    if (status == ET_OK) status = plan_create(&t->plan, net, &t->device, most_frames, most_windows, true, error);
    if (status == ET_OK) status = fault_report(allocate(t), "making room for a batch", error);
    if (status != ET_OK) {
        device_trainer_destroy(t);
        return status;
    }
    *out = t;
    return ET_OK;
}

void device_trainer_destroy(backend_trainer *t)
{
    if (!t) return;
    device_free(t->window_frames);
    device_free(t->use_begin_there);
    device_free(t->use_there);
    plan_destroy(t->plan);
    device_close(&t->device);
    cudaFreeHost(t->states);
    free(t->use_begin);
    free(t->use);
    free(t);
}

static et_status check_batch(const backend_trainer *t, const network_batch *b, et_error *error)
{
    if (b->frames < 1 || b->frames > t->plan->most_frames || b->windows < 1 || b->windows > t->plan->most_windows)
        return error_set(error, ET_ERROR_ARGUMENT, "training: %d frames and %d windows; at most %d and %d were asked for",
                         b->frames, b->windows, t->plan->most_frames, t->plan->most_windows);
    for (int p = 0; p < b->windows * t->net->config.window; p++)
        if (b->window_frames[p] < 0 || b->window_frames[p] >= b->frames)
            return error_set(error, ET_ERROR_ARGUMENT, "training: a window reads frame %d of %d", b->window_frames[p],
                             b->frames);
    return ET_OK;
}

static void find_uses(backend_trainer *t, const network_batch *b)
{
    int places = b->windows * t->net->config.window;
    memset(t->use_begin, 0, ((size_t)b->frames + 1) * sizeof *t->use_begin);
    for (int p = 0; p < places; p++) t->use_begin[b->window_frames[p] + 1]++;
    for (int f = 0; f < b->frames; f++) t->use_begin[f + 1] += t->use_begin[f];
    for (int p = 0; p < places; p++) t->use[t->use_begin[b->window_frames[p]]++] = p;
    for (int f = b->frames; f > 0; f--) t->use_begin[f] = t->use_begin[f - 1];
    t->use_begin[0] = 0;
}

static device_fault send(const backend_trainer *t, void *to, const void *from, size_t bytes)
{
    return cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, t->device.stream);
}

static device_fault receive(const backend_trainer *t, void *to, const void *from, size_t bytes)
{
    return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, t->device.stream);
}

static device_fault send_batch(backend_trainer *t, const network_batch *b)
{
    const network *net = t->net;
    int from = b->projected ? net->features : net->row;
    size_t places = (size_t)b->windows * (size_t)net->config.window;
    TRY(plan_upload(t->plan));
    TRY(send(t, t->plan->value[from], b->rows, (size_t)b->frames * shape_size(net->value[from]) * sizeof(float)));
    TRY(send(t, t->window_frames, b->window_frames, places * sizeof(int)));
    TRY(send(t, t->use_begin_there, t->use_begin, ((size_t)b->frames + 1) * sizeof(int)));
    return send(t, t->use_there, t->use, places * sizeof(int));
}

static device_fault gather(backend_trainer *t, int windows)
{
    const network *net = t->net;
    for (int i = 0; i < net->cuts; i++) {
        size_t width = net->cut[i].width;
        rows_move m = {t->plan->value[net->cut[i].frame_value],      width, t->window_frames,
                       t->plan->value[net->cut[i].window_value],     width, NULL,
                       (size_t)windows * (size_t)net->config.window, width};
        TRY(move_rows(m, t->device.stream));
    }
    return 0;
}

/* Running averages are the layers' own: the network on the host gets them back. */
static void take_states(backend_trainer *t)
{
    for (size_t i = 0; i < t->net->tensors; i++) {
        const network_tensor *tensor = &t->net->tensor[i];
        if (tensor->state)
            memcpy(t->net->parameters + tensor->offset, t->states + tensor->offset, tensor->count * sizeof(float));
    }
}

static device_fault forward(backend_trainer *t, const network_batch *b, float *out)
{
    const network *net = t->net;
    TRY(send_batch(t, b));
    TRY(plan_forward(t->plan, false, b->frames, b->projected ? net->front : 0, b->seed));
    TRY(gather(t, b->windows));
    TRY(plan_forward(t->plan, true, b->windows, 0, b->seed));
    TRY(receive(t, out, t->plan->value[net->output],
                (size_t)b->windows * shape_size(net->value[net->output]) * sizeof(float)));
    for (size_t i = 0; i < net->tensors; i++) {
        const network_tensor *tensor = &net->tensor[i];
        if (tensor->state)
            TRY(receive(t, t->states + tensor->offset, t->plan->parameters + tensor->offset, tensor->count * sizeof(float)));
    }
    return cudaStreamSynchronize(t->device.stream);
}

et_status device_trainer_forward(backend_trainer *t, const network_batch *batch, float *out, et_error *error)
{
    et_status status = check_batch(t, batch, error);
    if (status != ET_OK) return status;
    find_uses(t, batch);
    t->frames = batch->frames;
    t->windows = batch->windows;
    t->seed = batch->seed;
    status = fault_report(forward(t, batch, out), "training, forward", error);
    if (status == ET_OK) take_states(t);
    return status;
}

static device_fault backward(backend_trainer *t, const float *d_out, float *gradients)
{
    const network *net = t->net;
    plan *p = t->plan;
    TRY(send(t, p->d_value[net->output], d_out, (size_t)t->windows * shape_size(net->value[net->output]) * sizeof(float)));
    TRY(cudaMemsetAsync(p->gradients, 0, net->parameter_count * sizeof(float), t->device.stream));
    TRY(plan_backward(p, true, t->windows, t->seed));
    for (int i = 0; i < net->cuts; i++) {
        float *d_frames = p->d_value[net->cut[i].frame_value];
        if (d_frames)
            TRY(sum_uses(p->d_value[net->cut[i].window_value], t->use_begin_there, t->use_there, d_frames, t->frames,
                         net->cut[i].width, t->device.stream));
    }
    TRY(plan_backward(p, false, t->frames, t->seed));
    TRY(receive(t, gradients, p->gradients, net->parameter_count * sizeof(float)));
    return cudaStreamSynchronize(t->device.stream);
}

et_status device_trainer_backward(backend_trainer *t, const float *d_out, float *gradients, et_error *error)
{
    return fault_report(backward(t, d_out, gradients), "training, backward", error);
}
