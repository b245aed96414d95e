#include "model/model_json.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "features/families.h"

typedef enum kind { INTEGER, BOOLEAN, NUMBER, NUMBER_SINGLE } kind;

typedef struct field {
    const char *name;
    kind kind;
    size_t offset;
} field;

#define CONFIG(NAME, KIND)                          \
    {                                               \
#NAME, KIND, offsetof(network_config, NAME) \
    }
static const field config_fields[] = {
    CONFIG(columns_in, INTEGER),
    CONFIG(columns, INTEGER),
    CONFIG(features, INTEGER),
    CONFIG(relative, BOOLEAN),
    CONFIG(projection, BOOLEAN),
    CONFIG(window, INTEGER),
    CONFIG(frame_step_s, NUMBER),
    CONFIG(channels, INTEGER),
    CONFIG(blocks, INTEGER),
    CONFIG(k1, INTEGER),
    CONFIG(k2, INTEGER),
    CONFIG(hidden, INTEGER),
    CONFIG(heads, INTEGER),
    CONFIG(key_channels, INTEGER),
    CONFIG(attention_last, BOOLEAN),
    CONFIG(targets, INTEGER),
    CONFIG(lag, INTEGER),
    CONFIG(dropout_branch, NUMBER_SINGLE),
    CONFIG(dropout_head, NUMBER_SINGLE),
};

/* Names of the format, which are older than some of the program's. */
static const field memory_fields[] = {
    {"time_constant_s", NUMBER, offsetof(memory_constants, time_constant_s)},
    {"ear_s", NUMBER, offsetof(memory_constants, change_window_s)},
    {"threshold", NUMBER, offsetof(memory_constants, threshold)},
    {"silence_reset_s", NUMBER, offsetof(memory_constants, silence_reset_s)},
};

enum {
    CONFIG_FIELDS = sizeof config_fields / sizeof *config_fields,
    MEMORY_FIELDS = sizeof memory_fields / sizeof *memory_fields
};

static json_t *json_of_fields(const field *fields, size_t count, const void *object)
{
    json_t *json = json_object();
    for (size_t i = 0; json && i < count; i++) {
        const void *at = (const char *)object + fields[i].offset;
        json_t *value = NULL;
        switch (fields[i].kind) {
        case INTEGER: value = json_integer(*(const int *)at); break;
        case BOOLEAN: value = json_boolean(*(const bool *)at); break;
        case NUMBER: value = json_real(*(const double *)at); break;
        case NUMBER_SINGLE: value = json_real((double)*(const float *)at); break;
        }
        json_object_set_new(json, fields[i].name, value);
    }
    return json;
}

static et_status read_field(const field *f, void *object, const json_t *value, const char *what, const char *path,
                            et_error *error)
{
    void *at = (char *)object + f->offset;
    bool integer = json_is_integer(value) && json_integer_value(value) >= -1000000 && json_integer_value(value) <= 1000000;
    bool good = f->kind == INTEGER ? integer : f->kind == BOOLEAN ? json_is_boolean(value) : json_is_number(value);
    if (!good)
        return error_set(error, ET_ERROR_FORMAT, "%s: %s.%s is %s; get the model again", path, what, f->name,
                         value ? "of the wrong type or out of range" : "missing");
    switch (f->kind) {
    case INTEGER: *(int *)at = (int)json_integer_value(value); break;
    case BOOLEAN: *(bool *)at = json_is_true(value); break;
    case NUMBER: *(double *)at = json_number_value(value); break;
    case NUMBER_SINGLE: *(float *)at = (float)json_number_value(value); break;
    }
    return ET_OK;
}

/* @param others  members that were looked at elsewhere */
static et_status fields_of_json(const field *fields, size_t count, size_t others, void *object, const json_t *json,
                                const char *what, const char *path, et_error *error)
{
    if (!json_is_object(json)) return error_set(error, ET_ERROR_FORMAT, "%s: %s is missing or not an object", path, what);
    if (json_object_size(json) > count + others)
        return error_set(error, ET_ERROR_FORMAT, "%s: %s has fields that this version does not know", path, what);
    for (size_t i = 0; i < count; i++) {
        et_status status = read_field(&fields[i], object, json_object_get(json, fields[i].name), what, path, error);
        if (status != ET_OK) return status;
    }
    return ET_OK;
}

json_t *json_of_config(const network_config *config)
{
    return json_of_fields(config_fields, CONFIG_FIELDS, config);
}

et_status config_of_json(network_config *config, const char *name, const json_t *json, const char *path, et_error *error)
{
    memset(config, 0, sizeof *config);
    if (strlen(name) >= sizeof config->network)
        return error_set(error, ET_ERROR_FORMAT, "%s: there is no network called \"%.40s...\"", path, name);
    strcpy(config->network, name);
    return fields_of_json(config_fields, CONFIG_FIELDS, 0, config, json, "config", path, error);
}

/* "deviation" stays in the format: a memory that also gives running deviations was tried and brought nothing. */
json_t *json_of_memory(const memory_constants *constants)
{
    json_t *json = json_of_fields(memory_fields, MEMORY_FIELDS, constants);
    if (json) json_object_set_new(json, "deviation", json_false());
    return json;
}

et_status memory_of_json(memory_constants *constants, const json_t *json, const char *path, et_error *error)
{
    const json_t *deviation = json_object_get(json, "deviation");
    et_status status = fields_of_json(memory_fields, MEMORY_FIELDS, 1, constants, json, "memory", path, error);
    if (status != ET_OK || json_is_false(deviation)) return status;
    if (json_is_true(deviation))
        return error_set(error, ET_ERROR_VERSION,
                         "%s: its networks take the memory's running deviations, which this version no longer has; train it "
                         "again",
                         path);
    return error_set(error, ET_ERROR_FORMAT, "%s: memory.deviation is %s; get the model again", path,
                     deviation ? "of the wrong type or out of range" : "missing");
}

void column_name(const network_config *config, int column, char *name, size_t size)
{
    char row[ROW_NAME_SIZE] = "";
    if (config->columns_in == ROW_COLUMNS) {
        row_column_name(column, row);
        snprintf(name, size, "%s", row);
    } else if (config->columns_in == FUNCTIONAL_COUNT)
        snprintf(name, size, "%s", functional_name(column));
    else
        snprintf(name, size, "column%d", column);
}

bool metadata_is_reserved(const char *key)
{
    static const char *const reserved[] = {
        "errors",  "format",  "format_version", "name", "network",    "config",      "members",        "memory",
        "columns", "targets", "target",         "ear",  "projection", "label_range", "label_offset_s", "pitch_lag_frames"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(key, reserved[i]) == 0) return true;
    return false;
}
