#include "cuda/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cuda/cuts.h"
#include "cuda/plan.h"

enum { CLASSES_MOST = 21, PARTS = 3 };
enum { FRAME_PART = 1, WINDOW_PART = 2 }; /* of a graph; 3 is both */

struct backend_session {
    device device;
    plan *plan;
    int most, slots;
    float *ring;                    /* device: slots + 1 (for the rounding) x slot_size */
    int *frame_slot, *window_slots; /* device */
    float *rows_here, *out_here;    /* pinned */
    int *frame_slot_here, *window_slots_here;
    int classes; /* 2^0 .. 2^(classes - 1) streams */
    cudaGraphExec_t graph[CLASSES_MOST][PARTS + 1];
};

/* ---- what a graph records --------------------------------------------------------------------------------------------- */

static device_fault queue_frames(backend_session *a, int items)
{
    const network *net = a->plan->net;
    cudaStream_t stream = a->device.stream;
    size_t row = shape_size(net->value[net->row]);
    TRY(cudaMemcpyAsync(a->plan->value[net->row], a->rows_here, (size_t)items * row * sizeof(float), cudaMemcpyHostToDevice,
                        stream));
    TRY(cudaMemcpyAsync(a->frame_slot, a->frame_slot_here, (size_t)items * sizeof(int), cudaMemcpyHostToDevice, stream));
    TRY(plan_forward(a->plan, false, items, 0));
    for (int i = 0; i < net->cuts; i++) {
        const cut *c = &net->cut[i];
        rows_move m = {a->plan->value[c->frame_value],
                       c->width,
                       NULL,
                       a->ring + c->offset,
                       net->slot_size,
                       a->frame_slot,
                       (size_t)items,
                       c->width};
        TRY(move_rows(m, stream));
    }
    return 0;
}

static device_fault queue_windows(backend_session *a, int items)
{
    const network *net = a->plan->net;
    cudaStream_t stream = a->device.stream;
    size_t places = (size_t)items * (size_t)net->config.window;
    TRY(cudaMemcpyAsync(a->window_slots, a->window_slots_here, places * sizeof(int), cudaMemcpyHostToDevice, stream));
    for (int i = 0; i < net->cuts; i++) {
        const cut *c = &net->cut[i];
        rows_move m = {a->ring + c->offset,
                       net->slot_size,
                       a->window_slots,
                       a->plan->value[c->window_value],
                       c->width,
                       NULL,
                       places,
                       c->width};
        TRY(move_rows(m, stream));
    }
    TRY(plan_forward(a->plan, true, items, 0));
    return cudaMemcpyAsync(a->out_here, a->plan->value[net->output],
                           (size_t)items * shape_size(net->value[net->output]) * sizeof(float), cudaMemcpyDeviceToHost,
                           stream);
}

/* Once without recording: what the runtime and cuBLAS load at a first call must not be loaded into a graph. */
static device_fault warm_up(backend_session *a, int items)
{
    TRY(queue_frames(a, items));
    TRY(queue_windows(a, items));
    return cudaStreamSynchronize(a->device.stream);
}

static device_fault capture(backend_session *a, int items, int parts, cudaGraphExec_t *out)
{
    cudaGraph_t graph = NULL;
    TRY(cudaStreamBeginCapture(a->device.stream, cudaStreamCaptureModeThreadLocal));
    device_fault fault = parts & FRAME_PART ? queue_frames(a, items) : 0;
    if (!fault && parts & WINDOW_PART) fault = queue_windows(a, items);
    device_fault end = cudaStreamEndCapture(a->device.stream, &graph);
    if (!fault) fault = end;
    if (!fault) fault = cudaGraphInstantiate(out, graph, 0);
    if (graph) cudaGraphDestroy(graph);
    return fault;
}

/* ---- creation -------------------------------------------------------------------------------------------------------- */

static device_fault pinned(void **out, size_t bytes)
{
    TRY(cudaMallocHost(out, bytes));
    memset(*out, 0, bytes);
    return 0;
}

static device_fault allocate(backend_session *a)
{
    const network *net = a->plan->net;
    size_t most = (size_t)a->plan->most_frames, places = most * (size_t)net->config.window;
    TRY(device_floats(&a->ring, ((size_t)a->slots + 1) * net->slot_size));
    TRY(device_integers(&a->frame_slot, most));
    TRY(device_integers(&a->window_slots, places));
    TRY(pinned((void **)&a->rows_here, most * shape_size(net->value[net->row]) * sizeof(float)));
    TRY(pinned((void **)&a->out_here, most * shape_size(net->value[net->output]) * sizeof(float)));
    TRY(pinned((void **)&a->frame_slot_here, most * sizeof(int)));
    TRY(pinned((void **)&a->window_slots_here, places * sizeof(int)));
    TRY(cudaMemsetAsync(a->ring, 0, ((size_t)a->slots + 1) * net->slot_size * sizeof(float), a->device.stream));
    TRY(plan_upload(a->plan));
    for (int i = 0; i < a->classes; i++) {
        TRY(warm_up(a, 1 << i));
        for (int parts = 1; parts <= PARTS; parts++) TRY(capture(a, 1 << i, parts, &a->graph[i][parts]));
    }
    return cudaStreamSynchronize(a->device.stream);
}

