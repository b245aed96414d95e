#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "features/families.h"
#include "model/model_json.h"
#include "small_model.h"

/** A model file taken apart: its header as JSON, its tensors as bytes. */
typedef struct parts {
    json_t *header;
    unsigned char *data;
    size_t size;
} parts;

static void temporary(char *path, const char *what)
{
    sprintf(path, "/tmp/emotrack-test-%d-%s.safetensors", (int)getpid(), what);
}

static unsigned char *slurp(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    unsigned char *bytes = malloc(1 << 22);
    *size = fread(bytes, 1, 1 << 22, file);
    fclose(file);
    return bytes;
}

static unsigned char *small_file(size_t *size, int members)
{
    char path[100];
    temporary(path, "small");
    et_model *model = small_model(members);
    et_error error = {0};
    if (model_save(model, path, &error) != ET_OK) fail_msg("%s", error.message);
    model_destroy(model);
    unsigned char *bytes = slurp(path, size);
    unlink(path);
    return bytes;
}

static parts take_apart(void)
{
    size_t size;
    unsigned char *bytes = small_file(&size, 1);
    uint64_t length;
    memcpy(&length, bytes, 8);
    parts p = {json_loadb((char *)bytes + 8, length, 0, NULL), malloc(size), size - 8 - length};
    assert_non_null(p.header);
    memcpy(p.data, bytes + 8 + length, p.size);
    free(bytes);
    return p;
}

static et_status parse_text(const char *header, const void *data, size_t data_size, et_error *error)
{
    uint64_t length = strlen(header);
    unsigned char *bytes = malloc(8 + length + data_size);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, length);
    memcpy(bytes + 8 + length, data, data_size);
    et_model *model = NULL;
    et_status status = model_parse(&model, bytes, 8 + length + data_size, "m.safetensors", error);
    free(bytes);
    model_destroy(model);
    return status;
}

static et_status put_together(parts *p, et_error *error)
{
    char *text = json_dumps(p->header, JSON_COMPACT);
    et_status status = parse_text(text, p->data, p->size, error);
    free(text);
    free(p->data);
    json_decref(p->header);
    return status;
}

static void expect(const char *defect, et_status status, const et_error *error, et_status wanted, const char *words)
{
    if (status != wanted || !strstr(error->message, words))
        fail_msg("%s: status \"%s\", message \"%s\"; expected \"%s\" and \"%s\" in the message", defect,
                 et_status_text(status), error->message, et_status_text(wanted), words);
}

/* ---- what is written is read ---------------------------------------------------------------------------------------- */

static void a_model_survives_bit_for_bit(void **state)
{
    (void)state;
    for (int members = 1; members <= 3; members += 2) {
        char first[100], second[100];
        temporary(first, "first");
        temporary(second, "second");
        et_model *model = small_model(members), *again = NULL;
        model->memory_deviation = malloc(12 * sizeof(float));
        for (int i = 0; i < 12; i++) model->memory_deviation[i] = 0.5f + (float)i;
        model->has_errors = members == 3;
        for (int i = 0; i < MODEL_ERRORS; i++) model->errors[i][0] = 0.3f / (float)(i + 1), model->errors[i][1] = 0.25f;
        et_error error = {0};
        assert_int_equal(model_save(model, first, &error), ET_OK);
        if (model_load(&again, first, &error) != ET_OK) fail_msg("%s", error.message);
        assert_int_equal(again->members, members);
        for (int m = 0; m < members; m++)
            assert_memory_equal(network_parameters(again->member[m]), network_parameters(model->member[m]),
                                network_parameter_count(model->member[m]) * sizeof(float));
        assert_memory_equal(again->memory_deviation, model->memory_deviation, 12 * sizeof(float));
        assert_memory_equal(&again->memory, &model->memory, sizeof model->memory);
        assert_int_equal(again->has_errors, model->has_errors);
        if (again->has_errors) assert_memory_equal(again->errors, model->errors, sizeof model->errors);
        assert_string_equal(again->name, "small");
        assert_string_equal(again->digest, model->digest);
        assert_int_equal(again->pitch_lag_frames, 29);
        assert_true(json_equal(again->metadata, model->metadata));
        assert_int_equal(model_save(again, second, &error), ET_OK);
        size_t size[2];
        unsigned char *bytes[2] = {slurp(first, &size[0]), slurp(second, &size[1])};
        assert_int_equal(size[0], size[1]);
        assert_memory_equal(bytes[0], bytes[1], size[0]);
        free(bytes[0]);
        free(bytes[1]);
        model_destroy(model);
        model_destroy(again);
        unlink(first);
        unlink(second);
    }
}

