/** Writes a model file: header length, JSON header, tensors. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/sha256.h"
#include "model/model_json.h"

/* Its notice must go with the weights (models/ear-LICENSE.md). */
static const char ear_license[] =
    "Copyright (c) Music Technology Group, Universitat Pompeu Fabra 2019. Code developed by Jordi Pons "
    "(www.jordipons.me). Permission to use, copy, modify, and/or distribute this software for any purpose with or "
    "without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all "
    "copies. THE SOFTWARE IS PROVIDED \"AS IS\" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE "
    "INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY "
    "SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA "
    "OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN "
    "CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.";

static int tidy(void)
{
    return JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17);
}

/* Structured metadata is text that is JSON. */
static int set_text(json_t *metadata, const char *key, json_t *value)
{
    char *text = value ? json_dumps(value, tidy() | JSON_ENCODE_ANY) : NULL;
    int failed = !text || json_object_set_new(metadata, key, json_string(text)) != 0;
    free(text);
    json_decref(value);
    return failed;
}

static json_t *columns_json(const et_model *model)
{
    const network_config *config = network_configuration(model->member[0]);
    const network_tensor *index = network_tensor_find(model->member[0], "columns.index");
    json_t *names = json_array();
    for (size_t i = 0; i < index->count; i++) {
        char name[96];
        column_name(config, (int)network_parameters(model->member[0])[index->offset + i], name, sizeof name);
        json_array_append_new(names, json_string(name));
    }
    return names;
}

/* For each member the targets it answers. */
static json_t *targets_json(const et_model *model)
{
    json_t *targets = json_array();
    for (int i = 0; i < model->members; i++) {
        if (network_configuration(model->member[i])->targets == 2)
            json_array_append_new(targets, json_string("valence,arousal"));
        else
            json_array_append_new(targets, json_string(model->target[i] == TARGET_AROUSAL ? "arousal" : "valence"));
    }
    return targets;
}

static json_t *configs_json(const et_model *model)
{
    json_t *configs = json_array();
    for (int i = 0; i < model->members; i++)
        json_array_append_new(configs, json_of_config(network_configuration(model->member[i])));
    return configs;
}

static json_t *networks_json(const et_model *model)
{
    json_t *networks = json_array();
    for (int i = 0; i < model->members; i++)
        json_array_append_new(networks, json_string(network_configuration(model->member[i])->network));
    return networks;
}

/* One value where all members agree, a list of them else. */
static json_t *one_or_all(json_t *list)
{
    for (size_t i = 1; i < json_array_size(list); i++)
        if (!json_equal(json_array_get(list, 0), json_array_get(list, i))) return list;
    json_t *first = json_incref(json_array_get(list, 0));
    json_decref(list);
    return first;
}

static int set_plain(json_t *metadata, const char *key, json_t *value)
{
    if (json_is_string(value)) return json_object_set_new(metadata, key, value);
    return set_text(metadata, key, value);
}

static json_t *errors_json(const et_model *model)
{
    static const char *const names[] = {"context_s", "valence", "arousal"};
    json_t *errors = json_object(), *list[3] = {json_array(), json_array(), json_array()};
    for (int i = 0; i < MODEL_ERRORS; i++) {
        json_array_append_new(list[0], json_real(model_error_context_s[i]));
        for (int t = 0; t < 2; t++) json_array_append_new(list[1 + t], json_real((double)model->errors[i][t]));
    }
    for (int i = 0; i < 3; i++) json_object_set_new(errors, names[i], list[i]);
    return errors;
}

json_t *json_of_metadata(const et_model *model)
{
    json_t *metadata = json_object();
    const char *key;
    json_t *value;
    int failed = metadata == NULL;
    json_object_foreach(model->metadata, key, value) if (!metadata_is_reserved(key)) failed |=
        set_plain(metadata, key, json_incref(value));
    failed |= json_object_set_new(metadata, "format", json_string("emotrack-model"));
    failed |= set_text(metadata, "format_version", json_integer(model->ear ? MODEL_FORMAT_VERSION : 1));
    failed |= json_object_set_new(metadata, "name", json_string(model->name));
    failed |= set_plain(metadata, "network", one_or_all(networks_json(model)));
    if (model->has_errors) failed |= set_text(metadata, "errors", errors_json(model));
    failed |= set_text(metadata, "config", one_or_all(configs_json(model)));
    failed |= set_text(metadata, "members", json_integer(model->members));
    failed |= set_text(metadata, "memory", json_of_memory(&model->memory));
    failed |= set_text(metadata, "columns", columns_json(model));
    failed |= json_object_set_new(metadata, "projection",
                                  json_string(network_configuration(model->member[0])->projection ? "linear" : "none"));
    failed |= set_text(metadata, "targets", targets_json(model));
    failed |= set_text(metadata, "label_range", json_pack("[ff]", (double)model->label_low, (double)model->label_high));
    failed |= set_text(metadata, "label_offset_s", json_real(model->label_offset_s));
    if (model->ear)
        failed |= set_text(metadata, "ear",
                           json_pack("{ss ss ss}", "digest", ear_weights_digest(model->ear), "source",
                                     "MusiCNN, package musicnn 0.1.0 (Pons and Serra 2019)", "license", ear_license));
    failed |= set_text(metadata, "pitch_lag_frames", json_integer(model->pitch_lag_frames));
    if (!failed) return metadata;
    json_decref(metadata);
    return NULL;
}

