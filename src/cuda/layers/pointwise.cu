/* Mirrors elu.c, sigmoid.c, wavelet.c and tanh.c: y = f(x), and the slope f'(x) from x and y. */
#include "cuda/each.h"
#include "cuda/layer.h"

namespace
{
struct elu {
    static __device__ float value(float x) { return x > 0 ? x : expm1f(x); }
    static __device__ float slope(float x, float y) { return x > 0 ? 1 : y + 1; }
};

struct sigmoid {
    static __device__ float value(float x) { return 1 / (1 + expf(-x)); }
    static __device__ float slope(float, float y) { return y * (1 - y); }
};

/* Morlet: cos(1.75 x) exp(-x^2 / 2) */
struct wavelet {
    static __device__ float value(float x) { return cosf(1.75f * x) * expf(-x * x / 2); }
    static __device__ float slope(float x, float y) { return -1.75f * sinf(1.75f * x) * expf(-x * x / 2) - x * y; }
};

struct tangent {
    static __device__ float value(float x) { return tanhf(x); }
    static __device__ float slope(float, float y) { return 1 - y * y; }
};

template <class Function> struct forward_body {
    const float *x;
    float *y;
    __device__ void at(size_t j) const { y[j] = Function::value(x[j]); }
};

template <class Function> struct backward_body {
    const float *x, *y, *dy;
    float *dx;
    bool add;
    __device__ void at(size_t j) const { give(dx + j, add, dy[j] * Function::slope(x[j], y[j])); }
};

template <class Function> device_fault forward(const layer *l, const device_call *c)
{
    return each(device_count(l, c), c->stream, forward_body<Function>{c->in[0], c->out});
}

template <class Function> device_fault backward(const layer *l, const device_call *c)
{
    if (!c->d_in[0]) return 0;
    return each(device_count(l, c), c->stream, backward_body<Function>{c->in[0], c->out, c->d_out, c->d_in[0], c->add[0]});
}
} // namespace

extern "C" const device_layer device_elu = {"elu", forward<elu>, backward<elu>, nullptr, false};
extern "C" const device_layer device_sigmoid = {"sigmoid", forward<sigmoid>, backward<sigmoid>, nullptr, false};
extern "C" const device_layer device_wavelet = {"wavelet", forward<wavelet>, backward<wavelet>, nullptr, false};
extern "C" const device_layer device_tanh = {"tanh", forward<tangent>, backward<tangent>, nullptr, false};