/* A model of all families, with the ear that it hears with. */
static et_model *hearing_model(void)
{
    network_config config = small_model_config();
    et_model *model = NULL;
    size_t size;
    et_error error;
    config.columns_in = ROW_COLUMNS;
    assert_int_equal(model_create(&model, &config, 1, &error), ET_OK);
    network_initialise(model->member[0], 3);
    const network_tensor *index = network_tensor_find(model->member[0], "columns.index");
    for (int j = 0; j < config.columns; j++)
        network_parameters(model->member[0])[index->offset + (size_t)j] = (float)(43 * j);
    snprintf(model->name, sizeof model->name, "hearing");
    unsigned char *bytes = slurp(EAR_FILE, &size);
    if (model_take_ear(model, bytes, size, EAR_FILE, &error) != ET_OK) fail_msg("%s", error.message);
    free(bytes);
    return model;
}

static void the_ear_goes_with_the_model(void **state)
{
    (void)state;
    char path[100];
    temporary(path, "hearing");
    et_model *model = hearing_model(), *again = NULL;
    et_error error;
    assert_int_equal(model_families(model), WITH_ALL);
    assert_int_equal(model_save(model, path, &error), ET_OK);
    if (model_load(&again, path, &error) != ET_OK) fail_msg("%s", error.message);
    assert_int_equal(again->ear_size, model->ear_size);
    assert_memory_equal(again->ear_file, model->ear_file, model->ear_size);
    assert_string_equal(ear_weights_digest(again->ear), ear_weights_digest(model->ear));
    assert_int_equal(model_families(again), WITH_ALL);
    char first[65];
    memcpy(first, model->digest, sizeof first);
    assert_int_equal(model_save(again, path, &error), ET_OK);
    assert_string_equal(again->digest, first);
    model_destroy(model);
    model_destroy(again);
    unlink(path);
}

/* A saved model with its ear, spoilt. */
static void ear_defect(const char *defect, void (*spoil)(parts *p), const char *words)
{
    char path[100];
    size_t size;
    uint64_t length;
    et_error error = {0};
    temporary(path, "deaf");
    et_model *model = hearing_model();
    assert_int_equal(model_save(model, path, &error), ET_OK);
    model_destroy(model);
    unsigned char *bytes = slurp(path, &size);
    memcpy(&length, bytes, 8);
    parts p = {json_loadb((char *)bytes + 8, length, 0, NULL), malloc(size), size - 8 - length};
    memcpy(p.data, bytes + 8 + length, p.size);
    free(bytes);
    unlink(path);
    spoil(&p);
    expect(defect, put_together(&p, &error), &error, ET_ERROR_FORMAT, words);
}

static void without_ear(parts *p)
{
    json_t *offsets = json_object_get(json_object_get(p->header, "ear.file"), "data_offsets");
    p->size = (size_t)json_integer_value(json_array_get(offsets, 0));
    json_object_del(p->header, "ear.file");
}

static void other_digest(parts *p)
{
    json_object_set_new(json_object_get(p->header, "__metadata__"), "ear", json_string("{\"digest\":\"0123\"}"));
}

static void no_digest(parts *p)
{
    json_object_del(json_object_get(p->header, "__metadata__"), "ear");
}

static void other_ear(parts *p)
{
    p->data[p->size - 1] ^= 1; /* the last weight */
}

static void broken_ear(parts *p)
{
    json_t *offsets = json_object_get(json_object_get(p->header, "ear.file"), "data_offsets");
    memset(p->data + json_integer_value(json_array_get(offsets, 0)), 0, 64);
}

static void an_ear_that_lacks_or_is_another_is_refused(void **state)
{
    (void)state;
    ear_defect("no ear", without_ear, "the ear is missing; get the model again");
    ear_defect("other digest", other_digest, "not the one that its networks were trained with");
    ear_defect("no digest", no_digest, "metadata \"ear\" is missing");
    ear_defect("other ear", other_ear, "not the one that its networks were trained with");
    ear_defect("broken ear", broken_ear, "m.safetensors");
}

