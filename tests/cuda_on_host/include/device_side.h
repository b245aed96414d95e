/** What a kernel's source may use, and how one is launched. Included by cuda_runtime.h in C++. */
#ifndef CUDA_ON_HOST_DEVICE_SIDE_H
#define CUDA_ON_HOST_DEVICE_SIDE_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
struct alignas(16) float4 {
    float x, y, z, w;
};

namespace cuda_on_host
{
extern dim3 thread_index, block_index, block_size, grid_size;
void *dynamic_shared();
void meet_block(const char *file, int line);
void meet_warp(unsigned mask, const char *file, int line);
/** Gives `value` to the warp and takes lane `lane`'s. */
uint64_t exchange(unsigned mask, uint64_t value, int lane, const char *file, int line);
int lane_of_this();
cudaError_t queue_kernel(const void *function, std::function<void()> body, dim3 grid, dim3 block, size_t shared_bytes,
                         cudaStream_t stream, const void *arguments, size_t argument_bytes);
void allow_shared(const void *function, size_t bytes);

template <class T> T shuffle(unsigned mask, T value, int lane, const char *file, int line)
{
    static_assert(sizeof(T) <= 8, "a shuffle moves 4 or 8 bytes");
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    bits = exchange(mask, bits, lane, file, line);
    std::memcpy(&value, &bits, sizeof(T));
    return value;
}
} // namespace cuda_on_host

#define threadIdx cuda_on_host::thread_index
#define blockIdx cuda_on_host::block_index
#define blockDim cuda_on_host::block_size
#define gridDim cuda_on_host::grid_size

#define __syncthreads() cuda_on_host::meet_block(__FILE__, __LINE__)
#define __syncwarp(mask) cuda_on_host::meet_warp(mask, __FILE__, __LINE__)
#define __shfl_sync(mask, value, lane) cuda_on_host::shuffle(mask, value, lane, __FILE__, __LINE__)
#define __shfl_xor_sync(mask, value, bits) \
    cuda_on_host::shuffle(mask, value, cuda_on_host::lane_of_this() ^ (bits), __FILE__, __LINE__)
#define __shfl_down_sync(mask, value, by) \
    cuda_on_host::shuffle(mask, value, cuda_on_host::lane_of_this() + (by), __FILE__, __LINE__)

template <class T> inline T atomicAdd(T *at, T value)
{
    T before = *at;
    *at += value;
    return before;
}
inline float rsqrtf(float x)
{
    return 1.0f / std::sqrt(x);
}
inline float __ldg(const float *at)
{
    return *at;
}

/** Same shape as CUDA's own template; the arguments are copied now, the kernel runs when its stream does. */
template <class... P>
cudaError_t cudaLaunchKernel(void (*kernel)(P...), dim3 grid, dim3 block, void **arguments, size_t shared_bytes,
                             cudaStream_t stream)
{
    static_assert((std::is_trivially_copyable<P>::value && ...), "a kernel's arguments are plain data");
    static_assert(sizeof...(P) == 1, "our kernels take one struct");
    using Argument = typename std::tuple_element<0, std::tuple<P...>>::type;
    Argument copy = *static_cast<Argument *>(arguments[0]);
    size_t looked_through = 0; /* bytes that the check for host pointers may look at */
#if __has_builtin(__builtin_clear_padding)
    __builtin_clear_padding(&copy); /* else old pointers lie in it */
    looked_through = sizeof copy;
#endif
    return cuda_on_host::queue_kernel(
        reinterpret_cast<const void *>(kernel), [kernel, copy] { kernel(copy); }, grid, block, shared_bytes, stream, &copy,
        looked_through);
}

template <class T> cudaError_t cudaFuncSetAttribute(T *kernel, cudaFuncAttribute, int bytes)
{
    cuda_on_host::allow_shared(reinterpret_cast<const void *>(kernel), (size_t)bytes);
    return cudaSuccess;
}

#endif
