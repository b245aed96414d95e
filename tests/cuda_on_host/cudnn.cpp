/* cuDNN's bidirectional LSTM by plain loops: descriptors are checked when the call is made, the sums are made when the
 * stream runs. */
#include <cmath>
#include <vector>

#include "cudnn_parts.h"

using namespace cuda_on_host;

struct cudnnDropoutStruct {
    float rate = -1;
};
struct cudnnRNNStruct {
    int input = 0, hidden = 0;
    size_t direction_floats() const { return size_t(4 * hidden) * size_t(input + hidden + 1); }
    size_t bytes() const { return 2 * direction_floats() * sizeof(float); }
    /* A direction's places: four input matrices, four recurrent ones, four biases. */
    size_t matrix(int i) const
    {
        return i < 4 ? size_t(i * hidden * input) : size_t(4 * hidden * input + (i - 4) * hidden * hidden);
    }
    size_t bias(int i) const { return size_t(4 * hidden * (input + hidden) + i * hidden); }
};
struct cudnnRNNDataStruct {
    int steps = 0, batch = 0, width = 0;
    size_t bytes() const { return sizeof(float) * size_t(steps) * size_t(batch) * size_t(width); }
};

namespace
{
float sigmoid(float x)
{
    return 1 / (1 + std::exp(-x));
}

struct direction_job {
    cudnnRNNStruct rnn;
    int steps, direction;
    const float *weights; /* of the direction */
    const float *x;       /* of one sequence: steps x input */
    float *y;             /* steps x 2 hidden */
};

void gates_of(const direction_job &j, const float *x, const std::vector<float> &state, std::vector<float> &gate)
{
    int input = j.rnn.input, hidden = j.rnn.hidden;
    for (int g = 0; g < 4; g++)
        for (int u = 0; u < hidden; u++) {
            double sum = j.weights[j.rnn.bias(g) + size_t(u)];
            for (int i = 0; i < input; i++) sum += double(j.weights[j.rnn.matrix(g) + size_t(u * input + i)]) * x[i];
            for (int i = 0; i < hidden; i++)
                sum += double(j.weights[j.rnn.matrix(4 + g) + size_t(u * hidden + i)]) * state[size_t(i)];
            gate[size_t(g * hidden + u)] = float(sum);
        }
}

void run_direction(const direction_job &j)
{
    int hidden = j.rnn.hidden;
    std::vector<float> state(size_t(hidden), 0.0f), cell(size_t(hidden), 0.0f), gate(size_t(4 * hidden));
    for (int s = 0; s < j.steps; s++) {
        int t = j.direction == 0 ? s : j.steps - 1 - s;
        gates_of(j, j.x + size_t(t) * size_t(j.rnn.input), state, gate);
        for (int u = 0; u < hidden; u++) {
            auto at = [&](int g) { return gate[size_t(g * hidden + u)]; };
            auto k = size_t(u);
            cell[k] = sigmoid(at(1)) * cell[k] + sigmoid(at(0)) * std::tanh(at(2));
            state[k] = sigmoid(at(3)) * std::tanh(cell[k]);
            j.y[size_t(t) * size_t(2 * hidden) + size_t(j.direction * hidden) + k] = state[k];
        }
    }
}
} // namespace