static void errors_stand_on_a_line_between_their_times(void **state)
{
    (void)state;
    et_model *model = small_model(1);
    float valence, arousal;
    assert_false(et_model_error(model, 3, &valence, &arousal));
    assert_true(isnan(valence) && isnan(arousal));
    model->has_errors = true;
    for (int i = 0; i < MODEL_ERRORS; i++) model->errors[i][0] = 0.6f - 0.1f * (float)i, model->errors[i][1] = 0.2f;
    static const double context_s[] = {0, 1, 1.5, 3, 4, 10, 15, 20, 1000},
                        wanted[] = {.6, .6, .55, .4, .35, .2, .15, .1, .1};
    for (int i = 0; i < 9; i++) {
        assert_true(et_model_error(model, context_s[i], &valence, &arousal));
        assert_true(fabs((double)valence - wanted[i]) < 1e-6 && fabs((double)arousal - 0.2) < 1e-6);
    }
    assert_true(et_model_error(model, 3, NULL, NULL));
    model_destroy(model);
}

static void a_pair_of_networks_keeps_its_targets(void **state)
{
    (void)state;
    char path[100];
    temporary(path, "pair");
    network_config configs[2] = {small_model_config(), small_model_config()};
    configs[0].targets = configs[1].targets = 1;
    configs[0].k1 = 15;
    et_model *model = NULL, *again = NULL;
    assert_int_equal(model_create_within(&model, configs, 2, SIZE_MAX, NULL), ET_OK);
    model->target[1] = TARGET_AROUSAL;
    for (int i = 0; i < 2; i++) network_initialise(model->member[i], 1);
    et_error error = {0};
    assert_int_equal(model_save(model, path, &error), ET_OK);
    if (model_load(&again, path, &error) != ET_OK) fail_msg("%s", error.message);
    assert_int_equal(again->target[0], TARGET_VALENCE);
    assert_int_equal(again->target[1], TARGET_AROUSAL);
    assert_int_equal(network_configuration(again->member[0])->k1, 15);
    assert_int_equal(network_configuration(again->member[1])->k1, 10);
    model_destroy(model);
    model_destroy(again);
    unlink(path);
}

static void a_model_that_is_not_finite_is_not_written(void **state)
{
    (void)state;
    et_error error = {0};
    et_model *model = small_model(1);
    const network_tensor *t = network_tensor_find(model->member[0], "block1.space.conv.weight");
    network_parameters(model->member[0])[t->offset + 3] = 0.0f / 0.0f;
    assert_int_equal(model_save(model, "/tmp/emotrack-test-never.safetensors", &error), ET_ERROR_NOT_FINITE);
    assert_non_null(strstr(error.message, "block1.space.conv.weight[3]"));
    model_destroy(model);
}

/* ---- each defect has its own error ----------------------------------------------------------------------------------- */

static json_t *entry(parts *p, const char *tensor)
{
    return json_object_get(p->header, tensor);
}

static json_t *metadata(parts *p)
{
    return json_object_get(p->header, "__metadata__");
}

static void set_offsets(json_t *tensor, json_int_t begin, json_int_t end)
{
    json_object_set_new(tensor, "data_offsets", json_pack("[II]", begin, end));
}

static void defects_of_the_container(void **state)
{
    (void)state;
    size_t size;
    et_error error = {0};
    et_model *model = NULL;
    unsigned char *bytes = small_file(&size, 1);
    expect("5 bytes", model_parse(&model, bytes, 5, "m", &error), &error, ET_ERROR_TRUNCATED, "too short");
    expect("cut in the header", model_parse(&model, bytes, 100, "m", &error), &error, ET_ERROR_TRUNCATED,
           "inside its header");
    expect("cut in a tensor", model_parse(&model, bytes, size - 4, "m", &error), &error, ET_ERROR_TRUNCATED, "file");
    bytes[7] = 0x7f;
    expect("header length", model_parse(&model, bytes, size, "m", &error), &error, ET_ERROR_FORMAT, "header length");
    free(bytes);
    expect("not JSON", parse_text("{\"a\":", "", 0, &error), &error, ET_ERROR_FORMAT, "JSON");
    expect("a list", parse_text("[1]", "", 0, &error), &error, ET_ERROR_FORMAT, "JSON");
    expect("twice", parse_text("{\"a\":1,\"a\":2}", "", 0, &error), &error, ET_ERROR_FORMAT, "duplicate");
    expect("no metadata", parse_text("{}", "", 0, &error), &error, ET_ERROR_FORMAT, "__metadata__");
    expect("no file", model_load(&model, "/nowhere/m.safetensors", &error), &error, ET_ERROR_FILE, "No such file");
    expect("a folder", model_load(&model, "/tmp", &error), &error, ET_ERROR_FILE, "not a file");
    assert_null(model);
}

