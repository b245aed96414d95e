#include "cuda/ear.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cuda/convolution.h"
#include "cuda/device.h"
#include "cuda/ear_steps.h"
#include "features/ear_layers.h"

enum {
    STREAMS_MOST = 256, /* of a call: 240 MB for the answers of a front layer at all its places */
    LAYERS = EAR_FRONT_LAYERS + EAR_MIDDLE_LAYERS,
    BEFORE = 63, /* frames that the longest filter spans to the left, and behind the sound to the right */
    BEHIND = 64,
    X_ROWS = EAR_WINDOW + BEHIND,
    FRONT_ROWS = EAR_WINDOW - BEFORE,
    ASIDE = EAR_MIDDLE_TAPS / 2 /* frames on either side of a middle filter's own */
};

typedef struct ear_layer {
    convolution convolution; /* filters 0: all are still, and there is none */
    float *filter;
    float *norm; /* bias, scale, offset */
} ear_layer;

typedef struct device_ear {
    backend_ear shown; /* what is shown is the first of it */
    device device;
    cudnnHandle_t dnn;
    float input_scale, input_offset;
    ear_layer layer[LAYERS];
    int column[EAR_FRONT_LAYERS], before[EAR_FRONT_LAYERS];
    int *filter[EAR_MIDDLE_LAYERS]; /* device: of each channel */
    float *still;                   /* device: of the first middle layer's channels */
    float *windows, *x, *convolved, *rows;
    int *known;
    ear_rows front, middle[EAR_MIDDLE_LAYERS];
    float *workspace;
    size_t workspace_bytes;
} device_ear;

/* ---- creation ---------------------------------------------------------------------------------------------------------- */

/* From memory that is not pinned: taken when the call returns. */
static device_fault upload(device_ear *e, float **out, const float *from, size_t count)
{
    TRY(device_floats(out, count));
    return cudaMemcpyAsync(*out, from, count * sizeof *from, cudaMemcpyHostToDevice, e->device.stream);
}

static device_fault zeros(device_ear *e, float **out, size_t count)
{
    TRY(device_floats(out, count));
    return cudaMemsetAsync(*out, 0, count * sizeof **out, e->device.stream);
}

/* From (tap, in, filter) to (filter, channel, tap, place): `in` are channels, or the places of a single channel. */
static device_fault upload_filters(device_ear *e, ear_layer *l, const float *plain)
{
    const convolution_shape *s = &l->convolution.shape;
    int inside = s->channels * s->width;
    size_t count = (size_t)s->filters * (size_t)s->taps * (size_t)inside;
    float *turned = malloc(count * sizeof *turned);
    if (!turned) return cudaErrorMemoryAllocation;
    for (int k = 0; k < s->filters; k++)
        for (int c = 0; c < s->channels; c++)
            for (int t = 0; t < s->taps; t++)
                for (int i = 0; i < s->width; i++)
                    turned[((k * s->channels + c) * s->taps + t) * s->width + i] =
                        plain[(t * inside + c * s->width + i) * s->filters + k];
    device_fault fault = upload(e, &l->filter, turned, count);
    free(turned);
    return fault;
}

static device_fault upload_norm(device_ear *e, ear_layer *l, const ear_after *after)
{
    enum { ROOM = EAR_FILTERS_ROOM };
    float all[3 * ROOM];
    memcpy(all, after->bias, sizeof after->bias);
    memcpy(all + ROOM, after->scale, sizeof after->scale);
    memcpy(all + 2 * ROOM, after->offset, sizeof after->offset);
    return upload(e, &l->norm, all, sizeof all / sizeof *all);
}

static device_fault make_layer(device_ear *e, int i, const convolution_shape *shape, const float *plain,
                               const ear_after *after)
{
    ear_layer *l = &e->layer[i];
    l->convolution.shape = *shape;
    TRY(upload_norm(e, l, after));
    if (shape->filters == 0) return 0;
    TRY(convolution_open(&l->convolution, e->dnn, shape, e->shown.most, &e->workspace_bytes));
    return upload_filters(e, l, plain);
}

