/** What libemotrack_cuda.so shows to the program: one function that gives a table. */
#include <stdio.h>

#include "cuda/device.h"
#include "cuda/ear.h"
#include "cuda/session.h"
#include "cuda/train.h"
#include "features/ear_layers.h"
#include "model/network_internal.h"

static et_status probe(char *name, size_t size, et_error *error)
{
    device d;
    et_status status = device_open(&d, error);
    if (status != ET_OK) return status;
    snprintf(name, size, "%s", d.name);
    device_close(&d);
    return ET_OK;
}

ET_API const backend *emotrack_cuda_backend(void);

const backend *emotrack_cuda_backend(void)
{
    static const backend table = {.version = EMOTRACK_VERSION,
                                  .network_size = sizeof(struct network),
                                  .ear_size = sizeof(struct ear_weights),
                                  .probe = probe,
                                  .session = &device_sessions,
                                  .ear = &device_ears,
                                  .trainer = &device_trainers};
    return &table;
}
