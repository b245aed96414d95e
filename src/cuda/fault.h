/** What a call on the device gives back: 0, a cudaError_t, a cuBLAS status as a negative number, or a cuDNN status below those. */
#ifndef EMOTRACK_CUDA_FAULT_H
#define EMOTRACK_CUDA_FAULT_H

#include <cublas_v2.h>
#include <cuda_runtime.h>

#include "emotrack.h"

typedef int device_fault;
enum { FAULT_OF_DNN = -100000 /* less cuDNN's status */ };

static inline device_fault fault_of_blas(cublasStatus_t status)
{
    return -(int)status;
}

/** Leaves the function with the fault of `call`, if there is one. */
#define TRY(call)                                   \
    do {                                            \
        device_fault fault_ = (device_fault)(call); \
        if (fault_) return fault_;                  \
    } while (0)

#ifdef __cplusplus
extern "C" {
#endif
/** The fault as a status and one sentence: what failed, why, what to do.
 *  @param doing  what was tried, e.g. "answering"
 *  @return ET_OK without a fault; ET_ERROR_MEMORY; ET_ERROR_UNSUPPORTED (no device, a driver that is too old, a device that
 *          this build has no code for); ET_ERROR_DEVICE for all that goes wrong on the device */
et_status fault_report(device_fault fault, const char *doing, et_error *error);
#ifdef __cplusplus
}
#endif

#endif
