#include "cuda/plan.h"

#include <stdlib.h>

#include "base/error.h"

static bool is_view(const plan *p, int i)
{
    const layer_type *type = p->net->layer[i].type;
    return type->view || (!p->training && p->home[i] == &device_dropout);
}

static et_status find_homes(plan *p, et_error *error)
{
    for (int i = 0; i < p->net->layers; i++) {
        const layer *l = &p->net->layer[i];
        p->home[i] = l->type->view ? NULL : device_layer_of(l->type);
        if (!l->type->view && !p->home[i])
            return error_set(error, ET_ERROR_UNSUPPORTED, "cuda: layer %s (%s) has no form for the GPU; use --device cpu",
                             l->name, l->type->name);
    }
    return ET_OK;
}

static void find_readers(plan *p)
{
    const network *net = p->net;
    for (int v = 0; v < net->values; v++) {
        p->root[v] = v;
        p->last_reader[v] = -1;
    }
    for (int i = 0; i < net->layers; i++) {
        const layer *l = &net->layer[i];
        if (is_view(p, i)) p->root[l->output] = p->root[l->input[0]];
        for (int k = 0; k < l->inputs && !is_view(p, i); k++) p->last_reader[p->root[l->input[k]]] = i;
    }
    for (int i = 0; i < net->cuts; i++) p->in_slot[p->root[net->cut[i].frame_value]] = true;
}

static size_t most_items(const plan *p, shape s)
{
    return (size_t)(s.window ? p->most_windows : p->most_frames);
}

static device_fault allocate_values(plan *p)
{
    const network *net = p->net;
    for (int v = 0; v < net->values; v++) {
        if (p->root[v] != v) continue;
        size_t count = most_items(p, net->value[v]) * shape_size(net->value[v]);
        TRY(device_floats(&p->value[v], count));
        if (p->training && v > net->features) TRY(device_floats(&p->d_value[v], count));
    }
    for (int v = 0; v < net->values; v++) {
        p->value[v] = p->value[p->root[v]];
        p->d_value[v] = p->d_value[p->root[v]];
    }
    return 0;
}

static device_fault allocate(plan *p)
{
    const network *net = p->net;
    size_t scratch = 0;
    TRY(device_floats(&p->parameters, net->parameter_count));
    if (p->training) TRY(device_floats(&p->gradients, net->parameter_count));
    TRY(allocate_values(p));
    for (int i = 0; i < net->layers; i++) {
        const layer *l = &net->layer[i];
        if (is_view(p, i)) continue;
        size_t items = most_items(p, l->out);
        if (p->training || !p->home[i]->saves_nothing_alone) TRY(device_floats(&p->saved[i], items * l->saved));
        if (p->training) TRY(device_floats(&p->shared[i], l->shared));
        size_t room = p->home[i]->scratch ? p->home[i]->scratch(l, (int)items, p->training) : 0;
        if (room > scratch) scratch = room;
    }
    return device_floats(&p->scratch, scratch);
}

et_status plan_create(plan **out, const network *net, const device *d, int most_frames, int most_windows, bool training,
                      et_error *error)
{
    plan *p = calloc(1, sizeof *p);
    if (!p) return error_set(error, ET_ERROR_MEMORY, "cuda: no memory");
    p->net = net;
    p->device = d;
    p->most_frames = most_frames;
    p->most_windows = most_windows;
    p->training = training;
    et_status status = find_homes(p, error);
    if (status == ET_OK) {
        find_readers(p);
        status = fault_report(allocate(p), "laying out the network", error);
    }
    if (status != ET_OK) {
        plan_destroy(p);
        return status;
    }
    *out = p;
    return ET_OK;
}

void plan_destroy(plan *p)
{
    if (!p) return;
    for (int v = 0; v < p->net->values; v++) {
        if (p->root[v] != v) continue;
        device_free(p->value[v]);
        device_free(p->d_value[v]);
    }
    for (int i = 0; i < p->net->layers; i++) {
        device_free(p->saved[i]);
        device_free(p->shared[i]);
    }
    device_free(p->parameters);
    device_free(p->gradients);
    device_free(p->scratch);
    free(p);
}

device_fault plan_upload(plan *p)
{
    TRY(cudaMemcpyAsync(p->parameters, p->net->parameters, p->net->parameter_count * sizeof(float), cudaMemcpyHostToDevice,
                        p->device->stream));
    return cudaStreamSynchronize(p->device->stream);
}

static device_call call_of(const plan *p, int i, int items)
{
    const layer *l = &p->net->layer[i];
    device_call call = {.items = items,
                        .parameters = p->parameters,
                        .out = p->value[l->output],
                        .d_out = p->d_value[l->output],
                        .gradients = p->gradients,
                        .saved = p->saved[i],
                        .scratch = p->scratch,
                        .shared = p->shared[i],
                        .training = p->training,
                        .seed = p->seed,
                        .number = i,
                        .stream = p->device->stream,
                        .blas = p->device->blas};
    for (int k = 0; k < l->inputs; k++) {
        int root = p->root[l->input[k]];
        call.in[k] = p->value[root];
        call.d_in[k] = p->d_value[root];
        call.add[k] = p->last_reader[root] != i || p->in_slot[root];
    }
    return call;
}

device_fault plan_forward(plan *p, bool windows, int items, int first)
{
    for (int i = first; i < p->net->layers; i++) {
        const layer *l = &p->net->layer[i];
        if (l->out.window != windows || is_view(p, i)) continue;
        device_call call = call_of(p, i, items);
        TRY(p->home[i]->forward(l, &call));
    }
    return 0;
}

device_fault plan_backward(plan *p, bool windows, int items)
{
    for (int i = p->net->layers - 1; i >= p->net->preprocessing; i--) {
        const layer *l = &p->net->layer[i];
        if (l->out.window != windows || is_view(p, i)) continue;
        device_call call = call_of(p, i, items);
        TRY(p->home[i]->backward(l, &call));
    }
    return 0;
}
