/** Reads a model file as if an enemy had written it. Nothing is believed: the metadata says which network it is, the network
 *  says which tensors there must be, and every tensor must lie where no other lies, with no gap between. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/read_file.h"
#include "base/safetensors.h"
#include "base/sha256.h"
#include "features/families.h"
#include "model/model_json.h"

enum { FILE_MOST = 1 << 30, NAME_SIZE = 128 };

typedef struct reader {
    const char *path;
    et_error *error;
    safetensors *file;
    const json_t *metadata;
    et_model *model;
} reader;

/* ---- metadata ------------------------------------------------------------------------------------------------------ */

static et_status get_text(const reader *r, const char *key, const char **text)
{
    const json_t *value = json_object_get(r->metadata, key);
    if (!json_is_string(value))
        return error_set(r->error, ET_ERROR_FORMAT, "%s: metadata \"%s\" is %s", r->path, key,
                         value ? "not a string" : "missing");
    *text = json_string_value(value);
    return ET_OK;
}

/* Text that must be JSON; the caller frees it. */
static et_status get_json(const reader *r, const char *key, json_t **json)
{
    const char *text = NULL;
    et_status status = get_text(r, key, &text);
    if (status != ET_OK) return status;
    json_error_t problem;
    *json = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    if (!*json)
        return error_set(r->error, ET_ERROR_FORMAT, "%s: metadata \"%s\" is not JSON: %s", r->path, key, problem.text);
    return ET_OK;
}

static et_status get_integer(const reader *r, const char *key, int least, int most, int *value)
{
    json_t *json = NULL;
    et_status status = get_json(r, key, &json);
    if (status != ET_OK) return status;
    json_int_t number = json_is_integer(json) ? json_integer_value(json) : (json_int_t)most + 1;
    json_decref(json);
    if (number < least || number > most)
        return error_set(r->error, ET_ERROR_FORMAT, "%s: metadata \"%s\" is not a whole number from %d to %d", r->path, key,
                         least, most);
    *value = (int)number;
    return ET_OK;
}

static et_status check_version(const reader *r)
{
    const char *format = NULL;
    int version = 0;
    et_status status = get_text(r, "format", &format);
    if (status == ET_OK && strcmp(format, "emotrack-model") != 0)
        return error_set(r->error, ET_ERROR_FORMAT, "%s: format is \"%.40s\", not emotrack-model", r->path, format);
    if (status == ET_OK) status = get_integer(r, "format_version", 1, 1000000, &version);
    if (status == ET_OK && version > MODEL_FORMAT_VERSION)
        return error_set(r->error, ET_ERROR_VERSION,
                         "%s: made by a newer version (format %d; this program reads up to %d): update emotrack", r->path,
                         version, MODEL_FORMAT_VERSION);
    return status;
}

/* Member i's value of a field that holds one for all or a list. */
static const json_t *member_value(const json_t *value, int i)
{
    return json_is_array(value) ? json_array_get(value, (size_t)i) : value;
}

static et_status read_configs(const reader *r, int members, network_config *configs)
{
    json_t *config = NULL, *networks = NULL;
    const char *text = NULL;
    et_status status = get_json(r, "config", &config);
    if (status == ET_OK) status = get_text(r, "network", &text);
    if (status == ET_OK) networks = *text == '[' ? json_loads(text, 0, NULL) : json_string(text);
    for (int i = 0; status == ET_OK && i < members; i++) {
        const char *name = json_string_value(member_value(networks, i));
        if (!name)
            status = error_set(r->error, ET_ERROR_FORMAT, "%s: metadata \"network\" does not name a network for each member",
                               r->path);
        else
            status = config_of_json(&configs[i], name, member_value(config, i), r->path, r->error);
    }
    json_decref(config);
    json_decref(networks);
    return status;
}

