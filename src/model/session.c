#include "model/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct session {
    const network *net;
    session_options options;
    backend_session *there; /* NULL: the CPU */
    network_work *work;     /* of the CPU, as everything below; NULL if it may not take over */
    size_t slot_size, columns;
    float *ring; /* slots x slot_size */
    bool *valid; /* slots: the ring has what the row gives */
    const float **window;
};

static et_status create_here(session *a, et_error *error)
{
    size_t slots = (size_t)a->options.slots,
           frames = (size_t)a->options.most * (size_t)network_configuration(a->net)->window;
    a->ring = calloc(slots * a->slot_size, sizeof *a->ring);
    a->valid = calloc(slots, sizeof *a->valid);
    a->window = calloc(frames, sizeof *a->window);
    if (!a->ring || !a->valid || !a->window)
        return error_set(error, ET_ERROR_MEMORY, "no memory for %zu frames of a network", slots);
    return network_work_create(&a->work, a->net, a->options.most, error);
}

et_status session_create(session **out, const network *net, const session_options *options, et_error *error)
{
    *out = NULL;
    session *a = calloc(1, sizeof *a);
    if (!a) return error_set(error, ET_ERROR_MEMORY, "no memory for a network");
    a->net = net;
    a->options = *options;
    a->slot_size = network_slot_size(net);
    a->columns = (size_t)network_configuration(net)->columns_in;
    et_status status = ET_OK;
    if (options->device) status = options->device->session_create(&a->there, net, options->most, options->slots, error);
    if (status == ET_OK && (!options->device || options->rows)) status = create_here(a, error);
    if (status != ET_OK) {
        session_destroy(a);
        return status;
    }
    *out = a;
    return ET_OK;
}

void session_destroy(session *a)
{
    if (!a) return;
    if (a->there) a->options.device->session_destroy(a->there);
    network_work_destroy(a->work);
    free(a->ring);
    free(a->valid);
    free(a->window);
    free(a);
}

bool session_on_device(const session *a)
{
    return a->there != NULL;
}

static float *slot(const session *a, int i)
{
    return a->ring + (size_t)i * a->slot_size;
}

static void run_here(session *a, const backend_call *call)
{
    int places = call->windows * network_configuration(a->net)->window;
    for (int f = 0; f < call->frames; f++) {
        network_frame(a->net, a->work, call->rows + (size_t)f * a->columns, slot(a, call->frame_slot[f]));
        a->valid[call->frame_slot[f]] = true;
    }
    for (int i = 0; i < places; i++) {
        int k = call->window_slots[i];
        if (!a->valid[k] && a->options.rows)
            network_frame(a->net, a->work, a->options.rows + (size_t)k * a->columns, slot(a, k));
        a->valid[k] = true;
        a->window[i] = slot(a, k);
    }
    if (call->windows > 0) network_windows(a->net, a->work, a->window, call->windows, call->out);
}

/* The CPU takes over, if it may: nothing of the ring is valid. */
static et_status leave_device(session *a, et_status failure)
{
    if (!a->work) return failure;
    a->options.device->session_destroy(a->there);
    a->there = NULL;
    memset(a->valid, 0, (size_t)a->options.slots * sizeof *a->valid);
    return ET_OK;
}

et_status session_start(session *a, const backend_call *call, et_error *error)
{
    if (!a->there) return ET_OK;
    et_status status = a->options.device->session_start(a->there, call, error);
    return status == ET_OK ? ET_OK : leave_device(a, status);
}

et_status session_finish(session *a, const backend_call *call, et_error *error)
{
    if (a->there) {
        et_status status = a->options.device->session_finish(a->there, call, error);
        if (status == ET_OK) return ET_OK;
        status = leave_device(a, status);
        if (status != ET_OK) return status;
    }
    run_here(a, call);
    return ET_OK;
}
