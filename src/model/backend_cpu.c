/** The networks at home: a session of backend.h on the CPU. What a frame leaves behind is kept in a ring of slots. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/backend.h"

struct backend_session {
    const network *net;
    session_setting setting;
    network_work *work;
    size_t slot_size, columns;
    float *ring; /* slots x slot_size */
    bool *valid; /* slots: the ring has what the row gives */
    const float **window;
};

static void session_destroy(backend_session *a)
{
    if (!a) return;
    network_work_destroy(a->work);
    free(a->ring);
    free(a->valid);
    free(a->window);
    free(a);
}

static et_status session_create(backend_session **out, const network *net, const session_setting *setting, et_error *error)
{
    *out = NULL;
    backend_session *a = calloc(1, sizeof *a);
    if (!a) return error_set(error, ET_ERROR_MEMORY, "no memory for a network");
    *a = (backend_session){.net = net,
                           .setting = *setting,
                           .slot_size = network_slot_size(net),
                           .columns = (size_t)network_configuration(net)->columns_in};
    size_t slots = (size_t)setting->slots, places = (size_t)setting->most * (size_t)network_configuration(net)->window;
    a->ring = calloc(slots * a->slot_size, sizeof *a->ring);
    a->valid = calloc(slots, sizeof *a->valid);
    a->window = calloc(places, sizeof *a->window);
    et_status status = a->ring && a->valid && a->window
                           ? network_work_create(&a->work, net, setting->most, error)
                           : error_set(error, ET_ERROR_MEMORY, "no memory for %zu frames of a network", slots);
    if (status == ET_OK)
        *out = a;
    else
        session_destroy(a);
    return status;
}

/* All is done when the answers are asked for. */
static et_status session_start(backend_session *a, const backend_call *call, et_error *error)
{
    (void)a, (void)call, (void)error;
    return ET_OK;
}

static float *take_frame(backend_session *a, int slot, const float *row)
{
    float *place = a->ring + (size_t)slot * a->slot_size;
    if (row) network_frame(a->net, a->work, row, place);
    a->valid[slot] = true;
    return place;
}

static et_status session_finish(backend_session *a, const backend_call *call, et_error *error)
{
    (void)error;
    int places = call->windows * network_configuration(a->net)->window;
    const float *rows = a->setting.rows;
    for (int f = 0; f < call->frames; f++) take_frame(a, call->frame_slot[f], call->rows + (size_t)f * a->columns);
    for (int i = 0; i < places; i++) {
        int k = call->window_slots[i];
        a->window[i] = take_frame(a, k, rows && !a->valid[k] ? rows + (size_t)k * a->columns : NULL);
    }
    if (call->windows > 0) network_windows(a->net, a->work, a->window, call->windows, call->out);
    return ET_OK;
}

const session_backend cpu_sessions = {session_create, session_destroy, session_start, session_finish};

et_status backend_named(const backend **out, const char *device, et_error *error)
{
    *out = NULL;
    if (device == NULL || strcmp(device, "cpu") == 0) return ET_OK;
    if (strcmp(device, "cuda") == 0) return backend_load(out, error);
    if (!backend_may_fail(device))
        return error_set(error, ET_ERROR_ARGUMENT, "device '%s': it must be \"cpu\", \"cuda\" or \"auto\"", device);
    if (backend_load(out, NULL) != ET_OK) *out = NULL;
    return ET_OK;
}
