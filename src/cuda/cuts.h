/** Where frames meet windows, on the device: the cached parts of frames that a window reads. */
#ifndef EMOTRACK_CUDA_CUTS_H
#define EMOTRACK_CUDA_CUTS_H

#include "cuda/fault.h"

/** Rows of `width` numbers: row n of `to` (to_stride) becomes row from_row[n] of `from` (from_stride), or the other way
 *  round with to_row; either list may be NULL, which means row n. */
typedef struct rows_move {
    const float *from;
    size_t from_stride;
    const int *from_row;
    float *to;
    size_t to_stride;
    const int *to_row;
    size_t rows, width;
} rows_move;

#ifdef __cplusplus
extern "C" {
#endif
device_fault move_rows(rows_move m, cudaStream_t stream);

/** Derivatives by frames: row f of d_frames becomes the sum of the rows use[use_begin[f]] .. use[use_begin[f + 1] - 1] of
 *  d_windows, in this order. */
device_fault sum_uses(const float *d_windows, const int *use_begin, const int *use, float *d_frames, int frames,
                      size_t width, cudaStream_t stream);
#ifdef __cplusplus
}
#endif

#endif
