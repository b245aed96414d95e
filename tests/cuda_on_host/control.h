/** What a test may ask of the stand-in: failing calls, another machine, the order of threads, counts. C and C++. */
#ifndef CUDA_ON_HOST_CONTROL_H
#define CUDA_ON_HOST_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The machine is as new: no fault, one device of compute capability 9.0 with 4 GiB, order of threads at random. */
void cuda_on_host_reset(void);

/** Makes a call fail.
 *  @param call   name of the call, "cudaMalloc"; NULL: any call, cuBLAS and cuDNN included
 *  @param nth    1: the next such call
 *  @param error  a cudaError_t; a cuBLAS or cuDNN call gives its own "execution failed"
 *  @param lost   the device is lost: every later call fails too, until the reset */
void cuda_on_host_fail(const char *call, int nth, int error, bool lost);

/** Calls of that name since the reset; NULL: of all names that could be made to fail. */
int cuda_on_host_calls(const char *call);

/** Products of a kind (cublasComputeType_t) asked of cuBLAS since the program began. Factors of the kinds TF32 and 16BF are
 *  rounded to 10 and 7 bits behind the point. */
int cuda_on_host_products(int kind);

void cuda_on_host_devices(int count);
void cuda_on_host_memory(size_t bytes);
void cuda_on_host_driver(int version);

/** Bytes of device memory now allocated. */
size_t cuda_on_host_allocated(void);

/** Order in which the threads of a block run between two meetings: 0 upwards, 1 downwards, else at random from this seed. */
void cuda_on_host_order(unsigned seed);

#ifdef __cplusplus
}
#endif
#endif
