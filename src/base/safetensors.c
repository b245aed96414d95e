#include "base/safetensors.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/error.h"

enum { PREFIX_SIZE = 8 };
#define METADATA "__metadata__"
static const size_t header_most = (size_t)1 << 24;

struct safetensors {
    char *path;
    const unsigned char *data; /* tensors */
    size_t size, count;        /* bytes of them, and how many */
    json_t *header;
};

typedef struct extent {
    size_t begin, end;
} extent;

static et_status parse_header(safetensors *s, const unsigned char *bytes, size_t size, et_error *error)
{
    if (size < PREFIX_SIZE)
        return error_set(error, ET_ERROR_TRUNCATED, "%s: too short for a safetensors file; get it again", s->path);
    uint64_t length = 0;
    for (int i = PREFIX_SIZE - 1; i >= 0; i--) length = length << 8 | bytes[i];
    if (length > header_most)
        return error_set(error, ET_ERROR_FORMAT, "%s: not a safetensors file (header length %llu)", s->path,
                         (unsigned long long)length);
    if (length > size - PREFIX_SIZE)
        return error_set(error, ET_ERROR_TRUNCATED, "%s: ends inside its header; get it again", s->path);
    json_error_t problem;
    s->header = json_loadb((const char *)bytes + PREFIX_SIZE, (size_t)length, JSON_REJECT_DUPLICATES, &problem);
    if (!json_is_object(s->header))
        return error_set(error, ET_ERROR_FORMAT, "%s: header is not an object in JSON: %s; get it again", s->path,
                         s->header ? "something else" : problem.text);
    s->data = bytes + PREFIX_SIZE + length;
    s->size = size - PREFIX_SIZE - (size_t)length;
    return ET_OK;
}

static et_status find_extent(const safetensors *s, const char *name, const json_t *entry, extent *place, et_error *error)
{
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const json_t *first = json_array_get(offsets, 0), *last = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(first) || !json_is_integer(last) ||
        json_integer_value(first) < 0 || json_integer_value(last) < json_integer_value(first))
        return error_set(error, ET_ERROR_FORMAT, "%s: tensor %.60s has no proper data_offsets", s->path, name);
    if ((uint64_t)json_integer_value(last) > s->size)
        return error_set(error, ET_ERROR_TRUNCATED, "%s: tensor %.60s ends after the file does; get it again", s->path,
                         name);
    *place = (extent){(size_t)json_integer_value(first), (size_t)json_integer_value(last)};
    return ET_OK;
}

static int by_place(const void *a, const void *b)
{
    const extent *p = a, *q = b;
    if (p->begin != q->begin) return p->begin < q->begin ? -1 : 1;
    return p->end < q->end ? -1 : p->end > q->end;
}

/* One behind the other from the first byte to the last. */
static et_status check_places(safetensors *s, et_error *error)
{
    extent *place = malloc((json_object_size(s->header) + 1) * sizeof *place);
    if (!place) return error_set(error, ET_ERROR_MEMORY, "%s: no memory for its header", s->path);
    et_status status = ET_OK;
    const char *name;
    json_t *entry;
    json_object_foreach(s->header, name, entry)
    {
        if (strcmp(name, METADATA) == 0) continue;
        if (status == ET_OK) status = find_extent(s, name, entry, &place[s->count++], error);
    }
    if (status == ET_OK) qsort(place, s->count, sizeof *place, by_place);
    size_t at = 0;
    for (size_t i = 0; status == ET_OK && i < s->count; at = place[i++].end)
        if (place[i].begin != at)
            status = error_set(error, ET_ERROR_FORMAT, "%s: tensors overlap or leave a gap at byte %zu", s->path, at);
    if (status == ET_OK && at != s->size)
        status = error_set(error, ET_ERROR_FORMAT, "%s: %zu bytes belong to no tensor", s->path, s->size - at);
    free(place);
    return status;
}