static void tensor_defect(const char *defect, void (*spoil)(parts *p), et_status wanted, const char *words)
{
    parts p = take_apart();
    spoil(&p);
    et_error error = {0};
    et_status status = put_together(&p, &error);
    expect(defect, status, &error, wanted, words);
}

static void nothing(parts *p)
{
    (void)p;
}
static void misspell(parts *p)
{
    json_object_set(p->header, "regression.bass", entry(p, "regression.bias"));
    json_object_del(p->header, "regression.bias");
}
static void half(parts *p)
{
    json_object_set_new(entry(p, "regression.bias"), "dtype", json_string("F16"));
}
static void other_shape(parts *p)
{
    json_object_set_new(entry(p, "regression.bias"), "shape", json_pack("[i]", 3));
}
static void more_axes(parts *p)
{
    json_object_set_new(entry(p, "regression.bias"), "shape", json_pack("[ii]", 2, 1));
}
static void negative(parts *p)
{
    set_offsets(entry(p, "regression.bias"), -8, 0);
}
static void reversed(parts *p)
{
    set_offsets(entry(p, "regression.bias"), 8, 0);
}
static void beyond(parts *p)
{
    set_offsets(entry(p, "regression.bias"), (json_int_t)1 << 40, ((json_int_t)1 << 40) + 8);
}
static void trailing(parts *p)
{
    memset(p->data + p->size, 0, 4);
    p->size += 4;
}
static void too_long(parts *p)
{
    const char *name;
    json_t *tensor, *last = NULL;
    json_object_foreach(p->header, name, tensor)
    {
        const json_t *offsets = json_object_get(tensor, "data_offsets");
        if (json_integer_value(json_array_get(offsets, 1)) == (json_int_t)p->size) last = tensor;
    }
    set_offsets(last, json_integer_value(json_array_get(json_object_get(last, "data_offsets"), 0)), (json_int_t)p->size + 4);
    trailing(p);
}
static void overlap(parts *p)
{
    set_offsets(entry(p, "regression.bias"), 0, 8);
}
static void extra(parts *p)
{
    json_int_t begin = (json_int_t)p->size;
    json_object_set_new(p->header, "more",
                        json_pack("{ss s[i] s[II]}", "dtype", "F32", "shape", 1, "data_offsets", begin, begin + 4));
    trailing(p);
}
static void not_a_number(parts *p)
{
    memset(p->data + p->size - 4, 0xff, 4);
}

static float *fitted(parts *p, const char *tensor)
{
    return (float *)(void *)(p->data +
                             json_integer_value(json_array_get(json_object_get(entry(p, tensor), "data_offsets"), 0)));
}

static void no_column(parts *p)
{
    fitted(p, "columns.index")[3] = 260;
}
static void half_column(parts *p)
{
    fitted(p, "columns.index")[3] = 2.5f;
}
static void other_column(parts *p)
{
    fitted(p, "columns.index")[3] = 100;
}
static void no_deviation(parts *p)
{
    fitted(p, "scaling.deviation")[2] = 0;
}
static void bad_variance(parts *p)
{
    fitted(p, "block1.space.norm1.variance")[0] = -1;
}

