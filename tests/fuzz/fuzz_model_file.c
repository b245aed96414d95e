/* Any bytes as a model file: refused with a message, or a model that answers. */
#include <stdlib.h>

#include "model/model_file.h"

static void answer_once(const et_model *model)
{
    const network *net = model->member[0];
    network_work *work = NULL;
    if (network_work_create(&work, net, 1, NULL) != ET_OK) return;
    int steps = network_configuration(net)->window;
    float *row = calloc((size_t)network_configuration(net)->columns_in, sizeof *row);
    float *slot = calloc(network_slot_size(net), sizeof *slot), out[2];
    const float *slots[256];
    for (int k = 0; k < steps; k++) slots[k] = slot;
    network_frame(net, work, row, slot);
    network_windows(net, work, slots, 1, out);
    free(row);
    free(slot);
    network_work_destroy(work);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    et_model *model = NULL;
    et_error error = {0};
    et_status status = model_parse(&model, bytes, size, "fuzz", &error);
    if (status == ET_OK)
        answer_once(model);
    else if (model != NULL || error.message[0] == '\0' || error.status != status)
        __builtin_trap();
    model_destroy(model);
    return 0;
}
