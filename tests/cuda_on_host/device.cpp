/* The machine: its devices, its faults, and the end of a program that misuses it. */
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "parts.h"

namespace cuda_on_host
{
namespace
{
struct planned_fault {
    std::string call;
    int left = 0;
    cudaError_t error = cudaSuccess;
    bool lost = false;
} plan;

cudaError_t lost_with = cudaSuccess;
std::map<std::string, int> calls;
int call_count, device_count = 1, driver_version = 13000;

} // namespace

std::recursive_mutex &lock()
{
    static std::recursive_mutex mutex;
    return mutex;
}

void misuse(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    std::fputs("cuda_on_host: ", stderr);
    std::vfprintf(stderr, format, list);
    std::fputc('\n', stderr);
    va_end(list);
    std::fflush(stderr);
    std::_Exit(134);
}

cudaError_t fault(const char *call)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    calls[call]++;
    call_count++;
    if (lost_with) return lost_with;
    if (!plan.left || (!plan.call.empty() && plan.call != call) || --plan.left) return cudaSuccess;
    if (plan.lost) lost_with = plan.error;
    return plan.error;
}
} // namespace cuda_on_host

using namespace cuda_on_host;

extern "C" {
void cuda_on_host_reset(void)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    plan = {};
    lost_with = cudaSuccess;
    calls.clear();
    call_count = 0;
    device_count = 1;
    driver_version = 13000;
    cuda_on_host_memory(size_t{4} << 30);
    cuda_on_host_order(2);
    cudaGetLastError();
}

void cuda_on_host_fail(const char *call, int nth, int error, bool lost)
{
    std::lock_guard<std::recursive_mutex> hold(lock());
    plan = {call ? call : "", nth, static_cast<cudaError_t>(error), lost};
}

int cuda_on_host_calls(const char *call)
{
    return call ? calls[call] : call_count;
}
void cuda_on_host_devices(int count)
{
    device_count = count;
}
void cuda_on_host_driver(int version)
{
    driver_version = version;
}

cudaError_t cudaGetDeviceCount(int *count)
{
    if (cudaError_t error = fault("cudaGetDeviceCount")) return error;
    *count = device_count;
    if (!driver_version) return cudaErrorInsufficientDriver;
    return device_count ? cudaSuccess : cudaErrorNoDevice;
}

cudaError_t cudaSetDevice(int device)
{
    if (cudaError_t error = fault("cudaSetDevice")) return error;
    return device >= 0 && device < device_count ? cudaSuccess : cudaErrorInvalidDevice;
}

cudaError_t cudaDriverGetVersion(int *version)
{
    *version = driver_version;
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    *version = 13000;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device)
{
    if (cudaError_t error = fault("cudaGetDeviceProperties")) return error;
    if (device < 0 || device >= device_count) return cudaErrorInvalidDevice;
    *properties = {};
    std::snprintf(properties->name, sizeof properties->name, "no GPU: CUDA on the host");
    size_t unused;
    cudaMemGetInfo(&unused, &properties->totalGlobalMem);
    properties->major = 9;
    properties->multiProcessorCount = 2;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr attribute, int)
{
    if (cudaError_t error = fault("cudaDeviceGetAttribute")) return error;
    switch (attribute) {
    case cudaDevAttrMultiProcessorCount: *value = 2; break;
    case cudaDevAttrComputeCapabilityMajor: *value = 9; break;
    case cudaDevAttrComputeCapabilityMinor: *value = 0; break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = 227 * 1024; break;
    }
    return cudaSuccess;
}

const char *cudaGetErrorString(cudaError_t error)
{
    switch (error) {
    case cudaSuccess: return "no error";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInsufficientDriver: return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    case cudaErrorECCUncorrectable: return "uncorrectable ECC error encountered";
    case cudaErrorLaunchFailure: return "unspecified launch failure";
    default: return "an error of the stand-in";
    }
}
}
