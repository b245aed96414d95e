/** Answering: a frame's part once, the rest over windows of cached frames. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/network_internal.h"

/* Windows that go through the layers together: enough to fill the registers of a product, few enough to stay in the cache.
 */
enum { TOGETHER = 6 };

struct network_work {
    int together;
    real *value[VALUES_MOST]; /* of one frame, or of `together` windows */
    real *saved, *scratch, *arena;
};

static size_t items_of(const network_work *work, shape s)
{
    return s.window ? (size_t)work->together : 1;
}

static size_t padded(size_t count)
{
    return (count + 15) / 16 * 16;
}

/* Numbers for all values, and the largest room that a layer wants. */
static size_t measure(const network *net, const network_work *work, size_t *saved, size_t *scratch)
{
    size_t total = 0;
    *saved = *scratch = 0;
    for (int v = 0; v < net->values; v++) total += padded(items_of(work, net->value[v]) * shape_size(net->value[v]));
    for (int i = 0; i < net->layers; i++) {
        size_t items = items_of(work, net->layer[i].out);
        size_t room = network_scratch(net, i, items);
        if (items * net->layer[i].saved > *saved) *saved = items * net->layer[i].saved;
        if (room > *scratch) *scratch = room;
    }
    return total + padded(*saved) + padded(*scratch);
}

static real *take(real **arena, size_t count)
{
    real *place = *arena;
    *arena += padded(count);
    return place;
}

et_status network_work_create(network_work **out, const network *net, int most_windows, et_error *error)
{
    if (most_windows < 1)
        return error_set(error, ET_ERROR_ARGUMENT, "network: at least one window must be answered at a time");
    network_work *work = calloc(1, sizeof *work);
    if (!work) return error_set(error, ET_ERROR_MEMORY, "network: no memory for answering");
    work->together = most_windows < TOGETHER ? most_windows : TOGETHER;
    size_t saved, scratch, total = measure(net, work, &saved, &scratch);
    work->arena = aligned_alloc(64, padded(total + 64) * sizeof *work->arena);
    if (!work->arena) {
        free(work);
        return error_set(error, ET_ERROR_MEMORY, "network: no memory for %zu activations", total);
    }
    memset(work->arena, 0, padded(total + 64) * sizeof *work->arena);
    real *arena = work->arena;
    for (int v = 0; v < net->values; v++)
        work->value[v] = take(&arena, items_of(work, net->value[v]) * shape_size(net->value[v]));
    for (int v = 0; v < net->values; v++) work->value[v] = work->value[network_root(net, v)];
    work->saved = take(&arena, saved);
    work->scratch = take(&arena, scratch);
    *out = work;
    return ET_OK;
}

void network_work_destroy(network_work *work)
{
    if (!work) return;
    free(work->arena);
    free(work);
}

static void run_layer(const network *net, const network_work *work, int i, int items, real *const *value)
{
    const layer *l = &net->layer[i];
    if (l->type->view) return;
    layer_call call = network_call(net, i, items);
    for (int k = 0; k < l->inputs; k++) call.in[k] = value[l->input[k]];
    call.out = value[l->output];
    call.saved = work->saved;
    call.scratch = work->scratch;
    net->kernel[i].forward(l, &call);
}

/* The layers of a frame from one to before another. */
static void run_frame(const network *net, network_work *work, int first, int end)
{
    for (int i = first; i < end; i++)
        if (!net->layer[i].out.window) run_layer(net, work, i, 1, work->value);
}

static void run_preprocessing(const network *net, network_work *work, const real *row)
{
    memcpy(work->value[net->row], row, shape_size(net->value[net->row]) * sizeof *row);
    run_frame(net, work, 0, net->preprocessing);
}

static void run_rest(const network *net, network_work *work, real *slot)
{
    run_frame(net, work, net->preprocessing, net->layers);
    for (int i = 0; i < net->cuts; i++)
        memcpy(slot + net->cut[i].offset, work->value[net->cut[i].frame_value], net->cut[i].width * sizeof *slot);
}

void network_features(const network *net, network_work *work, const real *row, real *features)
{
    run_preprocessing(net, work, row);
    memcpy(features, work->value[net->features], shape_size(net->value[net->features]) * sizeof *features);
}

void network_frame_of_features(const network *net, network_work *work, const real *features, real *slot)
{
    memcpy(work->value[net->features], features, shape_size(net->value[net->features]) * sizeof *features);
    run_rest(net, work, slot);
}

void network_frame(const network *net, network_work *work, const real *row, real *slot)
{
    run_preprocessing(net, work, row);
    run_rest(net, work, slot);
}

static void some_windows(const network *net, network_work *work, const real *const *slots, int windows, real *out)
{
    size_t frames = (size_t)windows * (size_t)net->config.window, targets = (size_t)net->config.targets;
    for (int i = 0; i < net->cuts; i++)
        for (size_t f = 0; f < frames; f++)
            memcpy(work->value[net->cut[i].window_value] + f * net->cut[i].width, slots[f] + net->cut[i].offset,
                   net->cut[i].width * sizeof *out);
    for (int i = 0; i < net->layers; i++)
        if (net->layer[i].out.window) run_layer(net, work, i, windows, work->value);
    memcpy(out, work->value[net->output], (size_t)windows * targets * sizeof *out);
}

void network_windows(const network *net, network_work *work, const real *const *slots, int windows, real *out)
{
    for (int done = 0; done < windows; done += work->together) {
        int now = windows - done < work->together ? windows - done : work->together;
        some_windows(net, work, slots + (size_t)done * (size_t)net->config.window, now,
                     out + (size_t)done * (size_t)net->config.targets);
    }
}

et_status network_answers(const network *net, const network_batch *batch, real *out, et_error *error)
{
    size_t places = (size_t)batch->windows * (size_t)net->config.window, row = shape_size(net->value[net->row]);
    size_t width = batch->projected ? (size_t)net->config.features : row;
    network_work *work = NULL;
    real *slots = malloc(((size_t)batch->frames * net->slot_size + 1) * sizeof *slots);
    const real **window = calloc(places + 1, sizeof *window);
    et_status status = slots && window ? network_work_create(&work, net, TOGETHER, error)
                                       : error_set(error, ET_ERROR_MEMORY, "no memory for %d frames", batch->frames);
    for (int f = 0; f < batch->frames && status == ET_OK; f++) {
        const real *from = batch->rows + (size_t)(batch->chosen ? batch->chosen[f] : f) * width;
        real *slot = slots + (size_t)f * net->slot_size;
        if (batch->projected)
            network_frame_of_features(net, work, from, slot);
        else
            network_frame(net, work, from, slot);
    }
    for (size_t i = 0; i < places && status == ET_OK; i++)
        window[i] = slots + (size_t)batch->window_frames[i] * net->slot_size;
    if (status == ET_OK) network_windows(net, work, window, batch->windows, out);
    network_work_destroy(work);
    free(slots), free(window);
    return status;
}

void network_scaled(const network *net, const real *row, real *out)
{
    real room[2][COLUMNS_MOST];
    const real *in = row;
    for (int i = 0; i < net->preprocessing && in != out; i++) {
        const layer *l = &net->layer[i];
        layer_call call = network_call(net, i, 1);
        call.in[0] = in;
        call.out = l->output == net->scaled ? out : room[i % 2];
        l->type->forward(l, &call);
        in = call.out;
    }
}

int network_column(const network *net, int j)
{
    return (int)net->parameters[network_tensor_find(net, "columns.index")->offset + (size_t)j];
}
