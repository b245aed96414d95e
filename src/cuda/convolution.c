#include "cuda/convolution.h"

/* The fastest that is deterministic and takes any strides. */
static const cudnnConvolutionFwdAlgo_t algorithm = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;

static device_fault set_items(convolution *c, int items)
{
    const convolution_shape *s = &c->shape;
    int rows = s->rows + s->taps - 1, places = s->places + s->width - 1, plane = s->rows * s->places;
    TRY(fault_of_dnn(cudnnSetTensor4dDescriptorEx(c->in, CUDNN_DATA_FLOAT, items, s->channels, rows, places, s->item,
                                                  s->channel, s->row, 1)));
    return fault_of_dnn(cudnnSetTensor4dDescriptorEx(c->out, CUDNN_DATA_FLOAT, items, s->filters, s->rows, s->places,
                                                     s->filters * plane, plane, s->places, 1));
}

device_fault convolution_open(convolution *c, cudnnHandle_t dnn, const convolution_shape *shape, int most, size_t *workspace)
{
    size_t bytes = 0;
    c->shape = *shape;
    TRY(fault_of_dnn(cudnnCreateTensorDescriptor(&c->in)));
    TRY(fault_of_dnn(cudnnCreateTensorDescriptor(&c->out)));
    TRY(fault_of_dnn(cudnnCreateFilterDescriptor(&c->filter)));
    TRY(fault_of_dnn(cudnnCreateConvolutionDescriptor(&c->how)));
    TRY(set_items(c, most));
    TRY(fault_of_dnn(cudnnSetFilter4dDescriptor(c->filter, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, shape->filters,
                                                shape->channels, shape->taps, shape->width)));
    TRY(fault_of_dnn(cudnnSetConvolution2dDescriptor(c->how, 0, 0, 1, 1, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT)));
    TRY(fault_of_dnn(cudnnSetConvolutionMathType(c->how, CUDNN_FMA_MATH))); /* the default may round factors to TF32 */
    TRY(fault_of_dnn(cudnnGetConvolutionForwardWorkspaceSize(dnn, c->in, c->filter, c->how, c->out, algorithm, &bytes)));
    if (bytes > *workspace) *workspace = bytes;
    return 0;
}

void convolution_close(convolution *c)
{
    if (c->in) cudnnDestroyTensorDescriptor(c->in);
    if (c->out) cudnnDestroyTensorDescriptor(c->out);
    if (c->filter) cudnnDestroyFilterDescriptor(c->filter);
    if (c->how) cudnnDestroyConvolutionDescriptor(c->how);
    *c = (convolution){0};
}

device_fault convolution_run(convolution *c, cudnnHandle_t dnn, const convolution_call *call)
{
    const float one = 1, none = 0;
    TRY(set_items(c, call->items));
    return fault_of_dnn(cudnnConvolutionForward(dnn, &one, c->in, call->in, c->filter, call->filter, c->how, algorithm,
                                                call->workspace, call->workspace_bytes, &none, c->out, call->out));
}
