#include "cuda/device.h"

#include <cudnn.h>
#include <stdio.h>

#include "base/error.h"

static const size_t WORKSPACE_BYTES = (size_t)8 << 20;

et_status fault_report(device_fault fault, const char *doing, et_error *error)
{
    if (fault == 0) return ET_OK;
    if (fault < FAULT_OF_DNN)
        return error_set(error, ET_ERROR_DEVICE, "cuda: %s: cuDNN: %s; try --device cpu", doing,
                         cudnnGetErrorString((cudnnStatus_t)(FAULT_OF_DNN - fault)));
    if (fault < 0)
        return error_set(error, ET_ERROR_DEVICE, "cuda: %s: cuBLAS: %s; try --device cpu", doing,
                         cublasGetStatusString((cublasStatus_t)-fault));
    cudaError_t code = (cudaError_t)fault;
    const char *reason = cudaGetErrorString(code);
    int driver = 0, wanted = 0;
    switch (code) {
    case cudaErrorMemoryAllocation:
        return error_set(error, ET_ERROR_MEMORY,
                         "cuda: %s: the GPU's memory does not suffice; use a smaller batch or --device cpu", doing);
    case cudaErrorNoDevice: return error_set(error, ET_ERROR_UNSUPPORTED, "cuda: no NVIDIA GPU was found; use --device cpu");
    case cudaErrorInsufficientDriver:
        cudaDriverGetVersion(&driver);
        cudaRuntimeGetVersion(&wanted);
        if (driver == 0)
            return error_set(error, ET_ERROR_UNSUPPORTED,
                             "cuda: there is no NVIDIA driver (libcuda.so.1); install it or use --device cpu");
        return error_set(error, ET_ERROR_UNSUPPORTED,
                         "cuda: the NVIDIA driver is for CUDA %d.%d and %d.%d is needed; update it or use --device cpu",
                         driver / 1000, driver % 1000 / 10, wanted / 1000, wanted % 1000 / 10);
    case cudaErrorNoKernelImageForDevice:
        return error_set(error, ET_ERROR_UNSUPPORTED,
                         "cuda: this GPU is older than compute capability 8.0; use --device cpu");
    default: return error_set(error, ET_ERROR_DEVICE, "cuda: %s: %s; try --device cpu", doing, reason);
    }
}

static device_fault open_parts(device *d)
{
    int count = 0;
    struct cudaDeviceProp properties;
    TRY(cudaGetDeviceCount(&count));
    if (count == 0) return cudaErrorNoDevice;
    TRY(cudaSetDevice(0));
    TRY(cudaGetDeviceProperties(&properties, 0));
    snprintf(d->name, sizeof d->name, "%.127s", properties.name);
    if (properties.major < 8) return cudaErrorNoKernelImageForDevice;
    TRY(cudaStreamCreateWithFlags(&d->stream, cudaStreamNonBlocking));
    TRY(cudaMalloc(&d->workspace, WORKSPACE_BYTES));
    d->blas.kind = CUBLAS_COMPUTE_32F;
    TRY(fault_of_blas(cublasCreate(&d->blas.handle)));
    TRY(fault_of_blas(cublasSetStream(d->blas.handle, d->stream)));
    TRY(fault_of_blas(cublasSetWorkspace(d->blas.handle, d->workspace, WORKSPACE_BYTES)));
    return 0;
}

et_status device_open(device *d, et_error *error)
{
    *d = (device){0};
    device_fault fault = open_parts(d);
    if (fault) device_close(d);
    return fault_report(fault, "opening the GPU", error);
}

void device_close(device *d)
{
    if (d->blas.handle) cublasDestroy(d->blas.handle);
    device_free(d->workspace);
    if (d->stream) cudaStreamDestroy(d->stream);
    *d = (device){0};
}

device_fault device_floats(float **out, size_t count)
{
    *out = NULL;
    return count ? (device_fault)cudaMalloc((void **)out, count * sizeof **out) : 0;
}

device_fault device_integers(int **out, size_t count)
{
    *out = NULL;
    return count ? (device_fault)cudaMalloc((void **)out, count * sizeof **out) : 0;
}

void device_free(void *memory)
{
    if (memory) cudaFree(memory);
}