extern "C" {
cudnnStatus_t cudnnCreate(cudnnHandle_t *handle)
{
    if (fault("cudnnCreate")) return CUDNN_STATUS_NOT_INITIALIZED;
    *handle = new cudnnContext{};
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle)
{
    delete handle;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream)
{
    handle->stream = stream;
    return checked("cudnnSetStream");
}

const char *cudnnGetErrorString(cudnnStatus_t status)
{
    return status == CUDNN_STATUS_SUCCESS ? "CUDNN_STATUS_SUCCESS" : "a status of the stand-in";
}

cudnnStatus_t cudnnCreateDropoutDescriptor(cudnnDropoutDescriptor_t *dropout)
{
    *dropout = new cudnnDropoutStruct;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetDropoutDescriptor(cudnnDropoutDescriptor_t dropout, cudnnHandle_t, float rate, void *, size_t,
                                        unsigned long long)
{
    dropout->rate = rate;
    return rate == 0 ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
}

cudnnStatus_t cudnnDestroyDropoutDescriptor(cudnnDropoutDescriptor_t dropout)
{
    delete dropout;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t *tensor)
{
    *tensor = new cudnnTensorStruct;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t tensor, cudnnDataType_t, int rank, const int *dims,
                                         const int *strides)
{
    for (int i = rank - 1, dense = 1; i >= 0; dense *= dims[i--])
        if (dims[i] < 1 || strides[i] != dense) return CUDNN_STATUS_BAD_PARAM;
    tensor->dims.assign(dims, dims + rank);
    tensor->strides.assign(strides, strides + rank);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t tensor)
{
    delete tensor;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateRNNDescriptor(cudnnRNNDescriptor_t *rnn)
{
    *rnn = new cudnnRNNStruct;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetRNNDescriptor_v8(cudnnRNNDescriptor_t rnn, cudnnRNNAlgo_t, cudnnRNNMode_t cell,
                                       cudnnRNNBiasMode_t bias, cudnnDirectionMode_t direction, cudnnRNNInputMode_t,
                                       cudnnDataType_t, cudnnDataType_t, cudnnMathType_t, int32_t input_size, int32_t hidden,
                                       int32_t projected, int32_t layers, cudnnDropoutDescriptor_t dropout, uint32_t flags)
{
    if (input_size < 1 || hidden < 1 || projected < 1 || layers < 1 || !dropout) return CUDNN_STATUS_BAD_PARAM;
    if (cell != CUDNN_LSTM || bias != CUDNN_RNN_SINGLE_INP_BIAS || direction != CUDNN_BIDIRECTIONAL || projected != hidden ||
        layers != 1 || dropout->rate != 0 || flags)
        return CUDNN_STATUS_NOT_SUPPORTED;
    rnn->input = input_size;
    rnn->hidden = hidden;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroyRNNDescriptor(cudnnRNNDescriptor_t rnn)
{
    delete rnn;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateRNNDataDescriptor(cudnnRNNDataDescriptor_t *data)
{
    *data = new cudnnRNNDataStruct;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetRNNDataDescriptor(cudnnRNNDataDescriptor_t data, cudnnDataType_t, cudnnRNNDataLayout_t layout,
                                        int steps, int batch, int width, const int *lengths, void *)
{
    if (steps < 1 || batch < 1 || width < 1) return CUDNN_STATUS_BAD_PARAM;
    if (layout != CUDNN_RNN_DATA_LAYOUT_BATCH_MAJOR_UNPACKED) return CUDNN_STATUS_NOT_SUPPORTED;
    for (int n = 0; n < batch; n++)
        if (lengths[n] != steps) return lengths[n] > steps ? CUDNN_STATUS_BAD_PARAM : CUDNN_STATUS_NOT_SUPPORTED;
    data->steps = steps;
    data->batch = batch;
    data->width = width;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroyRNNDataDescriptor(cudnnRNNDataDescriptor_t data)
{
    delete data;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetRNNWeightSpaceSize(cudnnHandle_t, cudnnRNNDescriptor_t rnn, size_t *bytes)
{
    *bytes = rnn->bytes();
    return *bytes ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

cudnnStatus_t cudnnGetRNNTempSpaceSizes(cudnnHandle_t, cudnnRNNDescriptor_t rnn, cudnnForwardMode_t,
                                        cudnnRNNDataDescriptor_t x, size_t *work, size_t *reserve)
{
    *work = 64;
    *reserve = 0;
    return x->width == rnn->input ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

cudnnStatus_t cudnnGetRNNWeightParams(cudnnHandle_t, cudnnRNNDescriptor_t rnn, int32_t pseudo_layer, size_t bytes,
                                      const void *weights, int32_t matrix, cudnnTensorDescriptor_t matrix_shape,
                                      void **matrix_at, cudnnTensorDescriptor_t bias_shape, void **bias_at)
{
    if (bytes != rnn->bytes() || pseudo_layer < 0 || pseudo_layer > 1 || matrix < 0 || matrix > 7)
        return CUDNN_STATUS_BAD_PARAM;
    float *base = static_cast<float *>(const_cast<void *>(weights)) + size_t(pseudo_layer) * rnn->direction_floats();
    *matrix_at = base + rnn->matrix(matrix);
    *bias_at = matrix < 4 ? base + rnn->bias(matrix) : nullptr;
    matrix_shape->dims = {1, rnn->hidden, matrix < 4 ? rnn->input : rnn->hidden};
    bias_shape->dims = {1, rnn->hidden, 1};
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnRNNForward(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn, cudnnForwardMode_t mode, const int32_t *,
                              cudnnRNNDataDescriptor_t x_shape, const void *x, cudnnRNNDataDescriptor_t y_shape, void *y,
                              cudnnTensorDescriptor_t h_shape, const void *hx, void *hy, cudnnTensorDescriptor_t c_shape,
                              const void *cx, void *cy, size_t weight_bytes, const void *weights, size_t work_bytes,
                              void *work, size_t, void *)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    if (cudnnStatus_t failed = checked("cudnnRNNForward")) return failed;
    const std::vector<int> state = {2, x_shape->batch, rnn->hidden};
    if (mode != CUDNN_FWD_MODE_INFERENCE || hx || hy || cx || cy) return CUDNN_STATUS_NOT_SUPPORTED;
    if (x_shape->width != rnn->input || y_shape->width != 2 * rnn->hidden || y_shape->steps != x_shape->steps ||
        y_shape->batch != x_shape->batch || h_shape->dims != state || c_shape->dims != state || weight_bytes != rnn->bytes())
        return CUDNN_STATUS_BAD_PARAM;
    check_device(x, x_shape->bytes(), "cudnnRNNForward, x");
    check_device(y, y_shape->bytes(), "cudnnRNNForward, y");
    check_device(weights, weight_bytes, "cudnnRNNForward, weights");
    check_device(work, work_bytes, "cudnnRNNForward, work space");
    cudnnRNNStruct shape = *rnn;
    int steps = x_shape->steps, batch = x_shape->batch;
    queue(handle->stream, [=] {
        for (int n = 0; n < batch; n++)
            for (int d = 0; d < 2; d++)
                run_direction({shape, steps, d, static_cast<const float *>(weights) + size_t(d) * shape.direction_floats(),
                               static_cast<const float *>(x) + size_t(n) * size_t(steps) * size_t(shape.input),
                               static_cast<float *>(y) + size_t(n) * size_t(steps) * size_t(2 * shape.hidden)});
    });
    return CUDNN_STATUS_SUCCESS;
}
}
