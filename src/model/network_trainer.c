/** Training: forward and backward of a batch whose windows share frames.
 *
 *  The batch is cut into lanes, a number that depends on the batch alone; a lane is done by one thread, chunk after chunk,
 *  and adds to a gradient of its own; lanes are summed in their order. So any number of threads gives the same bytes. Batch
 *  norm needs sums over the whole batch: layers between two such norms form a segment, and a chunk goes through a whole
 *  segment while it is in the cache. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/layers/dropout.h"
#include "model/network_trainer_internal.h"

et_status network_trainer_create(network_trainer **out, network *net, int most_frames, int most_windows, int threads,
                                 et_error *error)
{
    if (most_frames < 1 || most_windows < 1)
        return error_set(error, ET_ERROR_ARGUMENT, "training: a batch needs frames and windows");
    network_trainer *t = calloc(1, sizeof *t);
    if (!t) return error_set(error, ET_ERROR_MEMORY, "training: no memory");
    t->net = net;
    t->frames.chunk = FRAME_CHUNK;
    t->windows.chunk = WINDOW_CHUNK;
    t->frames.most = most_frames;
    t->windows.most = most_windows;
    et_status status = workers_create(&t->workers, threads, error);
    if (status == ET_OK) status = network_trainer_lay_out(t, error);
    if (status != ET_OK) {
        network_trainer_destroy(t);
        return status;
    }
    *out = t;
    return ET_OK;
}

void network_trainer_destroy(network_trainer *t)
{
    if (!t) return;
    workers_destroy(t->workers);
    free(t->sums[0]);
    free(t->use);
    free(t->use_begin);
    free(t->arena);
    free(t);
}

/* ---- a call of one layer on one chunk ------------------------------------------------------------------------------- */

static real *value_at(const network_trainer *t, int v, int lane, size_t first)
{
    int root = root_of(t, v);
    if (t->value_passes[root]) return t->passing[lane] + t->value_place[root];
    return t->value[root] + first * shape_size(t->net->value[root]);
}

/* NULL: nobody asks. */
static real *d_value_at(const network_trainer *t, int v, int lane, size_t first)
{
    int root = root_of(t, v);
    if (t->d_value_passes[root]) return t->passing[lane] + t->d_value_place[root];
    return t->d_value[root] ? t->d_value[root] + first * shape_size(t->net->value[root]) : NULL;
}

static layer_call chunk_call(const network_trainer *t, int i, int lane, int begin, int items)
{
    const layer *l = &t->net->layer[i];
    layer_call call = network_call(t->net, i, items);
    size_t first = (size_t)begin;
    for (int k = 0; k < l->inputs; k++) {
        call.in[k] = value_at(t, l->input[k], lane, first);
        call.d_in[k] = d_value_at(t, l->input[k], lane, first);
    }
    call.out = value_at(t, l->output, lane, first);
    call.d_out = d_value_at(t, l->output, lane, first);
    call.saved = t->saved[i] + first * l->saved;
    call.gradients = t->gradient[lane];
    call.scratch = t->scratch[lane];
    call.shared = t->shared[i];
    call.first = first;
    call.training = true;
    call.seed = dropout_seed(t->batch->seed, i);
    return call;
}

static void lane_range(const domain *d, int lane, int *begin, int *end)
{
    *begin = (int)((int64_t)d->items * lane / d->lanes);
    *end = (int)((int64_t)d->items * (lane + 1) / d->lanes);
}

static void set_items(domain *d, int items, int least_in_lane)
{
    d->items = items;
    d->lanes = items / least_in_lane;
    if (d->lanes > GRADIENT_LANES) d->lanes = GRADIENT_LANES;
    if (d->lanes < 1) d->lanes = 1;
}

/* ---- forward -------------------------------------------------------------------------------------------------------- */

/* Windows read frames: copies a chunk's frames into its sequences. */
static void gather(const network_trainer *t, int begin, int items)
{
    const network *net = t->net;
    size_t steps = (size_t)net->config.window;
    for (int i = 0; i < net->cuts; i++) {
        size_t width = net->cut[i].width;
        for (size_t place = (size_t)begin * steps; place < (size_t)(begin + items) * steps; place++)
            memcpy(t->value[net->cut[i].window_value] + place * width,
                   t->value[net->cut[i].frame_value] + (size_t)t->batch->window_frames[place] * width, width * sizeof(real));
    }
}

