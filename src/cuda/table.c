/** What libemotrack_cuda.so shows to the program: one function that gives a table. */
#include <stdio.h>

#include "cuda/device.h"
#include "cuda/session.h"
#include "cuda/train.h"
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
                                  .probe = probe,
                                  .session_create = device_session_create,
                                  .session_destroy = device_session_destroy,
                                  .session_start = device_session_start,
                                  .session_finish = device_session_finish,
                                  .trainer_create = backend_trainer_create,
                                  .trainer_destroy = backend_trainer_destroy,
                                  .trainer_write = backend_trainer_write,
                                  .trainer_step = backend_trainer_step,
                                  .trainer_results = backend_trainer_results,
                                  .trainer_read = backend_trainer_read};
    return &table;
}
