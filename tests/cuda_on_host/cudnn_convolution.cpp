/* cuDNN's convolution by plain loops: descriptors are checked when the call is made, the sums are made when the stream runs. */
#include <cstring>

#include "cudnn_parts.h"

using namespace cuda_on_host;

struct cudnnFilterStruct {
    std::vector<int> dims;
    size_t count() const { return size_t(dims[0]) * size_t(dims[1]) * size_t(dims[2]) * size_t(dims[3]); }
};
struct cudnnConvolutionStruct {
    bool set = false, fma = false;
};

namespace
{
constexpr size_t work_needed = 256;

/* Numbers from the first to the last of a tensor. */
size_t reach(const cudnnTensorStruct &t)
{
    size_t last = 0;
    for (size_t i = 0; i < 4; i++) last += size_t(t.dims[i] - 1) * size_t(t.strides[i]);
    return last + 1;
}

/* No padding, steps of one: the output is as much smaller as the filter is wide. */
bool fits(const cudnnTensorStruct &x, const cudnnFilterStruct &w, const cudnnTensorStruct &y)
{
    if (x.dims.size() != 4 || y.dims.size() != 4 || w.dims.size() != 4) return false;
    return y.dims[0] == x.dims[0] && y.dims[1] == w.dims[0] && x.dims[1] == w.dims[1] &&
           y.dims[2] == x.dims[2] - w.dims[2] + 1 && y.dims[3] == x.dims[3] - w.dims[3] + 1;
}

struct job {
    cudnnTensorStruct x_shape, y_shape;
    cudnnFilterStruct w_shape;
    const float *x, *w;
    float *y;
};

/* One filter's answers in one item: sums in double, as many places side by side as lie in a row. */
void run_filter(const job &j, int n, int k)
{
    const auto &xs = j.x_shape.strides, &ys = j.y_shape.strides, &wd = j.w_shape.dims;
    int rows = j.y_shape.dims[2], places = j.y_shape.dims[3];
    std::vector<double> sum(size_t(rows) * size_t(places), 0.0);
    for (int c = 0; c < wd[1]; c++)
        for (int r = 0; r < wd[2]; r++)
            for (int s = 0; s < wd[3]; s++) {
                double w = double(j.w[((k * wd[1] + c) * wd[2] + r) * wd[3] + s]);
                const float *x = j.x + n * xs[0] + c * xs[1] + r * xs[2] + s * xs[3];
                for (int h = 0; h < rows; h++)
                    for (int p = 0; p < places; p++) sum[size_t(h * places + p)] += w * double(x[h * xs[2] + p * xs[3]]);
            }
    for (int h = 0; h < rows; h++)
        for (int p = 0; p < places; p++)
            j.y[n * ys[0] + k * ys[1] + h * ys[2] + p * ys[3]] = float(sum[size_t(h * places + p)]);
}
} // namespace

extern "C" {
cudnnStatus_t cudnnSetTensor4dDescriptorEx(cudnnTensorDescriptor_t tensor, cudnnDataType_t, int n, int c, int h, int w,
                                           int n_stride, int c_stride, int h_stride, int w_stride)
{
    if (n < 1 || c < 1 || h < 1 || w < 1) return CUDNN_STATUS_BAD_PARAM;
    tensor->dims = {n, c, h, w};
    tensor->strides = {n_stride, c_stride, h_stride, w_stride};
    return checked("cudnnSetTensor4dDescriptorEx");
}

cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t *filter)
{
    *filter = new cudnnFilterStruct;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t filter, cudnnDataType_t, cudnnTensorFormat_t format, int k,
                                         int c, int h, int w)
{
    if (k < 1 || c < 1 || h < 1 || w < 1) return CUDNN_STATUS_BAD_PARAM;
    if (format != CUDNN_TENSOR_NCHW) return CUDNN_STATUS_NOT_SUPPORTED;
    filter->dims = {k, c, h, w};
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t filter)
{
    delete filter;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t *how)
{
    *how = new cudnnConvolutionStruct;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t how, int pad_h, int pad_w, int stride_h,
                                              int stride_w, int dilation_h, int dilation_w, cudnnConvolutionMode_t mode,
                                              cudnnDataType_t)
{
    how->set = pad_h == 0 && pad_w == 0 && stride_h == 1 && stride_w == 1 && dilation_h == 1 && dilation_w == 1 &&
               mode == CUDNN_CROSS_CORRELATION;
    return how->set ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
}

cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t how, cudnnMathType_t math)
{
    how->fma = math == CUDNN_FMA_MATH;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t how)
{
    delete how;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t, const cudnnTensorDescriptor_t x,
                                                      const cudnnFilterDescriptor_t w,
                                                      const cudnnConvolutionDescriptor_t how,
                                                      const cudnnTensorDescriptor_t y, cudnnConvolutionFwdAlgo_t,
                                                      size_t *bytes)
{
    if (cudnnStatus_t failed = checked("cudnnGetConvolutionForwardWorkspaceSize")) return failed;
    *bytes = work_needed;
    return how->set && fits(*x, *w, *y) ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

/* Math that may round factors to TF32 is refused: who needs float32 has to say so. */
cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void *alpha, const cudnnTensorDescriptor_t x_shape,
                                      const void *x, const cudnnFilterDescriptor_t w_shape, const void *w,
                                      const cudnnConvolutionDescriptor_t how, cudnnConvolutionFwdAlgo_t, void *work,
                                      size_t work_bytes, const void *beta, const cudnnTensorDescriptor_t y_shape, void *y)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    if (cudnnStatus_t failed = checked("cudnnConvolutionForward")) return failed;
    float one, none;
    memcpy(&one, alpha, sizeof one), memcpy(&none, beta, sizeof none);
    if (one != 1 || none != 0 || !how->fma) return CUDNN_STATUS_NOT_SUPPORTED;
    if (!how->set || !fits(*x_shape, *w_shape, *y_shape) || work_bytes < work_needed) return CUDNN_STATUS_BAD_PARAM;
    check_device(x, reach(*x_shape) * sizeof(float), "cudnnConvolutionForward, x");
    check_device(w, w_shape->count() * sizeof(float), "cudnnConvolutionForward, filters");
    check_device(y, reach(*y_shape) * sizeof(float), "cudnnConvolutionForward, y");
    check_device(work, work_bytes, "cudnnConvolutionForward, work space");
    job j = {
        *x_shape, *y_shape, *w_shape, static_cast<const float *>(x), static_cast<const float *>(w), static_cast<float *>(y)};
    queue(handle->stream, [=] {
        for (int n = 0; n < j.y_shape.dims[0]; n++)
            for (int k = 0; k < j.y_shape.dims[1]; k++) run_filter(j, n, k);
    });
    return CUDNN_STATUS_SUCCESS;
}
}