static void session_destroy(backend_session *a)
{
    if (!a) return;
    for (int i = 0; i < a->classes; i++)
        for (int parts = 1; parts <= PARTS; parts++)
            if (a->graph[i][parts]) cudaGraphExecDestroy(a->graph[i][parts]);
    device_free(a->ring);
    device_free(a->frame_slot);
    device_free(a->window_slots);
    cudaFreeHost(a->rows_here);
    cudaFreeHost(a->out_here);
    cudaFreeHost(a->frame_slot_here);
    cudaFreeHost(a->window_slots_here);
    plan_destroy(a->plan);
    device_close(&a->device);
    free(a);
}

static et_status session_create(backend_session **out, const network *net, const session_setting *setting, et_error *error)
{
    int most = setting->most, slots = setting->slots;
    if (most < 1 || most > 1 << (CLASSES_MOST - 1) || slots < 1)
        return error_set(error, ET_ERROR_ARGUMENT, "cuda: %d streams with %d slots; 1 to %d streams are possible", most,
                         slots, 1 << (CLASSES_MOST - 1));
    backend_session *a = calloc(1, sizeof *a);
    if (!a) return error_set(error, ET_ERROR_MEMORY, "cuda: no memory");
    a->most = most;
    a->slots = slots;
    while (1 << a->classes < most) a->classes++;
    int rounded = 1 << a->classes++;
    et_status status = device_open(&a->device, error);
    if (status == ET_OK) status = plan_create(&a->plan, net, &a->device, rounded, rounded, false, error);
    if (status == ET_OK) status = fault_report(allocate(a), "preparing to answer", error);
    if (status != ET_OK) {
        session_destroy(a);
        return status;
    }
    *out = a;
    return ET_OK;
}

/* ---- a call ---------------------------------------------------------------------------------------------------------- */

static bool slots_exist(const backend_session *a, const int *slot, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slot[i] < 0 || slot[i] >= a->slots) return false;
    return true;
}

static int class_of(int items)
{
    int i = 0;
    while (1 << i < items) i++;
    return i;
}

/* Items beyond the caller's write to the slot behind the last one and read slot 0. */
static void fill(backend_session *a, const backend_call *call, int rounded)
{
    const network *net = a->plan->net;
    size_t window = (size_t)net->config.window;
    if (call->frames > 0) {
        memcpy(a->rows_here, call->rows, (size_t)call->frames * shape_size(net->value[net->row]) * sizeof(float));
        memcpy(a->frame_slot_here, call->frame_slot, (size_t)call->frames * sizeof(int));
        for (int n = call->frames; n < rounded; n++) a->frame_slot_here[n] = a->slots;
    }
    if (call->windows > 0) {
        memcpy(a->window_slots_here, call->window_slots, (size_t)call->windows * window * sizeof(int));
        memset(a->window_slots_here + (size_t)call->windows * window, 0,
               (size_t)(rounded - call->windows) * window * sizeof(int));
    }
}

static et_status session_start(backend_session *a, const backend_call *call, et_error *error)
{
    const network *net = a->plan->net;
    if (call->frames < 0 || call->windows < 0 || call->frames > a->most || call->windows > a->most)
        return error_set(error, ET_ERROR_ARGUMENT, "cuda: %d frames and %d windows; at most %d are possible", call->frames,
                         call->windows, a->most);
    if (!slots_exist(a, call->frame_slot, (size_t)call->frames) ||
        !slots_exist(a, call->window_slots, (size_t)call->windows * (size_t)net->config.window))
        return error_set(error, ET_ERROR_ARGUMENT, "cuda: a slot is not in 0 .. %d", a->slots - 1);
    int parts = (call->frames > 0 ? FRAME_PART : 0) | (call->windows > 0 ? WINDOW_PART : 0);
    if (parts == 0) return ET_OK;
    int class = class_of(call->frames > call->windows ? call->frames : call->windows);
    fill(a, call, 1 << class);
    return fault_report(cudaGraphLaunch(a->graph[class][parts], a->device.stream), "answering", error);
}

static et_status session_finish(backend_session *a, const backend_call *call, et_error *error)
{
    const network *net = a->plan->net;
    device_fault fault = cudaStreamSynchronize(a->device.stream);
    if (fault) return fault_report(fault, "answering", error);
    if (call->windows > 0)
        memcpy(call->out, a->out_here, (size_t)call->windows * shape_size(net->value[net->output]) * sizeof(float));
    return ET_OK;
}

const session_backend device_sessions = {session_create, session_destroy, session_start, session_finish};