static void run_chunks(network_trainer *t, int lane, void (*chunk)(network_trainer *t, int lane, int begin, int items))
{
    int begin, end;
    lane_range(t->now, lane, &begin, &end);
    memset(t->sums[lane], 0, t->most_sums * sizeof(double));
    for (int first = begin; first < end; first += t->now->chunk)
        chunk(t, lane, first, end - first < t->now->chunk ? end - first : t->now->chunk);
}

static void forward_chunk(network_trainer *t, int lane, int begin, int items)
{
    const network *net = t->net;
    if (t->now == &t->windows && t->range.begin == 0) gather(t, begin, items);
    for (int k = t->range.begin; k < t->range.end; k++) {
        int i = t->now->layer[k];
        if (i < t->preprocessing_done || net->layer[i].type->view) continue;
        layer_call call = chunk_call(t, i, lane, begin, items);
        net->kernel[i].forward(&net->layer[i], &call);
    }
    if (t->sums_layer < 0) return;
    layer_call call = chunk_call(t, t->sums_layer, lane, begin, items);
    net->kernel[t->sums_layer].forward_sums(&net->layer[t->sums_layer], &call, t->sums[lane]);
}

static void forward_lane(void *context, int lane)
{
    run_chunks(context, lane, forward_chunk);
}

static const double *sum_lanes(network_trainer *t, size_t count)
{
    for (int lane = 1; lane < t->now->lanes; lane++)
        for (size_t j = 0; j < count; j++) t->sums[0][j] += t->sums[lane][j];
    return t->sums[0];
}

/* The first layer of the next segment, if it needs sums. */
static int next_sums(const network_trainer *t, const domain *d, int s)
{
    if (s >= d->segments) return -1;
    int i = d->layer[d->segment[s].begin];
    return t->net->layer[i].sums > 0 ? i : -1;
}

static void share_forward(network_trainer *t, int i)
{
    const layer *l = &t->net->layer[i];
    l->type->forward_share(l, sum_lanes(t, l->sums), (size_t)t->now->items, t->shared[i], t->net->parameters);
}

static void forward_domain(network_trainer *t, domain *d)
{
    t->now = d;
    for (int s = 0; s < d->segments; s++) {
        t->range = d->segment[s];
        t->sums_layer = next_sums(t, d, s + 1);
        workers_run(t->workers, forward_lane, t, d->lanes);
        if (t->sums_layer >= 0) share_forward(t, t->sums_layer);
    }
}

/* Of each frame, the places that read it, in order. */
static void find_uses(network_trainer *t)
{
    const network_batch *batch = t->batch;
    int places = batch->windows * t->net->config.window;
    memset(t->use_begin, 0, ((size_t)batch->frames + 1) * sizeof *t->use_begin);
    for (int p = 0; p < places; p++) t->use_begin[batch->window_frames[p] + 1]++;
    for (int f = 0; f < batch->frames; f++) t->use_begin[f + 1] += t->use_begin[f];
    for (int p = 0; p < places; p++) t->use[t->use_begin[batch->window_frames[p]]++] = p;
    for (int f = batch->frames; f > 0; f--) t->use_begin[f] = t->use_begin[f - 1];
    t->use_begin[0] = 0;
}

static void take_rows(const network_trainer *t, const network_batch *batch, real *to)
{
    size_t width = shape_size(t->net->value[t->net->features]);
    for (size_t f = 0; f < (size_t)batch->frames; f++)
        memcpy(to + f * width, batch->rows + (batch->chosen ? (size_t)batch->chosen[f] : f) * width, width * sizeof *to);
}

void network_trainer_forward(network_trainer *t, const network_batch *batch, real *out)
{
    network *net = t->net;
    t->batch = batch;
    int from = batch->projected ? net->features : net->row;
    t->preprocessing_done = batch->projected ? net->preprocessing : 0;
    if (from == net->row)
        t->value[from] = (real *)batch->rows;
    else
        take_rows(t, batch, t->value[from]);
    set_items(&t->frames, batch->frames, FRAME_CHUNK);
    set_items(&t->windows, batch->windows, WINDOW_CHUNK / 2);
    find_uses(t);
    forward_domain(t, &t->frames);
    forward_domain(t, &t->windows);
    memcpy(out, t->value[net->output], (size_t)batch->windows * shape_size(net->value[net->output]) * sizeof *out);
}

/* ---- backward ------------------------------------------------------------------------------------------------------- */