static device_fault make_front(device_ear *e, const ear_weights *w)
{
    for (int i = 0; i < EAR_FRONT_LAYERS; i++) {
        const ear_front *l = &w->front[i];
        convolution_shape shape = {
            1, l->taps, l->width, l->live, FRONT_ROWS, l->places, X_ROWS * EAR_BANDS, X_ROWS * EAR_BANDS, EAR_BANDS};
        e->column[i] = l->column;
        e->before[i] = l->before;
        TRY(make_layer(e, i, &shape, l->plain, &l->after));
    }
    e->front = (ear_rows){NULL, w->front_columns, FRONT_ROWS, FRONT_ROWS + ASIDE};
    return zeros(e, &e->front.at, (size_t)e->shown.most * (size_t)(e->front.channels * e->front.stride));
}

/* The first gives its live filters alone, the others all. */
static device_fault make_channels(device_ear *e, int i, const ear_weights *w)
{
    int filter[EAR_MIDDLE];
    for (int c = 0; c < EAR_MIDDLE; c++) filter[c] = i == 0 ? -1 : c;
    for (int k = 0; i == 0 && k < w->middle[0].live; k++) filter[w->middle_1_filter[k]] = k;
    TRY(device_integers(&e->filter[i], EAR_MIDDLE));
    return cudaMemcpyAsync(e->filter[i], filter, sizeof filter, cudaMemcpyHostToDevice, e->device.stream);
}

static device_fault make_middle(device_ear *e, const ear_weights *w)
{
    const ear_rows *in = &e->front;
    for (int i = 0; i < EAR_MIDDLE_LAYERS; i++) {
        const ear_middle *l = &w->middle[i];
        ear_rows *out = &e->middle[i];
        *out = (ear_rows){NULL, EAR_MIDDLE, in->rows - ASIDE, in->rows};
        convolution_shape shape = {
            in->channels, EAR_MIDDLE_TAPS, 1, l->live, out->rows, 1, in->channels * in->stride, in->stride, 1};
        TRY(make_layer(e, EAR_FRONT_LAYERS + i, &shape, l->plain, &l->after));
        TRY(make_channels(e, i, w));
        TRY(zeros(e, &out->at, (size_t)e->shown.most * (size_t)(out->channels * out->stride)));
        in = out;
    }
    return upload(e, &e->still, w->middle_1_still, EAR_MIDDLE);
}

static size_t most_convolved(const device_ear *e)
{
    size_t most = 1;
    for (int i = 0; i < LAYERS; i++) {
        const convolution_shape *s = &e->layer[i].convolution.shape;
        size_t count = (size_t)s->filters * (size_t)s->rows * (size_t)s->places;
        if (count > most) most = count;
    }
    return most * (size_t)e->shown.most;
}

static device_fault allocate(device_ear *e, const ear_weights *w)
{
    size_t most = (size_t)e->shown.most;
    TRY(fault_of_dnn(cudnnCreate(&e->dnn)));
    TRY(fault_of_dnn(cudnnSetStream(e->dnn, e->device.stream)));
    TRY(make_front(e, w));
    TRY(make_middle(e, w));
    TRY(device_floats(&e->windows, most * EAR_WINDOW * EAR_BANDS));
    TRY(zeros(e, &e->x, most * X_ROWS * EAR_BANDS));
    TRY(device_floats(&e->convolved, most_convolved(e)));
    TRY(device_floats(&e->rows, most * EAR_ROW));
    TRY(device_integers(&e->known, most));
    TRY(device_floats(&e->workspace, (e->workspace_bytes + sizeof(float) - 1) / sizeof(float)));
    TRY(cudaMallocHost((void **)&e->shown.windows, most * sizeof *e->shown.windows));
    TRY(cudaMallocHost((void **)&e->shown.known, most * sizeof *e->shown.known));
    TRY(cudaMallocHost((void **)&e->shown.rows, most * sizeof *e->shown.rows));
    return cudaStreamSynchronize(e->device.stream);
}

static void destroy(backend_ear *shown)
{
    device_ear *e = (device_ear *)shown;
    if (!e) return;
    for (int i = 0; i < LAYERS; i++) {
        convolution_close(&e->layer[i].convolution);
        device_free(e->layer[i].filter);
        device_free(e->layer[i].norm);
    }
    for (int i = 0; i < EAR_MIDDLE_LAYERS; i++) device_free(e->filter[i]), device_free(e->middle[i].at);
    void *all[] = {e->still, e->windows, e->x, e->convolved, e->rows, e->known, e->front.at, e->workspace};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) device_free(all[i]);
    cudaFreeHost(e->shown.windows);
    cudaFreeHost(e->shown.known);
    cudaFreeHost(e->shown.rows);
    if (e->dnn) cudnnDestroy(e->dnn);
    device_close(&e->device);
    free(e);
}

