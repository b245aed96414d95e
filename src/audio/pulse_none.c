/** In pulse.c's place where libpulse was not there to build with. */
#include <stdlib.h>

#include "audio/pulse.h"
#include "base/error.h"

et_status pulse_list_create(pulse_list **out, et_error *error)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for the list of inputs");
}

void pulse_list_destroy(pulse_list *list)
{
    free(list);
}

et_status pulse_input_create(pulse_input **out, const char *name, double rate_hz, unsigned channels, pulse_taker take,
                             void *context, et_error *error)
{
    (void)rate_hz, (void)channels, (void)take, (void)context;
    *out = NULL;
    return error_set(error, ET_ERROR_UNSUPPORTED, "input '%.200s': this program was built without libpulse-dev", name);
}

bool pulse_input_is_alive(const pulse_input *p)
{
    (void)p;
    return false;
}

void pulse_input_destroy(pulse_input *p)
{
    (void)p;
}
