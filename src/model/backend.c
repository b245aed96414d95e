#include "model/backend.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "model/network_internal.h"

#define LIBRARY "libemotrack_cuda.so"
enum { PATH_SIZE = 4096 };

/* Beside this library or program, where an installation has it, and where a build has it. */
static const char *const places[] = {"",          "emotrack/",    "../" EMOTRACK_LIBDIR "/emotrack/",
                                     "src/cuda/", "../src/cuda/", "../../src/cuda/"};

static bool own_folder(char folder[PATH_SIZE])
{
    Dl_info self;
    if (!dladdr((const void *)&backend_load, &self) || !self.dli_fname) return false;
    if (!realpath(self.dli_fname, folder)) return false;
    char *slash = strrchr(folder, '/');
    if (!slash) return false;
    slash[1] = '\0';
    return true;
}

/* The library opened, or why the one that is there cannot be. */
static et_status open_library(void **library, et_error *error)
{
    char folder[PATH_SIZE], path[2 * PATH_SIZE];
    if (!own_folder(folder)) folder[0] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(path, sizeof path, "%s%s" LIBRARY, folder, places[i]);
        if (access(path, F_OK) != 0) continue;
        *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (*library) return ET_OK;
        return error_set(error, ET_ERROR_UNSUPPORTED, "cuda: %s; install CUDA 13's cuBLAS or use --device cpu", dlerror());
    }
    return error_set(error, ET_ERROR_UNSUPPORTED,
                     "cuda: " LIBRARY " is not installed (this emotrack is built without CUDA); use --device cpu");
}

et_status backend_load(const backend **out, et_error *error)
{
    void *library;
    char name[128];
    et_status status = open_library(&library, error);
    if (status != ET_OK) return status;
    backend_entry entry;
    *(void **)&entry = dlsym(library, BACKEND_SYMBOL);
    const backend *table = entry ? entry() : NULL;
    if (!table || strcmp(table->version, EMOTRACK_VERSION) != 0 || table->network_size != sizeof(struct network))
        return error_set(error, ET_ERROR_UNSUPPORTED,
                         "cuda: " LIBRARY " belongs to another version of emotrack; install both together");
    status = table->probe(name, sizeof name, error);
    if (status == ET_OK) *out = table;
    return status;
}