static void defects_of_tensors(void **state)
{
    (void)state;
    tensor_defect("none", nothing, ET_OK, "");
    tensor_defect("missing", misspell, ET_ERROR_FORMAT, "regression.bias is missing");
    tensor_defect("dtype", half, ET_ERROR_FORMAT, "is F16, not F32");
    tensor_defect("shape", other_shape, ET_ERROR_FORMAT, "shape of tensor regression.bias");
    tensor_defect("rank", more_axes, ET_ERROR_FORMAT, "shape of tensor regression.bias");
    tensor_defect("negative offset", negative, ET_ERROR_FORMAT, "proper data_offsets");
    tensor_defect("reversed offsets", reversed, ET_ERROR_FORMAT, "proper data_offsets");
    tensor_defect("beyond the end", beyond, ET_ERROR_TRUNCATED, "ends after the file");
    tensor_defect("length", too_long, ET_ERROR_FORMAT, "bytes, its shape needs");
    tensor_defect("overlap", overlap, ET_ERROR_FORMAT, "overlap");
    tensor_defect("extra", extra, ET_ERROR_FORMAT, "tensors, the network in its metadata");
    tensor_defect("NaN", not_a_number, ET_ERROR_FORMAT, "nan, not within");
    tensor_defect("trailing bytes", trailing, ET_ERROR_FORMAT, "4 bytes belong to no tensor");
    tensor_defect("column beyond", no_column, ET_ERROR_FORMAT, "there is no such column");
    tensor_defect("column 2.5", half_column, ET_ERROR_FORMAT, "there is no such column");
    tensor_defect("column renamed", other_column, ET_ERROR_FORMAT, "in the metadata but is");
    tensor_defect("deviation 0", no_deviation, ET_ERROR_FORMAT, "scaling.deviation[2] is 0, not within");
    tensor_defect("negative variance", bad_variance, ET_ERROR_FORMAT, "norm1.variance[0] is -1");
}

static void metadata_defect(const char *key, const char *value, et_status wanted, const char *words)
{
    parts p = take_apart();
    if (value)
        json_object_set_new(metadata(&p), key, json_string(value));
    else
        json_object_del(metadata(&p), key);
    et_error error = {0};
    et_status status = put_together(&p, &error);
    expect(key, status, &error, wanted, words);
}

static void config_defect(const char *key, json_t *value, et_status wanted, const char *words)
{
    parts p = take_apart();
    json_t *config = json_loads(json_string_value(json_object_get(metadata(&p), "config")), 0, NULL);
    if (value)
        json_object_set_new(config, key, value);
    else
        json_object_del(config, key);
    char *text = json_dumps(config, 0);
    json_object_set_new(metadata(&p), "config", json_string(text));
    free(text);
    json_decref(config);
    et_error error = {0};
    et_status status = put_together(&p, &error);
    expect(key, status, &error, wanted, words);
}

static void defects_of_metadata(void **state)
{
    (void)state;
    metadata_defect("format", "something", ET_ERROR_FORMAT, "not emotrack-model");
    metadata_defect("format_version", NULL, ET_ERROR_FORMAT, "missing");
    metadata_defect("format_version", "3", ET_ERROR_VERSION, "newer version");
    metadata_defect("network", "transformer", ET_ERROR_FORMAT, "none called \"transformer\"");
    metadata_defect("network", "bilstm", ET_ERROR_FORMAT, "");
    metadata_defect("members", "1000", ET_ERROR_FORMAT, "whole number");
    metadata_defect("members", "2", ET_ERROR_TRUNCATED, "the file only");
    metadata_defect("columns", "[]", ET_ERROR_FORMAT, "has 0 names");
    metadata_defect("targets", "[\"arousal\"]", ET_ERROR_FORMAT, "disagrees");
    metadata_defect("errors", "[]", ET_ERROR_FORMAT, "not a table of errors");
    metadata_defect("errors", "{\"context_s\":[1,2,3,5,10,20],\"valence\":[1,1,1,1,1,3],\"arousal\":[1,1,1,1,1,1]}",
                    ET_ERROR_FORMAT, "not a table of errors");
    metadata_defect("label_range", "[1, -1]", ET_ERROR_FORMAT, "rising");
    metadata_defect("label_offset_s", "1e9", ET_ERROR_FORMAT, "minute");
    metadata_defect("memory", "{}", ET_ERROR_FORMAT, "memory.time_constant_s is missing");
    metadata_defect("memory",
                    "{\"time_constant_s\":12,\"ear_s\":3,\"threshold\":1.5,\"silence_reset_s\":2,\"deviation\":true}",
                    ET_ERROR_VERSION, "running deviations, which this version no longer has");
    metadata_defect("memory", "{\"time_constant_s\":12,\"ear_s\":3,\"threshold\":1.5,\"silence_reset_s\":2}",
                    ET_ERROR_FORMAT, "memory.deviation is missing");
    metadata_defect("config", "{", ET_ERROR_FORMAT, "not JSON");
    config_defect("window", NULL, ET_ERROR_FORMAT, "config.window is missing");
    config_defect("window", json_string("4"), ET_ERROR_FORMAT, "wrong type");
    config_defect("hidden", json_integer(6), ET_ERROR_TRUNCATED, "the file only");
    config_defect("hidden", json_integer(4), ET_ERROR_FORMAT, "shape of tensor lstm1");
    config_defect("hidden", json_integer(999999), ET_ERROR_LIMIT, "hidden is 999999");
    config_defect("key_channels", json_integer(7), ET_ERROR_FORMAT, "cannot be shared by 3 heads");
    config_defect("sparkle", json_true(), ET_ERROR_FORMAT, "does not know");
}

