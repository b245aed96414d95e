#include "model/backend.h"

#include <dlfcn.h>
#include <string.h>

#include "base/error.h"
#include "base/plug_in.h"
#include "features/ear_layers.h"
#include "model/network_internal.h"

/* The library opened, or why the one that is there cannot be. */
static et_status open_library(void **library, et_error *error)
{
    char why[400] = "";
    switch (plug_in_open(library, "cuda", why, sizeof why)) {
    case PLUG_IN_OPEN: return ET_OK;
    case PLUG_IN_NOT_OURS: return error_set(error, ET_ERROR_UNSUPPORTED, "cuda: %s, or use --device cpu", why);
    case PLUG_IN_BROKEN:
        return error_set(error, ET_ERROR_UNSUPPORTED, "cuda: %s; install CUDA 13's cuBLAS and cuDNN 9, or use --device cpu",
                         why);
    case PLUG_IN_ABSENT: break;
    }
    return error_set(error, ET_ERROR_UNSUPPORTED,
                     "cuda: libemotrack_cuda.so is not installed (this emotrack is built without CUDA); use --device cpu");
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
    if (!table || strcmp(table->version, EMOTRACK_VERSION) != 0 || table->network_size != sizeof(struct network) ||
        table->ear_size != sizeof(struct ear_weights))
        return error_set(error, ET_ERROR_UNSUPPORTED,
                         "cuda: libemotrack_cuda.so belongs to another version of emotrack; install both together");
    status = table->probe(name, sizeof name, error);
    if (status == ET_OK) *out = table;
    return status;
}