static et_status read_targets(const reader *r)
{
    json_t *targets = NULL;
    et_status status = get_json(r, "targets", &targets);
    for (int i = 0; status == ET_OK && i < r->model->members; i++) {
        const char *target = json_string_value(json_array_get(targets, (size_t)i));
        const char *both = "valence,arousal";
        int count = network_configuration(r->model->member[i])->targets;
        bool good =
            target && (count == 2 ? strcmp(target, both) == 0 : !strcmp(target, "valence") || !strcmp(target, "arousal"));
        if (!good)
            status = error_set(r->error, ET_ERROR_FORMAT, "%s: metadata \"targets\" disagrees with member %d, which has %d",
                               r->path, i, count);
        else
            r->model->target[i] = count == 1 && strcmp(target, "arousal") == 0 ? TARGET_AROUSAL : TARGET_VALENCE;
    }
    if (status == ET_OK && json_array_size(targets) != (size_t)r->model->members)
        status = error_set(r->error, ET_ERROR_FORMAT, "%s: metadata \"targets\" has %zu entries for %d members", r->path,
                           json_array_size(targets), r->model->members);
    json_decref(targets);
    return status;
}

static et_status read_labels(const reader *r)
{
    json_t *range = NULL, *offset = NULL;
    et_status status = get_json(r, "label_range", &range);
    if (status == ET_OK) status = get_json(r, "label_offset_s", &offset);
    double low = json_number_value(json_array_get(range, 0)), high = json_number_value(json_array_get(range, 1));
    double offset_s = json_number_value(offset);
    if (status == ET_OK && (json_array_size(range) != 2 || !(low < high) || !(fabs(low) < 1e6) || !(fabs(high) < 1e6)))
        status = error_set(r->error, ET_ERROR_FORMAT, "%s: metadata \"label_range\" is not two rising numbers", r->path);
    if (status == ET_OK && (!json_is_number(offset) || !(fabs(offset_s) <= 60)))
        status = error_set(r->error, ET_ERROR_FORMAT, "%s: metadata \"label_offset_s\" is not within a minute", r->path);
    r->model->label_low = (float)low;
    r->model->label_high = (float)high;
    r->model->label_offset_s = offset_s;
    json_decref(range);
    json_decref(offset);
    return status;
}

static et_status read_memory(const reader *r)
{
    json_t *json = NULL;
    memory_constants *m = &r->model->memory;
    et_status status = get_json(r, "memory", &json);
    if (status == ET_OK) status = memory_of_json(m, json, r->path, r->error);
    json_decref(json);
    bool good = m->time_constant_s >= 0 && m->time_constant_s <= 3600 && m->change_window_s >= 0 &&
                m->change_window_s <= 30 && m->threshold >= 0 && m->threshold <= 1e6 && m->silence_reset_s >= 0 &&
                m->silence_reset_s <= 3600;
    if (status == ET_OK && !good)
        return error_set(r->error, ET_ERROR_FORMAT, "%s: metadata \"memory\" is out of range", r->path);
    return status;
}

/* Numbers of one target of the table of usual errors. */
static bool read_errors_of(const json_t *errors, const char *target, et_model *model, int t)
{
    const json_t *list = json_object_get(errors, target);
    bool good = json_array_size(list) == MODEL_ERRORS;
    for (int i = 0; good && i < MODEL_ERRORS; i++) {
        double value = json_number_value(json_array_get(list, (size_t)i));
        good = json_is_number(json_array_get(list, (size_t)i)) && value >= 0 && value <= 2;
        model->errors[i][t] = (float)value;
    }
    return good;
}

static et_status read_errors(const reader *r)
{
    json_t *errors = NULL;
    if (!json_object_get(r->metadata, "errors")) return ET_OK;
    et_status status = get_json(r, "errors", &errors);
    const json_t *times = json_object_get(errors, "context_s");
    bool good = json_array_size(times) == MODEL_ERRORS;
    for (int i = 0; good && i < MODEL_ERRORS; i++)
        good = json_number_value(json_array_get(times, (size_t)i)) == model_error_context_s[i];
    good = good && read_errors_of(errors, "valence", r->model, 0) && read_errors_of(errors, "arousal", r->model, 1);
    if (status == ET_OK && !good)
        status =
            error_set(r->error, ET_ERROR_FORMAT,
                      "%s: metadata \"errors\" is not a table of errors from 0 to 2 after 1, 2, 3, 5, 10, 20 s", r->path);
    r->model->has_errors = good;
    json_decref(errors);
    return status;
}

/* What the model only carries: text that is JSON comes back as JSON. */
static et_status keep_others(const reader *r)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)r->metadata, key, value)
    {
        if (!json_is_string(value))
            return error_set(r->error, ET_ERROR_FORMAT, "%s: metadata \"%.60s\" is not a string", r->path, key);
        if (metadata_is_reserved(key)) continue;
        const char *text = json_string_value(value);
        json_t *structured = *text == '{' || *text == '[' ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
        json_object_set_new(r->model->metadata, key, structured ? structured : json_incref(value));
    }
    return ET_OK;
}