et_status safetensors_create(safetensors **out, const void *bytes, size_t size, const char *path, et_error *error)
{
    safetensors *s = calloc(1, sizeof *s);
    if (s) s->path = strdup(path);
    if (!s || !s->path) {
        safetensors_destroy(s);
        return error_set(error, ET_ERROR_MEMORY, "%s: no memory", path);
    }
    et_status status = parse_header(s, bytes, size, error);
    if (status == ET_OK) status = check_places(s, error);
    if (status != ET_OK) {
        safetensors_destroy(s);
        return status;
    }
    *out = s;
    return ET_OK;
}

void safetensors_destroy(safetensors *s)
{
    if (!s) return;
    json_decref(s->header);
    free(s->path);
    free(s);
}

size_t safetensors_count(const safetensors *s)
{
    return s->count;
}

size_t safetensors_size(const safetensors *s)
{
    return s->size;
}

const json_t *safetensors_metadata(const safetensors *s)
{
    return json_object_get(s->header, METADATA);
}

bool safetensors_has(const safetensors *s, const char *name)
{
    return json_object_get(s->header, name) != NULL;
}

static et_status check_type(const safetensors *s, const char *name, const char *type, const int *shape, int rank,
                            size_t *count, et_error *error)
{
    const json_t *entry = json_object_get(s->header, name), *sizes = json_object_get(entry, "shape");
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    if (!entry) return error_set(error, ET_ERROR_FORMAT, "%s: tensor %s is missing", s->path, name);
    if (!dtype || strcmp(dtype, type) != 0)
        return error_set(error, ET_ERROR_FORMAT, "%s: tensor %s is %.20s, not %s", s->path, name,
                         dtype ? dtype : "of no type", type);
    bool good = json_is_array(sizes) && json_array_size(sizes) == (size_t)rank;
    *count = 1;
    for (int d = 0; good && d < rank; d++) {
        const json_t *size = json_array_get(sizes, (size_t)d);
        good = json_is_integer(size) && json_integer_value(size) == shape[d];
        *count *= (size_t)shape[d];
    }
    if (!good) return error_set(error, ET_ERROR_FORMAT, "%s: shape of tensor %s is not what it must be", s->path, name);
    return ET_OK;
}

et_status safetensors_read(const safetensors *s, const char *name, const int *shape, int rank, float least, float most,
                           float *out, et_error *error)
{
    const json_t *entry = json_object_get(s->header, name);
    size_t count = 0;
    extent place = {0};
    et_status status = check_type(s, name, "F32", shape, rank, &count, error);
    if (status == ET_OK) status = find_extent(s, name, entry, &place, error);
    if (status != ET_OK) return status;
    if (place.end - place.begin != count * sizeof *out)
        return error_set(error, ET_ERROR_FORMAT, "%s: tensor %s has %zu bytes, its shape needs %zu", s->path, name,
                         place.end - place.begin, count * sizeof *out);
    memcpy(out, s->data + place.begin, count * sizeof *out);
    for (size_t i = 0; i < count; i++)
        if (!(out[i] >= least && out[i] <= most))
            return error_set(error, ET_ERROR_FORMAT, "%s: %s[%zu] is %g, not within %g .. %g", s->path, name, i,
                             (double)out[i], (double)least, (double)most);
    return ET_OK;
}

et_status safetensors_bytes(const safetensors *s, const char *name, const void **bytes, size_t *size, et_error *error)
{
    const json_t *entry = json_object_get(s->header, name);
    int length = (int)json_integer_value(json_array_get(json_object_get(entry, "shape"), 0));
    extent place = {0};
    et_status status = check_type(s, name, "U8", &length, 1, size, error);
    if (status == ET_OK) status = find_extent(s, name, entry, &place, error);
    if (status == ET_OK && (length < 0 || place.end - place.begin != *size))
        status = error_set(error, ET_ERROR_FORMAT, "%s: tensor %s has %zu bytes, its shape needs %d", s->path, name,
                           place.end - place.begin, length);
    *bytes = s->data + place.begin;
    return status;
}
