/** The object `et_model`: networks, memory and what is known about them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "features/families.h"
#include "model/model_json.h"
#include "model/network_internal.h"

static et_status create_members(et_model *model, const network_config *configs, int members, size_t most_parameters,
                                et_error *error)
{
    for (int i = 0; i < members; i++) {
        const network_config *a = &configs[0], *b = &configs[i];
        if (a->columns_in != b->columns_in || a->columns != b->columns || a->relative != b->relative ||
            a->window != b->window || a->frame_step_s != b->frame_step_s)
            return error_set(error, ET_ERROR_ARGUMENT, "model: member %d differs from the first in its rows or its window",
                             i);
        et_status status = network_create_within(&model->member[i], b, most_parameters, error);
        if (status != ET_OK) return status;
        most_parameters -= network_parameter_count(model->member[i]);
        model->members++;
    }
    return ET_OK;
}

et_status model_create_within(et_model **out, const network_config *configs, int members, size_t most_parameters,
                              et_error *error)
{
    if (members < 1 || members > MODEL_MEMBERS_MOST)
        return error_set(error, ET_ERROR_ARGUMENT, "model: %d members; 1 to %d are possible", members, MODEL_MEMBERS_MOST);
    et_model *model = calloc(1, sizeof *model);
    if (!model) return error_set(error, ET_ERROR_MEMORY, "model: no memory");
    model->label_low = -1;
    model->label_high = 1;
    model->metadata = json_object();
    et_status status = create_members(model, configs, members, most_parameters, error);
    if (status == ET_OK && !model->metadata) status = error_set(error, ET_ERROR_MEMORY, "model: no memory");
    if (status != ET_OK) {
        model_destroy(model);
        return status;
    }
    *out = model;
    return ET_OK;
}

et_status model_create(et_model **out, const network_config *config, int members, et_error *error)
{
    network_config configs[MODEL_MEMBERS_MOST];
    for (int i = 0; i < MODEL_MEMBERS_MOST; i++) configs[i] = *config;
    return model_create_within(out, configs, members, SIZE_MAX, error);
}

float model_answer(const et_model *model, float answer)
{
    float low = model->label_low, high = model->label_high;
    if (low == -1 && high == 1) return answer;
    float label = low + (high - low) * (answer + 1) / 2;
    return label < -1 ? -1 : label > 1 ? 1 : label;
}

unsigned model_families(const et_model *model)
{
    const network *net = model->member[0];
    unsigned families = WITH_DESCRIPTORS; /* whose clock the rows follow */
    if (network_configuration(net)->columns_in != ROW_COLUMNS) return families;
    for (int m = 0; m < model->members; m++)
        for (int j = 0; j < network_configuration(net)->columns; j++)
            families |= 1u << row_family(network_column(model->member[m], j));
    return families;
}

et_status model_take_ear(et_model *model, const void *bytes, size_t size, const char *path, et_error *error)
{
    ear_weights *weights;
    et_status status = ear_weights_parse(&weights, bytes, size, path, error);
    if (status != ET_OK) return status;
    unsigned char *copy = malloc(size);
    if (!copy) {
        ear_weights_destroy(weights);
        return error_set(error, ET_ERROR_MEMORY, "%s: no memory for the learned ear", path);
    }
    memcpy(copy, bytes, size);
    ear_weights_destroy(model->ear), free(model->ear_file);
    model->ear = weights, model->ear_file = copy, model->ear_size = size;
    return ET_OK;
}

void model_destroy(et_model *model)
{
    if (!model) return;
    for (int i = 0; i < model->members; i++) network_destroy(model->member[i]);
    free(model->memory_deviation);
    ear_weights_destroy(model->ear);
    free(model->ear_file);
    json_decref(model->metadata);
    free(model);
}

void et_model_destroy(et_model *model)
{
    model_destroy(model);
}

const char *et_model_name(const et_model *model)
{
    return model->name;
}

const char *et_model_digest(const et_model *model)
{
    return model->digest;
}

double et_model_context_s(const et_model *model)
{
    const network_config *config = network_configuration(model->member[0]);
    const double functionals_s = 1;
    return (config->window - 1) * config->frame_step_s + model->memory.time_constant_s + functionals_s;
}

const double model_error_context_s[MODEL_ERRORS] = {1, 2, 3, 5, 10, 20};

bool et_model_error(const et_model *model, double context_s, float *valence, float *arousal)
{
    float *out[2] = {valence, arousal};
    int i = 0;
    while (i < MODEL_ERRORS - 2 && context_s > model_error_context_s[i + 1]) i++;
    double from = model_error_context_s[i], share = (context_s - from) / (model_error_context_s[i + 1] - from);
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    for (int t = 0; t < 2; t++) {
        double error = (1 - share) * (double)model->errors[i][t] + share * (double)model->errors[i + 1][t];
        if (out[t]) *out[t] = model->has_errors ? (float)error : NAN;
    }
    return model->has_errors;
}
