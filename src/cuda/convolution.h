/** A convolution by cuDNN: forward, no padding, float32 throughout, the same bits for the same batch. */
#ifndef EMOTRACK_CUDA_CONVOLUTION_H
#define EMOTRACK_CUDA_CONVOLUTION_H

#include <cudnn.h>
#include <stddef.h>

#include "cuda/fault.h"

/** Input of an item: channels of rows of numbers; a filter spans `taps` rows and `width` numbers of every channel. */
typedef struct convolution_shape {
    int channels, taps, width, filters;
    int rows, places;  /**< of the output: items x filters x rows x places, without gaps */
    int item, channel; /**< of the input: numbers from one to the next */
    int row;
} convolution_shape;

typedef struct convolution {
    convolution_shape shape;
    cudnnTensorDescriptor_t in, out;
    cudnnFilterDescriptor_t filter;
    cudnnConvolutionDescriptor_t how;
} convolution;

/** cuDNN's status as a device_fault; fault_report knows it. */
static inline device_fault fault_of_dnn(cudnnStatus_t status)
{
    return status ? FAULT_OF_DNN - (int)status : 0;
}

/** What was opened of it stays to be closed on failure.
 *  @param most       items of a call, at most
 *  @param workspace  raised to the bytes that a call of so many needs */
device_fault convolution_open(convolution *c, cudnnHandle_t dnn, const convolution_shape *shape, int most,
                              size_t *workspace);
void convolution_close(convolution *c);

typedef struct convolution_call {
    int items;
    const float *in, *filter; /**< device; filter: filters x channels x taps x width */
    float *out;
    void *workspace;
    size_t workspace_bytes;
} convolution_call;

/** Queues a call on the handle's stream. */
device_fault convolution_run(convolution *c, cudnnHandle_t dnn, const convolution_call *call);

#endif