/* Derivatives by a chunk's frames: sums over the windows that read them. */
static void scatter(const network_trainer *t, int begin, int items)
{
    const network *net = t->net;
    for (int i = 0; i < net->cuts; i++) {
        size_t width = net->cut[i].width;
        const real *d_window = t->d_value[net->cut[i].window_value];
        real *d_frames = t->d_value[net->cut[i].frame_value];
        for (int f = begin; d_frames && f < begin + items; f++) {
            real *d_frame = d_frames + (size_t)f * width;
            memset(d_frame, 0, width * sizeof(real));
            for (int u = t->use_begin[f]; u < t->use_begin[f + 1]; u++)
                for (size_t j = 0; j < width; j++) d_frame[j] += d_window[(size_t)t->use[u] * width + j];
        }
    }
}

/* The first layer to write a derivative sets it, or finds it cleared. */
static void begin_inputs(const network_trainer *t, int i, layer_call *call)
{
    const layer *l = &t->net->layer[i];
    for (int k = 0; k < l->inputs; k++) {
        int root = root_of(t, l->input[k]);
        bool again = k > 0 && call->d_in[k] == call->d_in[0];
        call->fresh[k] = call->d_in[k] && t->last_reader[root] == i && !t->in_slot[root] && !again;
        if (!call->fresh[k] || t->net->kernel[i].sets_fresh) continue;
        memset(call->d_in[k], 0, (size_t)call->items * shape_size(l->in[k]) * sizeof(real));
        call->fresh[k] = false;
    }
}

/* The layers of the range from last to first; then the sums that the first one of the segment needs before its own turn. */
static void backward_chunk(network_trainer *t, int lane, int begin, int items)
{
    const network *net = t->net;
    if (t->now == &t->frames && t->range.end == t->frames.layers) scatter(t, begin, items);
    for (int k = t->range.end - 1; k >= t->range.begin; k--) {
        int i = t->now->layer[k];
        if (i < net->preprocessing || net->layer[i].type->view) continue;
        layer_call call = chunk_call(t, i, lane, begin, items);
        begin_inputs(t, i, &call);
        net->kernel[i].backward(&net->layer[i], &call);
    }
    if (t->sums_layer < 0) return;
    layer_call call = chunk_call(t, t->sums_layer, lane, begin, items);
    net->kernel[t->sums_layer].backward_sums(&net->layer[t->sums_layer], &call, t->sums[lane]);
}

static void backward_lane(void *context, int lane)
{
    run_chunks(context, lane, backward_chunk);
}

static void backward_domain(network_trainer *t, domain *d)
{
    t->now = d;
    int end = d->layers;
    for (int s = d->segments - 1; s >= 0; s--) {
        t->sums_layer = next_sums(t, d, s);
        int begin = d->segment[s].begin + (t->sums_layer >= 0);
        t->range = (segment){begin, end};
        workers_run(t->workers, backward_lane, t, d->lanes);
        end = begin;
        if (t->sums_layer < 0) continue;
        const layer *l = &t->net->layer[t->sums_layer];
        l->type->backward_share(l, sum_lanes(t, l->sums), (size_t)d->items, t->shared[t->sums_layer]);
    }
    if (end == 0) return;
    t->range = (segment){0, end};
    t->sums_layer = -1;
    workers_run(t->workers, backward_lane, t, d->lanes);
}

static void clear_lane(void *context, int lane)
{
    network_trainer *t = context;
    memset(t->gradient[lane], 0, t->net->parameter_count * sizeof(real));
}

static void sum_slice(void *context, int slice)
{
    network_trainer *t = context;
    int lanes = t->frames.lanes > t->windows.lanes ? t->frames.lanes : t->windows.lanes;
    size_t begin = t->net->parameter_count * (size_t)slice / GRADIENT_LANES,
           end = t->net->parameter_count * (size_t)(slice + 1) / GRADIENT_LANES;
    memcpy(t->gradients + begin, t->gradient[0] + begin, (end - begin) * sizeof(real));
    for (int lane = 1; lane < lanes; lane++)
        for (size_t j = begin; j < end; j++) t->gradients[j] += t->gradient[lane][j];
}

void network_trainer_backward(network_trainer *t, const real *d_out, real *gradients)
{
    const network *net = t->net;
    shape answer = net->value[net->output];
    t->gradients = gradients;
    memcpy(t->d_value[net->output], d_out, (size_t)t->batch->windows * shape_size(answer) * sizeof *d_out);
    workers_run(t->workers, clear_lane, t, t->frames.lanes > t->windows.lanes ? t->frames.lanes : t->windows.lanes);
    backward_domain(t, &t->windows);
    backward_domain(t, &t->frames);
    workers_run(t->workers, sum_slice, t, GRADIENT_LANES);
}
