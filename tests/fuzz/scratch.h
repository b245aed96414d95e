/** A file in memory that holds the fuzzer's bytes, for readers that take a path. */
#ifndef EMOTRACK_TESTS_FUZZ_SCRATCH_H
#define EMOTRACK_TESTS_FUZZ_SCRATCH_H

#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static inline int scratch_open(const uint8_t *bytes, size_t size, char path[64])
{
    int descriptor = memfd_create("scratch", MFD_CLOEXEC);
    if (descriptor < 0 || write(descriptor, bytes, size) != (ssize_t)size) __builtin_trap();
    snprintf(path, 64, "/proc/self/fd/%d", descriptor);
    return descriptor;
}

#endif
