#include "cuda/cuts.h"

#include "cuda/each.h"

namespace
{
struct move_body {
    rows_move m;
    __device__ void at(size_t j) const
    {
        size_t n = j / m.width, k = j % m.width;
        size_t from = m.from_row ? (size_t)m.from_row[n] : n, to = m.to_row ? (size_t)m.to_row[n] : n;
        m.to[to * m.to_stride + k] = m.from[from * m.from_stride + k];
    }
};

struct uses_body {
    const float *d_windows;
    const int *use_begin, *use;
    float *d_frames;
    size_t width;
    __device__ void at(size_t j) const
    {
        size_t f = j / width, k = j % width;
        float sum = 0;
        for (int u = use_begin[f]; u < use_begin[f + 1]; u++) sum += d_windows[(size_t)use[u] * width + k];
        d_frames[j] = sum;
    }
};
} // namespace

extern "C" device_fault move_rows(rows_move m, cudaStream_t stream)
{
    return each(m.rows * m.width, stream, move_body{m});
}

extern "C" device_fault sum_uses(const float *d_windows, const int *use_begin, const int *use, float *d_frames, int frames,
                                 size_t width, cudaStream_t stream)
{
    return each((size_t)frames * width, stream, uses_body{d_windows, use_begin, use, d_frames, width});
}