static et_status read_metadata(reader *r)
{
    int members = 0;
    network_config configs[MODEL_MEMBERS_MOST];
    const char *name = NULL;
    et_status status = check_version(r);
    if (status == ET_OK) status = get_text(r, "name", &name);
    if (status == ET_OK && strlen(name) >= sizeof r->model->name)
        status = error_set(r->error, ET_ERROR_FORMAT, "%s: the model's name is longer than %zu bytes", r->path,
                           sizeof r->model->name - 1);
    if (status == ET_OK) status = get_integer(r, "members", 1, MODEL_MEMBERS_MOST, &members);
    if (status == ET_OK) status = read_configs(r, members, configs);
    if (status != ET_OK) return status;
    et_error inner;
    status = model_create_within(&r->model, configs, members, safetensors_size(r->file) / 4, &inner);
    if (status != ET_OK)
        return error_set(r->error, status == ET_ERROR_ARGUMENT ? ET_ERROR_FORMAT : status, "%s: %s", r->path, inner.message);
    strcpy(r->model->name, name);
    status = read_targets(r);
    if (status == ET_OK) status = read_labels(r);
    if (status == ET_OK) status = read_memory(r);
    if (status == ET_OK) status = get_integer(r, "pitch_lag_frames", 0, 1000, &r->model->pitch_lag_frames);
    if (status == ET_OK) status = read_errors(r);
    if (status == ET_OK) status = keep_others(r);
    return status;
}

/* ---- tensors ------------------------------------------------------------------------------------------------------- */

/* What the numbers of a tensor may be: any that are finite, but for preprocessing and variances. */
static void range_of(const network_tensor *t, float *least, float *most)
{
    static const struct {
        const char *name;
        float least, most;
    } ranges[] = {{"relative.power", -8, 8},       {"relative.floor", 1e-12f, 1},        {"scaling.log_offset", -1, 1e12f},
                  {"scaling.mean", -1e12f, 1e12f}, {"scaling.deviation", 1e-12f, 1e12f}, {"scaling.clip", 0, 1e12f}};
    *least = t->state && strstr(t->name, ".variance") ? 0 : -FLT_MAX;
    *most = FLT_MAX;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (strcmp(t->name, ranges[i].name) == 0) *least = ranges[i].least, *most = ranges[i].most;
}

static et_status read_member(const reader *r, int m)
{
    network *net = r->model->member[m];
    et_status status = ET_OK;
    for (size_t i = 0; status == ET_OK && i < network_tensor_count(net); i++) {
        const network_tensor *t = network_tensor_at(net, i);
        char name[NAME_SIZE], member[16] = "";
        float least, most;
        if (r->model->members > 1) snprintf(member, sizeof member, "member%d.", m);
        snprintf(name, sizeof name, "%s%s", member, t->name);
        range_of(t, &least, &most);
        status =
            safetensors_read(r->file, name, t->shape, t->rank, least, most, network_parameters(net) + t->offset, r->error);
    }
    return status;
}

static et_status read_deviation(const reader *r)
{
    int columns = network_configuration(r->model->member[0])->columns;
    if (!safetensors_has(r->file, "memory.deviation")) return ET_OK;
    r->model->memory_deviation = malloc((size_t)columns * sizeof(float));
    if (!r->model->memory_deviation) return error_set(r->error, ET_ERROR_MEMORY, "%s: no memory", r->path);
    return safetensors_read(r->file, "memory.deviation", &columns, 1, 0, FLT_MAX, r->model->memory_deviation,
                            r->error);
}