static et_status create(backend_ear **out, const ear_weights *weights, int streams, et_error *error)
{
    *out = NULL;
    device_ear *e = calloc(1, sizeof *e);
    if (!e) return error_set(error, ET_ERROR_MEMORY, "cuda: no memory");
    e->shown.most = streams < STREAMS_MOST ? streams : STREAMS_MOST;
    e->input_scale = weights->input_scale;
    e->input_offset = weights->input_offset;
    et_status status = device_open(&e->device, error);
    if (status == ET_OK) status = fault_report(allocate(e, weights), "preparing the learned ear", error);
    if (status != ET_OK) {
        destroy(&e->shown);
        return status;
    }
    *out = &e->shown;
    return ET_OK;
}

/* ---- a call ------------------------------------------------------------------------------------------------------------ */

static device_fault convolve(device_ear *e, int i, int streams, const float *in)
{
    ear_layer *l = &e->layer[i];
    convolution_call call = {streams, in, l->filter, e->convolved, e->workspace, e->workspace_bytes};
    return convolution_run(&l->convolution, e->dnn, &call);
}

static ear_norm norm_of(const ear_layer *l)
{
    return (ear_norm){l->norm, l->norm + EAR_FILTERS_ROOM, l->norm + 2 * EAR_FILTERS_ROOM};
}

static device_fault hear_front(device_ear *e, ear_windows w)
{
    for (int i = 0; i < EAR_FRONT_LAYERS; i++) {
        const convolution_shape *s = &e->layer[i].convolution.shape;
        if (s->filters == 0) continue;
        TRY(convolve(e, i, w.streams, e->x + (BEFORE - e->before[i]) * EAR_BANDS));
        TRY(ear_after_front(w, e->convolved, s->filters, s->places, norm_of(&e->layer[i]), e->front, e->column[i],
                            e->device.stream));
    }
    return ear_ones(w, e->front, e->device.stream);
}

static device_fault hear_middle(device_ear *e, ear_windows w)
{
    for (int i = 0; i < EAR_MIDDLE_LAYERS; i++) {
        ear_layer *l = &e->layer[EAR_FRONT_LAYERS + i];
        int filters = l->convolution.shape.filters;
        if (filters) TRY(convolve(e, EAR_FRONT_LAYERS + i, w.streams, i == 0 ? e->front.at : e->middle[i - 1].at));
        ear_middle_step step = {e->convolved, filters, norm_of(l), e->filter[i], e->still, {0}, e->middle[i]};
        if (i > 0) step.given = e->middle[i - 1];
        TRY(ear_after_middle(w, &step, e->device.stream));
    }
    return 0;
}

static device_fault hear(device_ear *e, int streams)
{
    cudaStream_t stream = e->device.stream;
    ear_windows w = {streams, e->known};
    size_t count = (size_t)streams;
    TRY(cudaMemcpyAsync(e->windows, e->shown.windows, count * sizeof *e->shown.windows, cudaMemcpyHostToDevice, stream));
    TRY(cudaMemcpyAsync(e->known, e->shown.known, count * sizeof *e->known, cudaMemcpyHostToDevice, stream));
    TRY(ear_enter(w, e->windows, e->input_scale, e->input_offset, e->x, (size_t)X_ROWS * EAR_BANDS, stream));
    TRY(hear_front(e, w));
    TRY(hear_middle(e, w));
    TRY(ear_means(w, e->middle, e->rows, stream));
    TRY(cudaMemcpyAsync(e->shown.rows, e->rows, count * sizeof *e->shown.rows, cudaMemcpyDeviceToHost, stream));
    return cudaStreamSynchronize(stream);
}

static et_status run(backend_ear *shown, int streams, et_error *error)
{
    device_ear *e = (device_ear *)shown;
    if (streams < 1 || streams > e->shown.most)
        return error_set(error, ET_ERROR_ARGUMENT, "cuda: ears of %d streams; at most %d are possible", streams,
                         e->shown.most);
    return fault_report(hear(e, streams), "hearing", error);
}

const ear_backend device_ears = {create, destroy, run};
