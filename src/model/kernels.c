/** Which form of a layer runs on this machine. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/processor.h"
#include "model/fast/levels.h"
#include "model/network_internal.h"

const layer_kernel *kernel_level(int level)
{
#if !defined(EMOTRACK_REAL_DOUBLE)
    if (level == 0) return kernels_baseline;
#if defined(__x86_64__)
    if (level == 1 && processor_runs(1)) return kernels_avx2;
    if (level == 2 && processor_runs(2)) return kernels_avx512;
#endif
#endif
    (void)level;
    return NULL;
}

static const layer_kernel *best_level(void)
{
    for (int level = KERNEL_LEVELS - 1; level > 0; level--)
        if (kernel_level(level)) return kernel_level(level);
    return kernel_level(0);
}

layer_kernel kernel_find_in(const layer_kernel *table, const layer_type *type)
{
    layer_kernel plain = {.type = type,
                          .forward = type->forward,
                          .backward = type->backward,
                          .forward_sums = type->forward_sums,
                          .backward_sums = type->backward_sums};
    for (const layer_kernel *k = table; k && k->type; k++) {
        if (k->type != type) continue;
        layer_kernel fast = *k;
        if (!fast.forward) fast.forward = plain.forward;
        if (!fast.backward) fast.backward = plain.backward;
        if (!fast.forward_sums) fast.forward_sums = plain.forward_sums;
        if (!fast.backward_sums) fast.backward_sums = plain.backward_sums;
        return fast;
    }
    return plain;
}

layer_kernel kernel_find(const layer_type *type, bool reference)
{
    return kernel_find_in(reference ? NULL : best_level(), type);
}

et_status network_choose_kernels(network *net, bool reference, et_error *error)
{
    size_t packed = 0;
    for (int i = 0; i < net->layers; i++) {
        layer_kernel *kernel = &net->kernel[i];
        *kernel = kernel_find(net->layer[i].type, reference);
        net->packed_offset[i] = packed;
        packed += kernel->packed_size ? (kernel->packed_size(&net->layer[i]) + 15) / 16 * 16 : 0;
        net->scratch_size[i] = kernel->scratch_size ? kernel->scratch_size(&net->layer[i]) : 0;
    }
    free(net->packed);
    net->packed = aligned_alloc(64, (packed + 64) * sizeof *net->packed);
    if (!net->packed) return error_set(error, ET_ERROR_MEMORY, "network: no memory for packed parameters");
    memset(net->packed, 0, (packed + 64) * sizeof *net->packed);
    network_refresh(net);
    return ET_OK;
}

void network_refresh(network *net)
{
    for (int i = 0; i < net->layers; i++)
        if (net->kernel[i].pack) net->kernel[i].pack(&net->layer[i], net->parameters, net->packed + net->packed_offset[i]);
}

layer_call network_call(const network *net, int i, int items)
{
    return (layer_call){.items = items, .parameters = net->parameters, .packed = net->packed + net->packed_offset[i]};
}

int network_root(const network *net, int value)
{
    for (int i = net->layers - 1; i >= 0; i--)
        if (net->layer[i].output == value && net->layer[i].type->view) value = net->layer[i].input[0];
    return value;
}
