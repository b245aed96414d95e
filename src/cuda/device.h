/** One GPU: its stream, its cuBLAS, and memory that a test can count. */
#ifndef EMOTRACK_CUDA_DEVICE_H
#define EMOTRACK_CUDA_DEVICE_H

#include "cuda/products.h"

typedef struct device {
    cudaStream_t stream;
    multiplier blas; /**< in float32; who opened it may change the kind */
    void *workspace; /**< of cuBLAS: given once, so that a product allocates nothing */
    char name[128];
} device;

/** Opens the first GPU. @return as fault_report; what was opened is closed again on failure */
et_status device_open(device *d, et_error *error);
void device_close(device *d);

/** Device memory; freed by device_free. `count` 0 gives NULL. */
device_fault device_floats(float **out, size_t count);
device_fault device_integers(int **out, size_t count);
void device_free(void *memory);

#endif
