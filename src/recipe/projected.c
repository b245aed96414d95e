#include "recipe/projected.h"

#include <stdlib.h>

#include "base/error.h"

struct projected {
    const network *net;
    network_work *work;
    float *slots;
};

void projected_destroy(projected *p)
{
    if (!p) return;
    free(p->slots);
    network_work_destroy(p->work);
    free(p);
}

et_status projected_create(projected **out, const network *net, int most_rows, et_error *error)
{
    projected *p = calloc(1, sizeof *p);
    if (!p) return error_set(error, ET_ERROR_MEMORY, "no memory to answer projected rows");
    p->net = net;
    p->slots = malloc((size_t)most_rows * network_slot_size(net) * sizeof *p->slots);
    et_status status = p->slots ? network_work_create(&p->work, net, 1, error)
                                : error_set(error, ET_ERROR_MEMORY, "no memory for %d projected rows", most_rows);
    if (status) {
        projected_destroy(p);
        return status;
    }
    *out = p;
    return ET_OK;
}

void projected_answer(projected *p, const float *rows, int row_count, const int *end, int count, float *out)
{
    const network_config *config = network_configuration(p->net);
    size_t slot = network_slot_size(p->net);
    const float *window[WINDOW_MOST];
    for (int k = 0; k < row_count; k++)
        network_frame_of_features(p->net, p->work, rows + (size_t)k * (size_t)config->features, p->slots + (size_t)k * slot);
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < config->window; k++) {
            int at = end[i] - (config->window - 1 - k);
            window[k] = p->slots + (size_t)(at < 0 ? 0 : at) * slot;
        }
        network_windows(p->net, p->work, window, 1, out + (size_t)i * (size_t)config->targets);
    }
}
