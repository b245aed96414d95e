#include "train/projected.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "features/names.h"

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

static void answer_window(const network *bare, network_work *work, const float *rows, float *slots, float *out)
{
    const network_config *config = network_configuration(bare);
    size_t slot = network_slot_size(bare);
    const float *window[256];
    float row[2 * FUNCTIONAL_COUNT] = {0};
    for (int k = 0; k < config->window; k++) {
        memcpy(row, rows + (size_t)k * (size_t)config->features, (size_t)config->features * sizeof *row);
        network_frame(bare, work, row, slots + (size_t)k * slot);
        window[k] = slots + (size_t)k * slot;
    }
    network_windows(bare, work, window, 1, out);
}

et_status projected_answers(const network *net, const float *rows, int windows, float *out, et_error *error)
{
    network *bare = NULL;
    network_work *work = NULL;
    const network_config *config = network_configuration(net);
    et_status status = without_front(&bare, net, error);
    if (!status) status = network_work_create(&work, bare, 1, error);
    float *slots = status ? NULL : malloc((size_t)config->window * network_slot_size(bare) * sizeof *slots);
    if (!status && !slots) status = error_set(error, ET_ERROR_MEMORY, "no memory for %d frames", config->window);
    for (int w = 0; w < windows && !status; w++)
        answer_window(bare, work, rows + (size_t)w * (size_t)(config->window * config->features), slots,
                      out + (size_t)w * (size_t)config->targets);
    free(slots);
    network_work_destroy(work);
    network_destroy(bare);
    return status;
}
