/** What a network is inside: the list that the builder left behind. For the room's own files and the GPU backend. */
#ifndef EMOTRACK_MODEL_NETWORK_INTERNAL_H
#define EMOTRACK_MODEL_NETWORK_INTERNAL_H

#include "base/processor.h"
#include "model/layer.h"
#include "model/network.h"

enum { LAYERS_MOST = 320, VALUES_MOST = 2 * LAYERS_MOST, CUTS_MOST = 4, TENSOR_NAME_SIZE = 80 };

/** Largest sizes that are accepted, so that nothing overflows and a hostile file cannot ask for the machine. */
enum { COLUMNS_MOST = 4096, CHANNELS_MOST = 256, BLOCKS_MOST = 8, KERNEL_MOST = 64, HIDDEN_MOST = 1024 };
static const size_t PARAMETERS_MOST = (size_t)1 << 26;
static const size_t ITEM_MOST = (size_t)1 << 26; /* numbers in all values of one item */

/** A frame's value that the window part reads: it is kept in the slot. */
typedef struct cut {
    int frame_value, window_value;
    size_t offset, width; /**< place in the slot */
} cut;

/** How a layer is computed on this machine: the reference's plain loops, or a faster form of the same. */
typedef struct layer_kernel {
    const layer_type *type;
    void (*forward)(const layer *l, const layer_call *c);
    void (*backward)(const layer *l, const layer_call *c);
    void (*forward_sums)(const layer *l, const layer_call *c, double *sums);
    void (*backward_sums)(const layer *l, const layer_call *c, double *sums);
    bool sets_fresh;                       /**< backward minds `fresh`; else such derivatives are cleared for it */
    size_t (*packed_size)(const layer *l); /**< numbers that `pack` writes; NULL: none */
    void (*pack)(const layer *l, const real *parameters, real *packed);
    size_t (*scratch_size)(const layer *l); /**< numbers of working room of a call, whatever its items; NULL: none */
} layer_kernel;

struct network {
    network_config config;
    int layers, values;
    layer layer[LAYERS_MOST];
    shape value[VALUES_MOST];
    int row, scaled, features, output; /**< values: raw row, after scaling, what the trunk reads, answer */
    int preprocessing;                 /**< its layers: the first of the list */
    int cuts;
    cut cut[CUTS_MOST];
    size_t slot_size;
    size_t tensors;
    network_tensor *tensor;
    char (*tensor_name)[TENSOR_NAME_SIZE];
    size_t parameter_count, trained_count;
    real *parameters;
    layer_kernel kernel[LAYERS_MOST];
    size_t packed_offset[LAYERS_MOST];
    size_t scratch_size[LAYERS_MOST]; /**< of a call beside what each item needs */
    real *packed;                     /**< parameters in the kernels' order; network_refresh fills it */
};

/** network_create, refusing with ET_ERROR_TRUNCATED a network of more parameters than its file holds. */
et_status network_create_within(network **out, const network_config *config, size_t most_parameters, et_error *error);

/** The value in whose place a value lies: itself, unless a view of another. */
int network_root(const network *net, int value);

/** The form of a layer: the fastest that this processor has, or the reference loops. */
layer_kernel kernel_find(const layer_type *type, bool reference);

/** Tables of kernels from the baseline (0) up; NULL: this processor or this build does not have it. */
enum { KERNEL_LEVELS = PROCESSOR_LEVELS };
const layer_kernel *kernel_level(int level);

/** The form in a given level's table; NULL: the reference loops. */
layer_kernel kernel_find_in(const layer_kernel *table, const layer_type *type);

/** Picks kernels: the fastest forms that this processor has, or the reference loops.
 *  @return ET_OK; ET_ERROR_MEMORY */
et_status network_choose_kernels(network *net, bool reference, et_error *error);

/** Fills a call with what layer `i` always needs; inputs, outputs and room are the caller's. */
layer_call network_call(const network *net, int i, int items);

/** Working room of a call of layer `i` on `items` items. */
static inline size_t network_scratch(const network *net, int i, size_t items)
{
    return net->scratch_size[i] + items * net->layer[i].scratch;
}

#endif
