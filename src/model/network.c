#include "model/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/builder.h"
#include "model/network_internal.h"

static et_status check_range(const char *name, int value, int least, int most, et_error *error)
{
    if (value >= least && value <= most) return ET_OK;
    return error_set(error, value > most ? ET_ERROR_LIMIT : ET_ERROR_ARGUMENT, "network: %s is %d; %d to %d is possible",
                     name, value, least, most);
}

static et_status check_config(const network_config *s, et_error *error)
{
    const struct {
        const char *name;
        int value, least, most;
    } ranges[] = {
        {"columns_in", s->columns_in, 1, COLUMNS_MOST},
        {"columns", s->columns, 1, s->columns_in},
        {"features", s->features, 1, s->columns},
        {"window", s->window, 1, WINDOW_MOST},
        {"channels", s->channels, 1, CHANNELS_MOST},
        {"blocks", s->blocks, 1, BLOCKS_MOST},
        {"k1", s->k1, 1, KERNEL_MOST},
        {"k2", s->k2, 1, KERNEL_MOST},
        {"hidden", s->hidden, 1, HIDDEN_MOST},
        {"heads", s->heads, 1, CHANNELS_MOST},
        {"targets", s->targets, 1, 2},
        {"key_channels", s->key_channels, s->heads, CHANNELS_MOST},
        {"lag", s->lag, 0, WINDOW_MOST},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        et_status status = check_range(ranges[i].name, ranges[i].value, ranges[i].least, ranges[i].most, error);
        if (status != ET_OK) return status;
    }
    if (!s->projection && s->features != s->columns)
        return error_set(error, ET_ERROR_ARGUMENT, "network: without a projection features (%d) must equal columns (%d)",
                         s->features, s->columns);
    if (!(s->frame_step_s >= 0.01 && s->frame_step_s <= 60))
        return error_set(error, ET_ERROR_ARGUMENT, "network: frame_step_s is %g; 0.01 to 60 is possible", s->frame_step_s);
    return ET_OK;
}

static void preprocessing_layers(builder *b, const network_config *s)
{
    network *net = b->net;
    net->row = b->value;
    if (s->relative) relative(b);
    select_columns(b, s->columns);
    scale(b);
    net->scaled = b->value;
    if (s->projection) project(b, s->features);
    net->features = b->value;
    net->preprocessing = net->layers;
}

/* Counts parameters and the numbers of an item before anything is allocated for them. */
static et_status check_size(network *net, size_t most_parameters, et_error *error)
{
    size_t parameters = 0, item = 0;
    for (int i = 0; i < net->layers; i++) {
        const layer *l = &net->layer[i];
        item += l->saved + l->scratch;
        for (int t = 0; t < l->tensors; t++) {
            size_t count = 1;
            for (int d = 0; d < l->tensor[t].rank; d++) count *= (size_t)l->tensor[t].dims[d];
            parameters += count;
            net->tensors++;
            if (count > PARAMETERS_MOST || parameters > PARAMETERS_MOST)
                return error_set(error, ET_ERROR_LIMIT, "network: more than %zu parameters at %s; make it smaller",
                                 PARAMETERS_MOST, l->name);
        }
    }
    if (parameters > most_parameters)
        return error_set(error, ET_ERROR_TRUNCATED, "network: has %zu parameters, the file only %zu numbers; get it again",
                         parameters, most_parameters);
    for (int v = 0; v < net->values; v++) item += shape_size(net->value[v]);
    if (item > ITEM_MOST)
        return error_set(error, ET_ERROR_LIMIT, "network: a window needs %zu numbers; %zu is the most", item, ITEM_MOST);
    return ET_OK;
}

static void lay_out_tensor(network *net, const layer *l, layer_tensor *declared, size_t index)
{
    network_tensor *tensor = &net->tensor[index];
    snprintf(net->tensor_name[index], TENSOR_NAME_SIZE, "%s.%s", l->name, declared->name);
    *tensor = (network_tensor){.name = net->tensor_name[index], .rank = declared->rank, .count = 1};
    for (int d = 0; d < declared->rank; d++) tensor->count *= (size_t)(tensor->shape[d] = declared->dims[d]);
    tensor->offset = declared->offset = net->parameter_count;
    tensor->trained = declared->kind == TENSOR_WEIGHT || declared->kind == TENSOR_BIAS;
    tensor->decay = declared->kind == TENSOR_WEIGHT;
    tensor->state = declared->kind == TENSOR_STATE;
    net->parameter_count += tensor->count;
    if (tensor->trained) net->trained_count += tensor->count;
}

