/* In place of model/backend.c: the backend on the stand-in, as if libemotrack_cuda.so had been found and had a GPU. */
#include "model/backend.h"

const backend *emotrack_cuda_backend(void);

et_status backend_load(const backend **out, et_error *error)
{
    char name[128];
    const backend *table = emotrack_cuda_backend();
    et_status status = table->probe(name, sizeof name, error);
    if (status == ET_OK) *out = table;
    return status;
}
