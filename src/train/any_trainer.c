#include "train/any_trainer.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/backend.h"

struct any_trainer {
    network *net;
    int most_frames, most_windows, threads;
    bool may_fall_back;
    const backend *device;
    backend_trainer *there; /* NULL: the CPU */
    network_trainer *here;
    network_batch last; /* of the last forward */
    float *states;      /* parameters before the last forward, if the CPU may have to do it again */
    float *out;         /* most_windows x R, for a forward done again */
};

static et_status create_here(any_trainer *t, et_error *error)
{
    return network_trainer_create(&t->here, t->net, t->most_frames, t->most_windows, t->threads, error);
}

static et_status create_there(any_trainer *t, et_error *error)
{
    et_status status = backend_load(&t->device, error);
    if (status == ET_OK) status = t->device->trainer_create(&t->there, t->net, t->most_frames, t->most_windows, error);
    if (status != ET_OK) return status;
    t->states = malloc(network_parameter_count(t->net) * sizeof *t->states);
    t->out = malloc((size_t)t->most_windows * (size_t)network_configuration(t->net)->targets * sizeof *t->out);
    if (t->states && t->out) return ET_OK;
    return error_set(error, ET_ERROR_MEMORY, "no memory to train on the GPU");
}

static void leave_device(any_trainer *t)
{
    if (t->there) t->device->trainer_destroy(t->there);
    t->there = NULL;
}

et_status any_trainer_create(any_trainer **out, network *net, int most_frames, int most_windows, int threads,
                             const char *device, et_error *error)
{
    *out = NULL;
    bool never = !device || strcmp(device, "cpu") == 0;
    any_trainer *t = calloc(1, sizeof *t);
    if (!t) return error_set(error, ET_ERROR_MEMORY, "no memory to train");
    *t = (any_trainer){.net = net, .most_frames = most_frames, .most_windows = most_windows, .threads = threads};
    t->may_fall_back = !never && strcmp(device, "auto") == 0;
    et_status status = ET_OK;
    if (!never) status = create_there(t, t->may_fall_back ? NULL : error);
    if (status != ET_OK && t->may_fall_back) {
        leave_device(t);
        status = ET_OK;
    }
    if (status == ET_OK && !t->there) status = create_here(t, error);
    if (status != ET_OK) {
        any_trainer_destroy(t);
        return status;
    }
    *out = t;
    return ET_OK;
}

void any_trainer_destroy(any_trainer *t)
{
    if (!t) return;
    leave_device(t);
    network_trainer_destroy(t->here);
    free(t->states);
    free(t->out);
    free(t);
}

bool any_trainer_on_device(const any_trainer *t)
{
    return t->there != NULL;
}

/* The CPU takes over at this batch: running averages as before it, and its forward once more. */
static et_status take_over(any_trainer *t, float *out, et_error *error)
{
    leave_device(t);
    for (size_t i = 0; i < network_tensor_count(t->net); i++) {
        const network_tensor *tensor = network_tensor_at(t->net, i);
        if (tensor->state)
            memcpy(network_parameters(t->net) + tensor->offset, t->states + tensor->offset, tensor->count * sizeof(float));
    }
    network_refresh(t->net);
    et_status status = create_here(t, error);
    if (status == ET_OK) network_trainer_forward(t->here, &t->last, out);
    return status;
}

et_status any_trainer_forward(any_trainer *t, const network_batch *batch, float *out, et_error *error)
{
    if (!t->there) {
        network_trainer_forward(t->here, batch, out);
        return ET_OK;
    }
    t->last = *batch;
    memcpy(t->states, network_parameters(t->net), network_parameter_count(t->net) * sizeof *t->states);
    et_status status = t->device->trainer_forward(t->there, batch, out, t->may_fall_back ? NULL : error);
    return status == ET_OK || !t->may_fall_back ? status : take_over(t, out, error);
}

et_status any_trainer_backward(any_trainer *t, const float *d_out, float *gradients, et_error *error)
{
    et_status status = ET_OK;
    if (t->there) {
        status = t->device->trainer_backward(t->there, d_out, gradients, t->may_fall_back ? NULL : error);
        if (status == ET_OK || !t->may_fall_back) return status;
        status = take_over(t, t->out, error);
    }
    if (status == ET_OK) network_trainer_backward(t->here, d_out, gradients);
    return status;
}
