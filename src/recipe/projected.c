#include "recipe/projected.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "features/names.h"

struct projected {
    network *bare;
    network_work *work;
    float *slots;
};

/** A network with the same trained layers whose front passes the first F numbers of a row on as they are. */
static et_status without_front(network **out, const network *net, et_error *error)
{
    network_config config = *network_configuration(net);
    config.relative = config.projection = false;
    config.columns = config.features;
    config.columns_in = config.features > FUNCTIONAL_COUNT ? 2 * FUNCTIONAL_COUNT : FUNCTIONAL_COUNT;
    et_status status = network_create(out, &config, error);
    if (status) return status;
    network_initialise(*out, 0);
    for (size_t i = 0; i < network_tensor_count(net); i++) {
        const network_tensor *from = network_tensor_at(net, i), *to = network_tensor_find(*out, from->name);
        if (!to || !(from->trained || from->state)) continue;
        memcpy(network_parameters(*out) + to->offset, network_parameters((network *)net) + from->offset,
               to->count * sizeof(float));
    }
    network_refresh(*out);
    return ET_OK;
}

void projected_destroy(projected *p)
{
    if (!p) return;
    free(p->slots);
    network_work_destroy(p->work);
    network_destroy(p->bare);
    free(p);
}

et_status projected_create(projected **out, const network *net, int most_rows, et_error *error)
{
    projected *p = calloc(1, sizeof *p);
    if (!p) return error_set(error, ET_ERROR_MEMORY, "no memory to answer");
    et_status status = without_front(&p->bare, net, error);
    if (!status) status = network_work_create(&p->work, p->bare, 1, error);
    if (!status) p->slots = malloc((size_t)most_rows * network_slot_size(p->bare) * sizeof *p->slots);
    if (!status && !p->slots) status = error_set(error, ET_ERROR_MEMORY, "no memory for %d frames", most_rows);
    if (status)
        projected_destroy(p);
    else
        *out = p;
    return status;
}

void projected_answer(projected *p, const float *rows, int row_count, const int *end, int count, float *out)
{
    const network_config *config = network_configuration(p->bare);
    size_t slot = network_slot_size(p->bare), features = (size_t)config->features;
    const float *window[WINDOW_MOST];
    float row[2 * FUNCTIONAL_COUNT] = {0};
    for (int k = 0; k < row_count; k++) {
        memcpy(row, rows + (size_t)k * features, features * sizeof *row);
        network_frame(p->bare, p->work, row, p->slots + (size_t)k * slot);
    }
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < config->window; k++) {
            int at = end[i] - (config->window - 1 - k);
            window[k] = p->slots + (size_t)(at < 0 ? 0 : at) * slot;
        }
        network_windows(p->bare, p->work, window, 1, out + (size_t)i * (size_t)config->targets);
    }
}
