/* Streams, events and graphs. Work waits in its stream's queue until somebody needs its end; a graph is the list of what was
   queued while its stream recorded. */
#include <chrono>
#include <deque>
#include <dlfcn.h>
#include <map>
#include <set>
#include <vector>

#include "parts.h"

using namespace cuda_on_host;
using work = std::function<void()>;

struct CUgraph_st {
    std::vector<work> steps;
};
struct CUgraphExec_st {
    std::vector<work> steps;
};
struct CUstream_st {
    std::deque<work> waiting;
    size_t queued = 0, finished = 0;
    bool draining = false;
    CUgraph_st *graph = nullptr; /* being recorded */
};
struct CUevent_st {
    CUstream_st *stream = nullptr;
    size_t after = 0;
    std::chrono::steady_clock::time_point time;
};

namespace
{
std::set<CUstream_st *> streams;
std::map<const void *, size_t> allowed_shared;
cudaError_t last_error = cudaSuccess;

/* Runs a stream's work up to number `last`. */
void drain(CUstream_st *s, size_t last)
{
    if (s->draining) misuse("a stream waits for itself");
    s->draining = true;
    while (s->finished < last) {
        work next = std::move(s->waiting.front());
        s->waiting.pop_front();
        next();
        s->finished++;
    }
    s->draining = false;
}

void live(CUstream_st *s, const char *who)
{
    if (!streams.count(s)) misuse("%s: no such stream (the default stream is not used here)", who);
}

cudaError_t remember(cudaError_t error)
{
    if (error) last_error = error;
    return error;
}
} // namespace

namespace cuda_on_host
{
cudaError_t queue(cudaStream_t stream, work w)
{
    live(stream, "queue");
    if (stream->graph) {
        stream->graph->steps.push_back(std::move(w));
    } else {
        stream->waiting.push_back(std::move(w));
        stream->queued++;
    }
    return cudaSuccess;
}

bool recording(cudaStream_t stream)
{
    return stream->graph != nullptr;
}

bool recording_any()
{
    for (auto *s : streams)
        if (s->graph) return true;
    return false;
}

void drain_all()
{
    bool idle = true;
    for (auto *s : streams) idle = idle && s->waiting.empty();
    if (idle) return;
    open_memory();
    for (auto *s : streams) drain(s, s->queued);
    close_memory();
}

void allow_shared(const void *function, size_t bytes)
{
    allowed_shared[function] = bytes;
}

cudaError_t queue_kernel(const void *function, work body, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                         const void *arguments, size_t argument_bytes)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    if (cudaError_t error = fault("cudaLaunchKernel")) return remember(error);
    Dl_info info;
    const char *name = dladdr(function, &info) && info.dli_sname ? info.dli_sname : "a kernel";
    size_t most = allowed_shared.count(function) ? allowed_shared[function] : 48 * 1024;
    size_t threads = size_t{block.x} * block.y * block.z;
    if (shared_bytes > most || most > 227 * 1024) return remember(cudaErrorInvalidValue);
    if (!threads || threads > 1024 || !grid.x || !grid.y || !grid.z || grid.y > 65535 || grid.z > 65535)
        return remember(cudaErrorInvalidConfiguration);
    if (argument_bytes > 4096) return remember(cudaErrorInvalidValue);
    check_kernel_arguments(arguments, argument_bytes, name);
    return queue(stream, [=] { run_grid(body, grid, block, shared_bytes, name); });
}
} // namespace cuda_on_host

#define ENTER(call)                                     \
    std::lock_guard<std::recursive_mutex> hold(lock()); \
    if (cudaError_t error_ = fault(call)) return remember(error_)

extern "C" {
cudaError_t cudaGetLastError(void)
{
    cudaError_t error = last_error;
    last_error = cudaSuccess;
    return error;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream)
{
    ENTER("cudaMemcpyAsync");
    live(stream, "cudaMemcpyAsync");
    bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
    bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
    if (is_device(to) != to_device || is_device(from) != from_device)
        misuse("cudaMemcpyAsync: the kind says %s to %s, the pointers say otherwise", from_device ? "device" : "host",
               to_device ? "device" : "host");
    if (to_device) check_device(to, bytes, "cudaMemcpyAsync");
    if (from_device) check_device(from, bytes, "cudaMemcpyAsync");
    bool pageable = (!from_device && !is_pinned(from)) || (!to_device && !is_pinned(to));
    if (pageable && recording(stream)) misuse("cudaMemcpyAsync: a graph cannot hold memory that is not pinned");
    if (pageable && !from_device) { /* CUDA has taken the bytes when the call returns */
        const char *source = static_cast<const char *>(from);
        std::vector<char> taken(source, source + bytes);
        return queue(stream, [to, taken] { std::memcpy(to, taken.data(), taken.size()); });
    }
    queue(stream, [=] { std::memcpy(to, from, bytes); });
    if (pageable) drain_all();
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *to, int byte, size_t bytes, cudaStream_t stream)
{
    ENTER("cudaMemsetAsync");
    check_device(to, bytes, "cudaMemsetAsync");
    return queue(stream, [=] { std::memset(to, byte, bytes); });
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned)
{
    ENTER("cudaStreamCreateWithFlags");
    *stream = new CUstream_st;
    streams.insert(*stream);
    return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    live(stream, "cudaStreamDestroy");
    drain_all();
    delete stream->graph;
    streams.erase(stream);
    delete stream;
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    ENTER("cudaStreamSynchronize");
    live(stream, "cudaStreamSynchronize");
    if (stream->graph) return remember(cudaErrorStreamCaptureUnsupported);
    open_memory();
    drain(stream, stream->queued);
    close_memory();
    return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize(void)
{
    ENTER("cudaDeviceSynchronize");
    if (recording_any()) return remember(cudaErrorStreamCaptureUnsupported);
    drain_all();
    return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned)
{
    ENTER("cudaStreamWaitEvent");
    CUstream_st *other = event->stream;
    size_t after = event->after;
    if (!other || other == stream) return cudaSuccess;
    return queue(stream, [=] { drain(other, after); });
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned)
{
    ENTER("cudaEventCreateWithFlags");
    *event = new CUevent_st;
    return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    drain_all();
    delete event;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    ENTER("cudaEventRecord");
    queue(stream, [event] { event->time = std::chrono::steady_clock::now(); });
    event->stream = stream;
    event->after = stream->queued;
    return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    ENTER("cudaEventSynchronize");
    open_memory();
    if (event->stream) drain(event->stream, event->after);
    close_memory();
    return cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t start, cudaEvent_t end)
{
    ENTER("cudaEventElapsedTime");
    *ms = std::chrono::duration<float, std::milli>(end->time - start->time).count();
    return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode)
{
    ENTER("cudaStreamBeginCapture");
    live(stream, "cudaStreamBeginCapture");
    if (stream->graph) return remember(cudaErrorStreamCaptureUnsupported);
    stream->graph = new CUgraph_st;
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    cudaError_t error = fault("cudaStreamEndCapture");
    if (!stream->graph) return remember(cudaErrorStreamCaptureInvalidated);
    *graph = stream->graph;
    stream->graph = nullptr;
    if (error) {
        delete *graph;
        *graph = nullptr;
    }
    return remember(error);
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *executable, cudaGraph_t graph, unsigned long long)
{
    ENTER("cudaGraphInstantiate");
    *executable = new CUgraphExec_st{graph->steps};
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream)
{
    ENTER("cudaGraphLaunch");
    for (auto &step : executable->steps) queue(stream, step);
    return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    delete graph;
    return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable)
{
    drain_all();
    delete executable;
    return cudaSuccess;
}
}