/* Random damage: whatever comes out, it is an error with a message, or a model. */
static void random_damage_is_survived(void **state)
{
    (void)state;
    size_t size;
    unsigned char *bytes = small_file(&size, 1), *spoilt = malloc(size);
    uint64_t length, random = 1;
    memcpy(&length, bytes, 8);
    for (int i = 0; i < 400; i++) {
        memcpy(spoilt, bytes, size);
        for (int k = 0; k < 1 + i % 3; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            spoilt[(random >> 33) % (8 + length)] = (unsigned char)(random >> 25);
        }
        et_model *model = NULL;
        et_error error = {0};
        et_status status = model_parse(&model, spoilt, size, "m", &error);
        assert_true(status == ET_OK ? model != NULL : model == NULL && error.message[0]);
        model_destroy(model);
    }
    free(bytes);
    free(spoilt);
}

static void a_model_is_found_by_name_or_file(void **state)
{
    (void)state;
    char path[100];
    temporary(path, "found");
    et_model *model = small_model(1), *found = NULL;
    et_error error = {0};
    assert_int_equal(model_save(model, path, &error), ET_OK);
    if (et_model_create(&found, path, &error) != ET_OK) fail_msg("%s", error.message);
    assert_string_equal(et_model_name(found), "small");
    assert_string_equal(et_model_digest(found), model->digest);
    assert_true(et_model_context_s(found) == 3 * 0.5 + 12 + 1);
    et_model_destroy(found);
    setenv("EMOTRACK_MODEL", path, 1);
    assert_int_equal(et_model_create(&found, NULL, &error), ET_OK);
    et_model_destroy(found);
    unsetenv("EMOTRACK_MODEL");
    assert_int_equal(et_model_create(&found, "no-such-model", &error), ET_ERROR_FILE);
    assert_non_null(strstr(error.message, "neither a file nor a bundled model"));
    model_destroy(model);
    unlink(path);
}

static void a_bundled_name_wins_over_the_current_folder(void **state)
{
    (void)state;
    char folder[] = "/tmp/emotrack-model-XXXXXX", before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    et_model *found = NULL;
    et_error error = {0};
    for (int kind = 0; kind < 2; kind++) { /* a folder, a file that is no model */
        if (kind == 0)
            assert_int_equal(mkdir("music", 0777), 0);
        else
            fclose(fopen("music", "w"));
        unsetenv("EMOTRACK_MODEL");
        for (int named = 0; named < 2; named++) {
            if (et_model_create(&found, named ? "music" : NULL, &error) != ET_OK) fail_msg("%s", error.message);
            assert_string_equal(et_model_name(found), "music");
            et_model_destroy(found);
        }
        assert_int_equal(et_model_create(&found, "./music", &error), kind == 0 ? ET_ERROR_FILE : ET_ERROR_TRUNCATED);
        assert_int_equal(remove("music"), 0);
    }
    assert_int_equal(chdir(before), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_survives_bit_for_bit),
        cmocka_unit_test(the_ear_goes_with_the_model),
        cmocka_unit_test(an_ear_that_lacks_or_is_another_is_refused),
        cmocka_unit_test(errors_stand_on_a_line_between_their_times),
        cmocka_unit_test(a_pair_of_networks_keeps_its_targets),
        cmocka_unit_test(a_model_that_is_not_finite_is_not_written),
        cmocka_unit_test(defects_of_the_container),
        cmocka_unit_test(defects_of_tensors),
        cmocka_unit_test(defects_of_metadata),
        cmocka_unit_test(random_damage_is_survived),
        cmocka_unit_test(a_model_is_found_by_name_or_file),
        cmocka_unit_test(a_bundled_name_wins_over_the_current_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
