/* Device and pinned memory: each allocation in pages of its own, ending at a page that cannot be touched; addresses are
   never given out twice. Device memory is closed to everybody but kernels and copies. */
#include <cstdio>
#include <iterator>
#include <map>
#include <sys/mman.h>
#include <vector>

#include "parts.h"

namespace cuda_on_host
{
namespace
{
constexpr size_t page = 4096, range_bytes = size_t{1} << 38;
constexpr unsigned char slack = 0xa5;

struct allocation {
    size_t bytes;
    char *pages;
    size_t page_bytes;
};

struct range {
    char *base = nullptr;
    size_t used = 0;
    std::map<char *, allocation> live;

    bool holds(const void *p) const { return base && p >= base && p < base + range_bytes; }

    void *add(size_t bytes)
    {
        if (!base) {
            void *at = mmap(nullptr, range_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (at == MAP_FAILED) misuse("cannot reserve addresses");
            base = static_cast<char *>(at);
        }
        size_t rounded = (bytes + 15) & ~size_t{15}, page_bytes = (rounded + page - 1) / page * page;
        char *pages = base + page + used, *at = pages + page_bytes - rounded;
        used += page_bytes + page;
        mprotect(pages, page_bytes, PROT_READ | PROT_WRITE);
        std::memset(pages, slack, page_bytes);
        std::memset(at, 0xff, bytes); /* NaN until written */
        live[at] = {bytes, pages, page_bytes};
        return at;
    }

    void check_slack(char *at, const allocation &a) const
    {
        static const std::vector<unsigned char> untouched(page, slack);
        size_t front = static_cast<size_t>(at - a.pages), back = a.page_bytes - front - a.bytes;
        if (std::memcmp(a.pages, untouched.data(), front) || std::memcmp(at + a.bytes, untouched.data(), back))
            misuse("%zu bytes were allocated, and bytes beside them were written", a.bytes);
    }

    bool remove(char *at)
    {
        auto found = live.find(at);
        if (found == live.end()) return false;
        mprotect(found->second.pages, found->second.page_bytes, PROT_READ | PROT_WRITE);
        check_slack(at, found->second);
        madvise(found->second.pages, found->second.page_bytes, MADV_DONTNEED);
        mprotect(found->second.pages, found->second.page_bytes, PROT_NONE);
        live.erase(found);
        return true;
    }

    void protect(int access)
    {
        for (auto &[at, a] : live) mprotect(a.pages, a.page_bytes, access);
    }

    const std::pair<char *const, allocation> *find(const void *p) const
    {
        auto after = live.upper_bound(static_cast<char *>(const_cast<void *>(p)));
        return after == live.begin() ? nullptr : &*std::prev(after);
    }
};

range device, pinned;
size_t device_bytes, device_most = size_t{4} << 30;
bool opened;

bool is_mapped(uint64_t word)
{
    unsigned char resident;
    return mincore(reinterpret_cast<void *>(word & ~uint64_t{page - 1}), page, &resident) == 0;
}
} // namespace

bool is_device(const void *p)
{
    return device.holds(p);
}
bool is_pinned(const void *p)
{
    return pinned.holds(p);
}

void check_device(const void *p, size_t bytes, const char *who)
{
    if (!device.holds(p)) misuse("%s: %p is not in device memory", who, p);
    auto *found = device.find(p);
    auto *at = static_cast<const char *>(p);
    if (!found || at + bytes > found->first + found->second.bytes)
        misuse("%s: %zu bytes from %p are not inside one allocation that still lives", who, bytes, p);
}

/* Every word that looks like an address must be one that the device may use. */
void check_kernel_arguments(const void *arguments, size_t bytes, const char *kernel)
{
    for (size_t i = 0; i + 8 <= bytes; i += 8) {
        uint64_t word;
        std::memcpy(&word, static_cast<const char *>(arguments) + i, 8);
        auto *p = reinterpret_cast<const void *>(word);
        if (device.holds(p)) {
            check_device(p, 0, kernel);
        } else if (pinned.holds(p)) {
            if (!pinned.find(p)) misuse("%s: pinned memory that was freed", kernel);
        } else if (word >> 46 == 1 && is_mapped(word)) { /* where Linux has stacks, heaps and libraries */
            misuse("%s: a pointer to host memory in its arguments, at byte %zu", kernel, i);
        }
    }
}

void open_memory()
{
    if (!opened) device.protect(PROT_READ | PROT_WRITE);
    opened = true;
}

void close_memory()
{
    if (!opened) return;
    for (auto &[at, a] : device.live) device.check_slack(at, a);
    device.protect(PROT_NONE);
    opened = false;
}
} // namespace cuda_on_host

using namespace cuda_on_host;

static cudaError_t allocate(void **pointer, size_t bytes, const char *call, bool on_device)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    if (cudaError_t error = fault(call)) return error;
    if (!pointer) return cudaErrorInvalidValue;
    if (recording_any()) return cudaErrorStreamCaptureUnsupported;
    if (on_device && (bytes > device_most || device_bytes > device_most - bytes)) return cudaErrorMemoryAllocation;
    *pointer = bytes ? (on_device ? device : pinned).add(bytes) : nullptr;
    if (on_device) device_bytes += bytes;
    if (on_device && bytes && !opened) {
        auto &a = device.live[static_cast<char *>(*pointer)];
        mprotect(a.pages, a.page_bytes, PROT_NONE);
    }
    return cudaSuccess;
}

extern "C" {
cudaError_t cudaMalloc(void **pointer, size_t bytes)
{
    return allocate(pointer, bytes, "cudaMalloc", true);
}
cudaError_t cudaMallocHost(void **pointer, size_t bytes)
{
    return allocate(pointer, bytes, "cudaMallocHost", false);
}

cudaError_t cudaFree(void *pointer)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    if (!pointer) return cudaSuccess;
    drain_all();
    auto *found = device.find(pointer);
    size_t bytes = found && found->first == pointer ? found->second.bytes : 0;
    if (!device.remove(static_cast<char *>(pointer))) misuse("cudaFree: %p was not allocated, or was freed before", pointer);
    device_bytes -= bytes;
    return cudaSuccess;
}

cudaError_t cudaFreeHost(void *pointer)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    if (!pointer) return cudaSuccess;
    drain_all();
    if (!pinned.remove(static_cast<char *>(pointer))) misuse("cudaFreeHost: %p was not allocated", pointer);
    return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes)
{
    if (cudaError_t error = fault("cudaMemGetInfo")) return error;
    *free_bytes = device_most - device_bytes;
    *total_bytes = device_most;
    return cudaSuccess;
}

void cuda_on_host_memory(size_t bytes)
{
    device_most = bytes;
}
size_t cuda_on_host_allocated(void)
{
    return device_bytes;
}
}
