/** Our LSTM beside cuDNN's on this GPU: the second BiLSTM of a network (200 numbers a step, H 100, K 26), input and
 *  recurrence, forward. First the two must agree; then milliseconds of each for 1 to 4096 windows. This is what decides whose
 *  kernel is used. */
#include <cudnn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cuda/device.h"
#include "cuda/layer.h"

enum { STEPS = 26, HIDDEN = 100, INPUT = 2 * HIDDEN, GATES = 4 };
#ifdef CUDA_ON_HOST
enum { MOST = 4, RUNS = 1, WARM_UP = 0 }; /* emulated: whether the two agree */
#else
enum { MOST = 4096, RUNS = 200, WARM_UP = 20 };
#endif

static void stop(const char *what, int line)
{
    fprintf(stderr, "bench_lstm: line %d: %s\n", line, what);
    exit(1);
}

#define CUDA(call)                                                                \
    do {                                                                          \
        et_error error_;                                                          \
        if (fault_report((call), #call, &error_)) stop(error_.message, __LINE__); \
    } while (0)
#define CUDNN(call)                                                                        \
    do {                                                                                   \
        cudnnStatus_t status_ = (call);                                                    \
        if (status_ != CUDNN_STATUS_SUCCESS) stop(cudnnGetErrorString(status_), __LINE__); \
    } while (0)

/* Both layers of ours, and memory for MOST windows. */
typedef struct own {
    device device;
    layer input, recurrence;
    size_t parameter_count;
    float *parameters, *x, *gates, *y;
} own;

static void place(layer *l, size_t *count)
{
    et_error error;
    if (l->type->rule(l, &error) != ET_OK) stop(error.message, __LINE__);
    for (int t = 0; t < l->tensors; t++) {
        l->tensor[t].offset = *count;
        *count += (size_t)l->tensor[t].dims[0] * (size_t)(l->tensor[t].rank > 1 ? l->tensor[t].dims[1] : 1);
    }
}

static void fill(const own *o, float *there, size_t count)
{
    float *here = malloc(count * sizeof *here);
    uint32_t state = 1;
    for (size_t i = 0; here && i < count; i++)
        here[i] = 0.2f * ((float)((state = state * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1);
    CUDA(cudaMemcpyAsync(there, here, count * sizeof *here, cudaMemcpyHostToDevice, o->device.stream));
    CUDA(cudaStreamSynchronize(o->device.stream));
    free(here);
}

static void own_open(own *o)
{
    et_error error;
    shape in = {true, STEPS, INPUT, 1};
    if (device_open(&o->device, &error) != ET_OK) stop(error.message, __LINE__);
    o->input = (layer){.type = &layer_lstm_input, .name = "lstm", .options.channels = HIDDEN, .inputs = 1, .in = {in}};
    place(&o->input, &o->parameter_count);
    o->recurrence =
        (layer){.type = &layer_lstm, .name = "lstm", .options.channels = HIDDEN, .inputs = 1, .in = {o->input.out}};
    place(&o->recurrence, &o->parameter_count);
    CUDA(device_floats(&o->parameters, o->parameter_count));
    CUDA(device_floats(&o->x, (size_t)MOST * STEPS * INPUT));
    CUDA(device_floats(&o->gates, (size_t)MOST * STEPS * 8 * HIDDEN));
    CUDA(device_floats(&o->y, (size_t)MOST * STEPS * 2 * HIDDEN));
    fill(o, o->parameters, o->parameter_count);
    fill(o, o->x, (size_t)MOST * STEPS * INPUT);
}

static void own_run(const own *o, int windows)
{
    device_call call = {.items = windows,
                        .parameters = o->parameters,
                        .in = {o->x},
                        .out = o->gates,
                        .stream = o->device.stream,
                        .blas = o->device.blas};
    CUDA(device_lstm_input.forward(&o->input, &call));
    call.in[0] = o->gates;
    call.out = o->y;
    CUDA(device_lstm.forward(&o->recurrence, &call));
}

typedef struct theirs {
    cudnnHandle_t handle;
    cudnnDropoutDescriptor_t dropout;
    cudnnRNNDescriptor_t rnn;
    cudnnRNNDataDescriptor_t x, y;
    cudnnTensorDescriptor_t state;
    size_t weight_bytes, work_bytes, reserve_bytes;
    void *weights, *work;
    float *out;
} theirs;

static void theirs_open(theirs *t, const own *o)
{
    CUDNN(cudnnCreate(&t->handle));
    CUDNN(cudnnSetStream(t->handle, o->device.stream));
    CUDNN(cudnnCreateDropoutDescriptor(&t->dropout));
    CUDNN(cudnnSetDropoutDescriptor(t->dropout, t->handle, 0, NULL, 0, 0));
    CUDNN(cudnnCreateRNNDescriptor(&t->rnn));
    CUDNN(cudnnSetRNNDescriptor_v8(t->rnn, CUDNN_RNN_ALGO_STANDARD, CUDNN_LSTM, CUDNN_RNN_SINGLE_INP_BIAS,
                                   CUDNN_BIDIRECTIONAL, CUDNN_LINEAR_INPUT, CUDNN_DATA_FLOAT, CUDNN_DATA_FLOAT,
                                   CUDNN_FMA_MATH, INPUT, HIDDEN, HIDDEN, 1, t->dropout, CUDNN_RNN_PADDED_IO_DISABLED));
    CUDNN(cudnnCreateRNNDataDescriptor(&t->x));
    CUDNN(cudnnCreateRNNDataDescriptor(&t->y));
    CUDNN(cudnnCreateTensorDescriptor(&t->state));
    CUDNN(cudnnGetRNNWeightSpaceSize(t->handle, t->rnn, &t->weight_bytes));
    CUDA(cudaMalloc(&t->weights, t->weight_bytes));
    CUDA(device_floats(&t->out, (size_t)MOST * STEPS * 2 * HIDDEN));
}

static void copy_rows(const own *o, void *to, size_t offset, int gate, size_t row)
{
    CUDA(cudaMemcpyAsync(to, o->parameters + offset + (size_t)gate * HIDDEN * row, HIDDEN * row * sizeof(float),
                         cudaMemcpyDeviceToDevice, o->device.stream));
}

static void close_both(own *o, theirs *t)
{
    cudnnDestroyTensorDescriptor(t->state);
    cudnnDestroyRNNDataDescriptor(t->y);
    cudnnDestroyRNNDataDescriptor(t->x);
    cudnnDestroyRNNDescriptor(t->rnn);
    cudnnDestroyDropoutDescriptor(t->dropout);
    cudnnDestroy(t->handle);
    float *const memory[] = {o->parameters, o->x, o->gates, o->y, t->out, t->weights, t->work};
    for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++) device_free(memory[i]);
    device_close(&o->device);
}

/* Our weights in cuDNN's places: gates in the same order; 0 to 3 are of the input, 4 to 7 recurrent. */
static void take_weights(const theirs *t, const own *o)
{
    cudnnTensorDescriptor_t weight, bias;
    CUDNN(cudnnCreateTensorDescriptor(&weight));
    CUDNN(cudnnCreateTensorDescriptor(&bias));
    CUDA(cudaMemsetAsync(t->weights, 0, t->weight_bytes, o->device.stream));
    for (int direction = 0; direction < 2; direction++)
        for (int gate = 0; gate < 2 * GATES; gate++) {
            void *weight_at, *bias_at;
            CUDNN(cudnnGetRNNWeightParams(t->handle, t->rnn, direction, t->weight_bytes, t->weights, gate, weight,
                                          &weight_at, bias, &bias_at));
            if (gate >= GATES) {
                copy_rows(o, weight_at, o->recurrence.tensor[direction].offset, gate - GATES, HIDDEN);
                continue;
            }
            copy_rows(o, weight_at, o->input.tensor[2 * direction].offset, gate, INPUT);
            copy_rows(o, bias_at, o->input.tensor[2 * direction + 1].offset, gate, 1);
        }
    CUDA(cudaStreamSynchronize(o->device.stream));
    cudnnDestroyTensorDescriptor(weight);
    cudnnDestroyTensorDescriptor(bias);
}

static void theirs_prepare(theirs *t, int windows)
{
    static int length[MOST];
    for (int n = 0; n < windows; n++) length[n] = STEPS;
    const cudnnRNNDataLayout_t layout = CUDNN_RNN_DATA_LAYOUT_BATCH_MAJOR_UNPACKED;
    CUDNN(cudnnSetRNNDataDescriptor(t->x, CUDNN_DATA_FLOAT, layout, STEPS, windows, INPUT, length, NULL));
    CUDNN(cudnnSetRNNDataDescriptor(t->y, CUDNN_DATA_FLOAT, layout, STEPS, windows, 2 * HIDDEN, length, NULL));
    const int dims[3] = {2, windows, HIDDEN}, strides[3] = {windows * HIDDEN, HIDDEN, 1};
    CUDNN(cudnnSetTensorNdDescriptor(t->state, CUDNN_DATA_FLOAT, 3, dims, strides));
    device_free(t->work);
    CUDNN(cudnnGetRNNTempSpaceSizes(t->handle, t->rnn, CUDNN_FWD_MODE_INFERENCE, t->x, &t->work_bytes, &t->reserve_bytes));
    CUDA(cudaMalloc(&t->work, t->work_bytes + 1));
}

static void theirs_run(const theirs *t, const own *o)
{
    CUDNN(cudnnRNNForward(t->handle, t->rnn, CUDNN_FWD_MODE_INFERENCE, NULL, t->x, o->x, t->y, t->out, t->state, NULL, NULL,
                          t->state, NULL, NULL, t->weight_bytes, t->weights, t->work_bytes, t->work, 0, NULL));
}

static void compare(const own *o, const theirs *t, int windows)
{
    size_t count = (size_t)windows * STEPS * 2 * HIDDEN;
    float *a = malloc(count * sizeof *a), *b = malloc(count * sizeof *b), worst = 0;
    if (!a || !b) stop("no memory", __LINE__);
    CUDA(cudaMemcpyAsync(a, o->y, count * sizeof *a, cudaMemcpyDeviceToHost, o->device.stream));
    CUDA(cudaMemcpyAsync(b, t->out, count * sizeof *b, cudaMemcpyDeviceToHost, o->device.stream));
    CUDA(cudaStreamSynchronize(o->device.stream));
    for (size_t i = 0; i < count; i++) worst = fmaxf(worst, fabsf(a[i] - b[i]));
    free(a), free(b);
    if (!(worst < 1e-4f)) stop("our LSTM and cuDNN's differ by more than 1e-4", __LINE__);
}

/* Milliseconds of a run, RUNS of them between two events. */
static float time_runs(const own *o, const theirs *t, int windows)
{
    cudaEvent_t begin, end;
    float ms = 0;
    CUDA(cudaEventCreateWithFlags(&begin, cudaEventDefault));
    CUDA(cudaEventCreateWithFlags(&end, cudaEventDefault));
    for (int i = -WARM_UP; i < RUNS; i++) {
        if (i == 0) CUDA(cudaEventRecord(begin, o->device.stream));
        if (t)
            theirs_run(t, o);
        else
            own_run(o, windows);
    }
    CUDA(cudaEventRecord(end, o->device.stream));
    CUDA(cudaEventSynchronize(end));
    CUDA(cudaEventElapsedTime(&ms, begin, end));
    CUDA(cudaEventDestroy(begin));
    CUDA(cudaEventDestroy(end));
    return ms / RUNS;
}

int main(void)
{
    own o = {0};
    theirs t = {0};
    own_open(&o);
    theirs_open(&t, &o);
    take_weights(&t, &o);
    for (int windows = 1; windows <= MOST; windows *= 4) {
        theirs_prepare(&t, windows);
        float own_ms = time_runs(&o, NULL, windows), cudnn_ms = time_runs(&o, &t, windows);
        compare(&o, &t, windows);
        printf("BiLSTM    %6d windows  ours %8.3f ms  cuDNN %8.3f ms\n", windows, (double)own_ms, (double)cudnn_ms);
    }
    close_both(&o, &t);
    return 0;
}