/* ---- tensors ------------------------------------------------------------------------------------------------------- */

static json_t *tensor_json(const int *shape_of, int rank, size_t begin, size_t count)
{
    json_t *shape = json_array();
    for (int d = 0; d < rank; d++) json_array_append_new(shape, json_integer(shape_of[d]));
    return json_pack("{s:s, s:o, s:[II]}", "dtype", "F32", "shape", shape, "data_offsets", (json_int_t)(4 * begin),
                     (json_int_t)(4 * (begin + count)));
}

/* Numbers in the file. */
static size_t data_count(const et_model *model)
{
    size_t count = model->memory_deviation ? (size_t)network_configuration(model->member[0])->columns : 0;
    for (int m = 0; m < model->members; m++) count += network_parameter_count(model->member[m]);
    return count;
}

static json_t *header_json(const et_model *model)
{
    json_t *header = json_object();
    json_t *metadata = json_of_metadata(model);
    int failed = !metadata || json_object_set_new(header, "__metadata__", metadata);
    size_t begin = 0;
    for (int m = 0; m < model->members; m++)
        for (size_t i = 0; i < network_tensor_count(model->member[m]); i++) {
            const network_tensor *t = network_tensor_at(model->member[m], i);
            char name[128];
            if (model->members == 1)
                snprintf(name, sizeof name, "%s", t->name);
            else
                snprintf(name, sizeof name, "member%d.%s", m, t->name);
            failed |= json_object_set_new(header, name, tensor_json(t->shape, t->rank, begin, t->count));
            begin += t->count;
        }
    int columns = network_configuration(model->member[0])->columns;
    if (model->memory_deviation)
        failed |= json_object_set_new(header, "memory.deviation", tensor_json(&columns, 1, begin, (size_t)columns));
    if (model->ear) {
        size_t at = 4 * data_count(model);
        failed |= json_object_set_new(header, "ear.file",
                                      json_pack("{s:s, s:[I], s:[II]}", "dtype", "U8", "shape", (json_int_t)model->ear_size,
                                                "data_offsets", (json_int_t)at, (json_int_t)(at + model->ear_size)));
    }
    if (!failed) return header;
    json_decref(header);
    return NULL;
}

static et_status check_finite(const et_model *model, const char *path, et_error *error)
{
    for (int m = 0; m < model->members; m++)
        for (size_t i = 0; i < network_tensor_count(model->member[m]); i++) {
            const network_tensor *t = network_tensor_at(model->member[m], i);
            for (size_t j = 0; j < t->count; j++)
                if (!isfinite(network_parameters(model->member[m])[t->offset + j]))
                    return error_set(error, ET_ERROR_NOT_FINITE, "%s: not written, since %s[%zu] is not a finite number",
                                     path, t->name, j);
        }
    return ET_OK;
}

static void put_length(unsigned char *at, size_t length)
{
    for (int i = 0; i < 8; i++) at[i] = (unsigned char)((uint64_t)length >> 8 * i);
}

/* The whole file in memory. */
static unsigned char *assemble(const et_model *model, size_t *size)
{
    json_t *header = header_json(model);
    char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    if (!text) return NULL;
    size_t length = strlen(text), padded = (length + 7) / 8 * 8;
    *size = 8 + padded + 4 * data_count(model) + model->ear_size;
    unsigned char *bytes = malloc(*size), *at = bytes;
    if (bytes) {
        put_length(at, padded);
        memcpy(at + 8, text, length);
        memset(at + 8 + length, ' ', padded - length);
        at += 8 + padded;
        for (int m = 0; m < model->members; m++) {
            size_t count = network_parameter_count(model->member[m]);
            memcpy(at, network_parameters(model->member[m]), 4 * count);
            at += 4 * count;
        }
        size_t columns = (size_t)network_configuration(model->member[0])->columns;
        if (model->memory_deviation) memcpy(at, model->memory_deviation, 4 * columns), at += 4 * columns;
        if (model->ear) memcpy(at, model->ear_file, model->ear_size);
    }
    free(text);
    return bytes;
}

et_status model_save(et_model *model, const char *path, et_error *error)
{
    et_status status = check_finite(model, path, error);
    if (status != ET_OK) return status;
    size_t size = 0;
    unsigned char *bytes = assemble(model, &size);
    if (!bytes)
        return error_set(error, ET_ERROR_MEMORY, "%s: no memory to write the model (or its metadata is not UTF-8)", path);
    atomic_file *file = NULL;
    status = atomic_file_create(&file, path, error);
    if (status == ET_OK) {
        fwrite(bytes, 1, size, atomic_file_stream(file));
        status = atomic_file_commit(file, error);
    }
    if (status == ET_OK) sha256_hex(bytes, size, model->digest);
    free(bytes);
    return status;
}
