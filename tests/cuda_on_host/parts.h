/** What the parts of the stand-in know of each other. */
#ifndef CUDA_ON_HOST_PARTS_H
#define CUDA_ON_HOST_PARTS_H

#include <functional>
#include <mutex>

#include "control.h"
#include "cuda_runtime.h"

namespace cuda_on_host
{
/** One lock for everything: the stand-in is called from several host threads and runs one thing at a time. */
std::recursive_mutex &lock();

/** A misuse that CUDA leaves undefined: says it and ends the program. */
[[noreturn]] void misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Counts a call and tells whether it was asked to fail. */
cudaError_t fault(const char *call);

/** Runs all blocks of a grid, thread by thread. */
void run_grid(const std::function<void()> &body, dim3 grid, dim3 block, size_t shared_bytes, const char *name);
unsigned next_random();

/** Device memory. `check_*` end the program with a sentence if the range is not wholly inside one live allocation. */
bool is_device(const void *pointer);
bool is_pinned(const void *pointer);
void check_device(const void *pointer, size_t bytes, const char *who);
void check_kernel_arguments(const void *arguments, size_t bytes, const char *kernel);
/** Device memory can be touched only between the two. */
void open_memory();
void close_memory();

/** Queues work on a stream, or adds it to the graph that the stream records. */
cudaError_t queue(cudaStream_t stream, std::function<void()> work);
bool recording(cudaStream_t stream);
bool recording_any();
void drain_all();
} // namespace cuda_on_host

#endif
