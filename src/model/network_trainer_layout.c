/** Where the values, derivatives and rooms of a training batch lie: one arena, laid out once. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/network_trainer_internal.h"

static size_t padded(size_t count)
{
    return (count + 15) / 16 * 16;
}

static void find_segments(const network *net, domain *d, bool window)
{
    for (int i = 0; i < net->layers; i++) {
        if (net->layer[i].out.window != window) continue;
        if (d->layers == 0 || net->layer[i].sums > 0) d->segment[d->segments++].begin = d->layers;
        d->layer[d->layers++] = i;
        d->segment[d->segments - 1].end = d->layers;
    }
}

static void find_readers(network_trainer *t)
{
    const network *net = t->net;
    for (int v = 0; v < net->values; v++) {
        t->root[v] = network_root(net, v);
        t->last_reader[v] = -1;
    }
    for (int i = 0; i < net->layers; i++)
        for (int k = 0; k < net->layer[i].inputs && !net->layer[i].type->view; k++)
            t->last_reader[root_of(t, net->layer[i].input[k])] = i;
    for (int i = 0; i < net->cuts; i++) t->in_slot[root_of(t, net->cut[i].frame_value)] = true;
}

static size_t most_items(const network_trainer *t, shape s)
{
    return (size_t)(s.window ? t->windows.most : t->frames.most);
}

static real *take(real **arena, size_t *total, size_t count)
{
    real *place = *arena;
    if (*arena) *arena += padded(count);
    *total += padded(count);
    return place;
}

/* The phase of forward in which a layer runs; windows follow frames. A layer with sums begins one. */
static int forward_phase(const network_trainer *t, int i)
{
    const domain *d = t->net->layer[i].out.window ? &t->windows : &t->frames;
    for (int s = 0; s < d->segments; s++)
        for (int k = d->segment[s].begin; k < d->segment[s].end; k++)
            if (d->layer[k] == i) return d == &t->windows ? LAYERS_MOST + s : s;
    return -1;
}

/* Of backward: a layer with sums goes with the segment before. */
static int backward_phase(const network_trainer *t, int i)
{
    return forward_phase(t, i) - (t->net->layer[i].sums > 0);
}

/* Which values only pass through a chunk: made and read in one phase, not read again by backward; likewise derivatives. */
static void find_passing_value(network_trainer *t, int i)
{
    const network *net = t->net;
    int v = net->layer[i].output;
    bool kept = root_of(t, v) != v || t->in_slot[v] || v == net->features || v == root_of(t, net->output);
    bool passes = !kept && !net->layer[i].type->keeps_out,
         d_passes = !kept && net->layer[i].sums == 0 && i >= net->preprocessing;
    for (int reader = 0; reader < net->layers; reader++)
        for (int k = 0; k < net->layer[reader].inputs && !net->layer[reader].type->view; k++) {
            if (root_of(t, net->layer[reader].input[k]) != v) continue;
            passes = passes && forward_phase(t, reader) == forward_phase(t, i) && !net->layer[reader].type->keeps_in;
            d_passes = d_passes && backward_phase(t, reader) == backward_phase(t, i);
        }
    t->value_passes[v] = passes;
    t->d_value_passes[v] = d_passes;
}

/* Places in a lane's room; each phase begins again at its start. */
static void place_passing(network_trainer *t)
{
    const network *net = t->net;
    size_t forward[2 * LAYERS_MOST + 2] = {0}, backward[2 * LAYERS_MOST + 2] = {0};
    for (int i = 0; i < net->layers; i++) {
        find_passing_value(t, i);
        int v = net->layer[i].output;
        size_t count = (size_t)(net->value[v].window ? WINDOW_CHUNK : FRAME_CHUNK) * shape_size(net->value[v]);
        size_t *f = &forward[forward_phase(t, i)], *b = &backward[backward_phase(t, i) + 1];
        t->value_place[v] = *f;
        t->d_value_place[v] = *b;
        if (t->value_passes[v]) *f += padded(count);
        if (t->d_value_passes[v]) *b += padded(count);
        if (*f > t->passing_size) t->passing_size = *f;
        if (*b > t->passing_size) t->passing_size = *b;
    }
}

/* Gives every buffer its place; with `arena` NULL only counts. */
static size_t place_buffers(network_trainer *t, real *arena)
{
    const network *net = t->net;
    size_t total = 0;
    for (int v = 0; v < net->values; v++) {
        size_t count = most_items(t, net->value[v]) * shape_size(net->value[v]);
        if (root_of(t, v) != v || v == net->row) continue;
        if (!t->value_passes[v]) t->value[v] = take(&arena, &total, count);
        if (v > net->features && !t->d_value_passes[v]) t->d_value[v] = take(&arena, &total, count);
    }
    for (int v = 0; v < net->values; v++) {
        t->value[v] = t->value[root_of(t, v)];
        t->d_value[v] = t->d_value[root_of(t, v)];
    }
    for (int i = 0; i < net->layers; i++) {
        const layer *l = &net->layer[i];
        t->saved[i] = take(&arena, &total, most_items(t, l->out) * l->saved);
        t->shared[i] = take(&arena, &total, l->shared);
    }
    for (int lane = 0; lane < GRADIENT_LANES; lane++) {
        t->passing[lane] = take(&arena, &total, t->passing_size);
        t->scratch[lane] = take(&arena, &total, t->scratch_size);
        t->gradient[lane] = take(&arena, &total, net->parameter_count);
    }
    return total;
}

static void measure(network_trainer *t)
{
    for (int i = 0; i < t->net->layers; i++) {
        const layer *l = &t->net->layer[i];
        size_t scratch = network_scratch(t->net, i, l->out.window ? WINDOW_CHUNK : FRAME_CHUNK);
        if (scratch > t->scratch_size) t->scratch_size = scratch;
        if (l->sums > t->most_sums) t->most_sums = l->sums;
    }
}

et_status network_trainer_lay_out(network_trainer *t, et_error *error)
{
    find_segments(t->net, &t->frames, false);
    find_segments(t->net, &t->windows, true);
    find_readers(t);
    place_passing(t);
    measure(t);
    size_t total = place_buffers(t, NULL), frames = (size_t)t->frames.most;
    size_t places = (size_t)t->windows.most * (size_t)t->net->config.window;
    if (total > SIZE_MAX / 64) return error_set(error, ET_ERROR_LIMIT, "training: a batch of this size cannot be held");
    t->arena = aligned_alloc(64, (total + 64) * sizeof *t->arena);
    t->use_begin = calloc(frames + 1, sizeof *t->use_begin);
    t->use = calloc(places, sizeof *t->use);
    t->sums[0] = calloc(GRADIENT_LANES * (t->most_sums + 1), sizeof *t->sums[0]);
    if (!t->arena || !t->use_begin || !t->use || !t->sums[0])
        return error_set(error, ET_ERROR_MEMORY, "training: no memory for %zu MiB of activations; use a smaller batch",
                         total * sizeof *t->arena >> 20);
    memset(t->arena, 0, (total + 64) * sizeof *t->arena);
    place_buffers(t, t->arena);
    for (int lane = 1; lane < GRADIENT_LANES; lane++) t->sums[lane] = t->sums[0] + (size_t)lane * t->most_sums;
    return ET_OK;
}