static et_status check_columns(const reader *r, const network *net)
{
    const network_tensor *columns = network_tensor_find(net, "columns.index");
    const float *index = network_parameters((network *)net) + columns->offset;
    const size_t count = columns->count;
    const network_config *config = network_configuration(net);
    json_t *names = NULL;
    et_status status = get_json(r, "columns", &names);
    if (status == ET_OK && json_array_size(names) != count)
        status = error_set(r->error, ET_ERROR_FORMAT, "%s: metadata \"columns\" has %zu names, the network %zu columns",
                           r->path, json_array_size(names), count);
    for (size_t i = 0; status == ET_OK && i < count; i++) {
        char expected[96] = "";
        if (!(index[i] >= 0 && index[i] < (float)config->columns_in && index[i] == floorf(index[i])))
            status = error_set(r->error, ET_ERROR_FORMAT, "%s: columns.index[%zu] is %g; there is no such column", r->path,
                               i, (double)index[i]);
        else
            column_name(config, (int)index[i], expected, sizeof expected);
        const char *name = json_string_value(json_array_get(names, i));
        if (status == ET_OK && (!name || strcmp(name, expected) != 0))
            status = error_set(r->error, ET_ERROR_FORMAT, "%s: column %zu is called \"%.60s\" in the metadata but is %s",
                               r->path, i, name ? name : "", expected);
    }
    json_decref(names);
    return status;
}

/* The ear's file, within the model's. */
static et_status read_ear(const reader *r)
{
    bool needed = model_families(r->model) & WITH_EAR, there = safetensors_has(r->file, "ear.file");
    const void *bytes;
    size_t size;
    if (!there && !needed) return ET_OK;
    if (there != needed)
        return error_set(r->error, ET_ERROR_FORMAT, "%s: the networks %s the learned ear's columns and the ear is %s",
                         r->path, needed ? "read" : "do not read", needed ? "missing; get the model again" : "there");
    et_status status = safetensors_bytes(r->file, "ear.file", &bytes, &size, r->error);
    return status == ET_OK ? model_take_ear(r->model, bytes, size, r->path, r->error) : status;
}

/* Whose digest the metadata says that it is. */
static et_status check_ear(const reader *r)
{
    json_t *about = NULL;
    if (!r->model->ear) return ET_OK;
    et_status status = get_json(r, "ear", &about);
    const char *digest = json_string_value(json_object_get(about, "digest"));
    if (status == ET_OK && (!digest || strcmp(digest, ear_weights_digest(r->model->ear)) != 0))
        status = error_set(r->error, ET_ERROR_FORMAT,
                           "%s: its learned ear is not the one that its networks were trained with; get the model again",
                           r->path);
    json_decref(about);
    return status;
}

static et_status read_tensors(const reader *r)
{
    et_status status = ET_OK;
    size_t known = 0, found = safetensors_count(r->file);
    for (int m = 0; status == ET_OK && m < r->model->members; m++) {
        known += network_tensor_count(r->model->member[m]);
        status = read_member(r, m);
    }
    if (status == ET_OK) status = read_deviation(r);
    for (int m = 0; status == ET_OK && m < r->model->members; m++) status = check_columns(r, r->model->member[m]);
    if (status == ET_OK) status = read_ear(r); /* the columns say whether there is one */
    if (status == ET_OK) status = check_ear(r);
    known += (r->model->memory_deviation != NULL) + (r->model->ear != NULL);
    if (status == ET_OK && found != known)
        status = error_set(r->error, ET_ERROR_FORMAT, "%s: has %zu tensors, the network in its metadata %zu", r->path, found,
                           known);
    return status;
}

/* ---- whole files --------------------------------------------------------------------------------------------------- */

et_status model_parse(et_model **out, const void *bytes, size_t size, const char *path, et_error *error)
{
    reader r = {.path = path, .error = error};
    et_status status = safetensors_create(&r.file, bytes, size, path, error);
    if (status != ET_OK) return status;
    r.metadata = safetensors_metadata(r.file);
    if (!json_is_object(r.metadata))
        status = error_set(error, ET_ERROR_FORMAT, "%s: has no __metadata__: not a model of this program", path);
    if (status == ET_OK) status = read_metadata(&r);
    if (status == ET_OK) status = read_tensors(&r);
    safetensors_destroy(r.file);
    if (status != ET_OK) {
        model_destroy(r.model);
        return status;
    }
    for (int m = 0; m < r.model->members; m++) network_refresh(r.model->member[m]);
    sha256_hex(bytes, size, r.model->digest);
    *out = r.model;
    return ET_OK;
}

et_status model_load(et_model **out, const char *path, et_error *error)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    et_status status = read_file(path, FILE_MOST, &bytes, &size, error);
    if (status == ET_OK) status = model_parse(out, bytes, size, path, error);
    free(bytes);
    return status;
}
