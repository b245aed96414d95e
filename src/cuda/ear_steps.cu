#include "cuda/ear_steps.h"

#include "cuda/each.h"
#include "features/ear.h"

namespace
{
enum { FRONT_THREADS = 256 };
/* Frames of a window's end: the tail, and the final ones of its last second (72 lie to their left). */
constexpr int TAIL = EAR_LOOK_AHEAD_FRAMES, SECOND = EAR_WINDOW - 2 * TAIL + 1;

__device__ __forceinline__ float normed(const ear_norm &n, int filter, float convolved)
{
    return fmaxf(convolved + n.bias[filter], 0) * n.scale[filter] + n.offset[filter];
}

/* Whether row t of a layer lies in the sound of a stream. */
__device__ __forceinline__ bool heard(const ear_windows &w, int stream, const ear_rows &out, int t)
{
    return t >= out.rows - w.known[stream];
}

struct enter_body {
    ear_windows w;
    const float *window;
    float scale, offset;
    float *x;
    size_t stride;
    __device__ void at(size_t j) const
    {
        size_t stream = j / (EAR_WINDOW * EAR_BANDS), k = j % (EAR_WINDOW * EAR_BANDS);
        bool known = (int)(k / EAR_BANDS) >= EAR_WINDOW - w.known[stream];
        x[stream * stride + k] = known ? window[j] * scale + offset : 0;
    }
};

struct front_arguments {
    ear_windows w;
    const float *convolved;
    int filters, places, first;
    ear_norm norm;
    ear_rows out;
};

/* A warp for each number. */
__global__ void front_kernel(front_arguments a)
{
    size_t j = (size_t)blockIdx.x * (FRONT_THREADS / WARP) + threadIdx.x / WARP;
    if (j >= (size_t)a.w.streams * (size_t)a.filters * (size_t)a.out.rows) return;
    int t = (int)(j % (size_t)a.out.rows), filter = (int)(j / (size_t)a.out.rows % (size_t)a.filters);
    int stream = (int)(j / (size_t)a.out.rows / (size_t)a.filters);
    const float *at = a.convolved + j * (size_t)a.places;
    float most = normed(a.norm, filter, at[0]);
    for (int p = (int)threadIdx.x % WARP; p < a.places; p += WARP) most = fmaxf(most, normed(a.norm, filter, at[p]));
    most = warp_max(most);
    size_t channel = (size_t)stream * (size_t)a.out.channels + (size_t)(a.first + filter);
    if (threadIdx.x % WARP == 0) a.out.at[channel * (size_t)a.out.stride + t] = heard(a.w, stream, a.out, t) ? most : 0;
}

struct ones_body {
    ear_windows w;
    ear_rows out;
    __device__ void at(size_t j) const
    {
        size_t stream = j / (size_t)out.rows, channel = (stream + 1) * (size_t)out.channels - 1;
        int t = (int)(j % (size_t)out.rows);
        out.at[channel * (size_t)out.stride + t] = heard(w, (int)stream, out, t) ? 1 : 0;
    }
};

struct middle_body {
    ear_windows w;
    ear_middle_step s;
    __device__ void at(size_t j) const
    {
        size_t rows = (size_t)s.out.rows, channels = (size_t)s.out.channels, stream = j / rows / channels;
        int t = (int)(j % rows), channel = (int)(j / rows % channels), filter = s.filter[channel];
        float y = s.still[channel];
        if (filter >= 0) y = normed(s.norm, filter, s.convolved[(stream * (size_t)s.filters + (size_t)filter) * rows + t]);
        if (s.given.at) y += s.given.at[(j / rows) * (size_t)s.given.stride + (size_t)(s.given.rows - s.out.rows + t)];
        s.out.at[(j / rows) * (size_t)s.out.stride + t] = heard(w, (int)stream, s.out, t) ? y : 0;
    }
};

struct means_body {
    ear_windows w;
    ear_rows middle[3];
    float *row;
    __device__ void at(size_t j) const
    {
        size_t stream = j / EAR_ROW;
        int column = (int)(j % EAR_COLUMNS), known = w.known[stream];
        bool tail = j % EAR_ROW >= EAR_COLUMNS || known <= TAIL; /* no final frame yet: the tail's */
        int most = tail ? TAIL : SECOND, there = tail ? known : known - TAIL;
        int count = there < most ? there : most, per_layer = EAR_COLUMNS / 3;
        const ear_rows &m = middle[column / per_layer];
        const float *end = m.at + (stream * (size_t)m.channels + (size_t)(column % per_layer)) * (size_t)m.stride + m.rows -
                           (tail ? 0 : TAIL);
        double sum = 0;
        for (int i = count; i > 0; i--) sum += (double)end[-i];
        row[j] = (float)(sum / count);
    }
};
} // namespace

extern "C" device_fault ear_enter(ear_windows w, const float *window, float scale, float offset, float *x, size_t stride,
                                  cudaStream_t stream)
{
    return each((size_t)w.streams * EAR_WINDOW * EAR_BANDS, stream, enter_body{w, window, scale, offset, x, stride});
}

extern "C" device_fault ear_after_front(ear_windows w, const float *convolved, int filters, int places, ear_norm norm,
                                        ear_rows out, int first, cudaStream_t stream)
{
    size_t warps = FRONT_THREADS / WARP, numbers = (size_t)w.streams * (size_t)filters * (size_t)out.rows;
    return launch(front_kernel, dim3((unsigned)((numbers + warps - 1) / warps)), dim3(FRONT_THREADS), 0, stream,
                  front_arguments{w, convolved, filters, places, first, norm, out});
}

extern "C" device_fault ear_ones(ear_windows w, ear_rows out, cudaStream_t stream)
{
    return each((size_t)w.streams * (size_t)out.rows, stream, ones_body{w, out});
}

extern "C" device_fault ear_after_middle(ear_windows w, const ear_middle_step *step, cudaStream_t stream)
{
    return each((size_t)w.streams * (size_t)step->out.channels * (size_t)step->out.rows, stream, middle_body{w, *step});
}

extern "C" device_fault ear_means(ear_windows w, const ear_rows middle[3], float *row, cudaStream_t stream)
{
    return each((size_t)w.streams * EAR_ROW, stream, means_body{w, {middle[0], middle[1], middle[2]}, row});
}