static et_status lay_out(network *net, size_t most_parameters, et_error *error)
{
    et_status status = check_size(net, most_parameters, error);
    if (status != ET_OK) return status;
    net->tensor = calloc(net->tensors, sizeof *net->tensor);
    net->tensor_name = calloc(net->tensors, sizeof *net->tensor_name);
    if (!net->tensor || !net->tensor_name) return error_set(error, ET_ERROR_MEMORY, "network: no memory for its tensors");
    size_t index = 0;
    for (int i = 0; i < net->layers; i++)
        for (int t = 0; t < net->layer[i].tensors; t++)
            lay_out_tensor(net, &net->layer[i], &net->layer[i].tensor[t], index++);
    net->parameters = calloc(net->parameter_count, sizeof *net->parameters);
    if (!net->parameters)
        return error_set(error, ET_ERROR_MEMORY, "network: no memory for %zu parameters", net->parameter_count);
    return ET_OK;
}

static et_status build(network **out, const network_config *config, network_recipe recipe, size_t most_parameters,
                       et_error *error)
{
    et_status status = check_config(config, error);
    if (status != ET_OK) return status;
    network *net = calloc(1, sizeof *net);
    if (!net) return error_set(error, ET_ERROR_MEMORY, "network: no memory");
    net->config = *config;
    net->value[0] = (shape){false, 1, 1, config->columns_in};
    net->values = 1;
    builder b = {.net = net, .error = error, .status = ET_OK};
    preprocessing_layers(&b, config);
    if (b.status == ET_OK) recipe(&b, config);
    net->output = b.value;
    status = b.status == ET_OK ? lay_out(net, most_parameters, error) : b.status;
    if (status == ET_OK) status = network_choose_kernels(net, false, error);
    if (status == ET_OK && !net->value[net->output].window)
        status = error_set(error, ET_ERROR_ARGUMENT, "network %s: never reads a window", config->network);
    if (status != ET_OK) {
        network_destroy(net);
        return status;
    }
    *out = net;
    return ET_OK;
}

et_status network_build(network **out, const network_config *config, network_recipe recipe, et_error *error)
{
    return build(out, config, recipe, SIZE_MAX, error);
}

et_status network_create_within(network **out, const network_config *config, size_t most_parameters, et_error *error)
{
    network_recipe recipe = NULL;
    if (memchr(config->network, '\0', sizeof config->network)) recipe = network_recipe_find(config->network);
    if (recipe == NULL)
        return error_set(error, ET_ERROR_ARGUMENT, "network: there is none called \"%.*s\"; dselfattention is the main one",
                         (int)sizeof config->network, config->network);
    return build(out, config, recipe, most_parameters, error);
}

et_status network_create(network **out, const network_config *config, et_error *error)
{
    return network_create_within(out, config, SIZE_MAX, error);
}

void network_destroy(network *net)
{
    if (!net) return;
    free(net->tensor);
    free(net->tensor_name);
    free(net->parameters);
    free(net->packed);
    free(net);
}

const network_config *network_configuration(const network *net)
{
    return &net->config;
}

size_t network_tensor_count(const network *net)
{
    return net->tensors;
}

const network_tensor *network_tensor_at(const network *net, size_t i)
{
    return &net->tensor[i];
}

const network_tensor *network_tensor_find(const network *net, const char *name)
{
    for (size_t i = 0; i < net->tensors; i++)
        if (strcmp(net->tensor[i].name, name) == 0) return &net->tensor[i];
    return NULL;
}

real *network_parameters(network *net)
{
    return net->parameters;
}

size_t network_parameter_count(const network *net)
{
    return net->parameter_count;
}

size_t network_trained_count(const network *net)
{
    return net->trained_count;
}

size_t network_slot_size(const network *net)
{
    return net->slot_size;
}
