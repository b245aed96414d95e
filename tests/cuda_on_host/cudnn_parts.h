/** What the parts of the stand-in's cuDNN share. */
#ifndef CUDA_ON_HOST_CUDNN_PARTS_H
#define CUDA_ON_HOST_CUDNN_PARTS_H

#include <vector>

#include "cudnn.h"
#include "parts.h"

struct cudnnContext {
    cudaStream_t stream;
};
struct cudnnTensorStruct {
    std::vector<int> dims, strides;
};

inline cudnnStatus_t checked(const char *call)
{
    return cuda_on_host::fault(call) ? CUDNN_STATUS_EXECUTION_FAILED : CUDNN_STATUS_SUCCESS;
}

#endif
