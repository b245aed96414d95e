#include "features/ear_weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/processor.h"
#include "base/read_file.h"
#include "base/safetensors.h"
#include "base/sha256.h"
#include "features/ear_layers.h"

enum { TENSORS = 4 + 6 * (EAR_FRONT_LAYERS + EAR_MIDDLE_LAYERS) };

static const float weight_most = 1e4f;
static const double epsilon = 1e-3; /* of the norms */

/* A filter is still if nothing that it can hear moves its output so far; what an ear hears (the normed logarithm of mel
 * bands) stays within some +-20. */
static const double still_most = 1e-6;

static const struct {
    const char *name;
    int taps, before, width, filters;
} fronts[EAR_FRONT_LAYERS] = {{"timbre_high", 7, 3, 38, 204},
                              {"timbre_low", 7, 3, 67, 204},
                              {"rhythm_128", 128, 63, 1, 51},
                              {"rhythm_64", 64, 31, 1, 51},
                              {"rhythm_32", 32, 15, 1, 51}};
static const char *const middles[EAR_MIDDLE_LAYERS] = {"middle_1", "middle_2", "middle_3"};

typedef struct reader {
    const safetensors *file;
    ear_weights *w;
    float *kernel, *matrix; /* room for the largest kernel, as the file has it and as it will be packed */
    et_error *error;
} reader;

static et_status read_numbers(const reader *r, const char *layer, const char *part, const int *shape, int rank, float least,
                              float *out)
{
    char name[64];
    snprintf(name, sizeof name, "%s.%s", layer, part);
    return safetensors_read(r->file, name, shape, rank, least, weight_most, out, r->error);
}

/* Scale and offset that a norm comes down to. */
static et_status read_norm(const reader *r, const char *layer, int filters, float *scale, float *offset)
{
    float gamma[EAR_FILTERS_MOST], beta[EAR_FILTERS_MOST], mean[EAR_FILTERS_MOST], variance[EAR_FILTERS_MOST];
    et_status status = read_numbers(r, layer, "norm.gamma", &filters, 1, -weight_most, gamma);
    if (status == ET_OK) status = read_numbers(r, layer, "norm.beta", &filters, 1, -weight_most, beta);
    if (status == ET_OK) status = read_numbers(r, layer, "norm.mean", &filters, 1, -weight_most, mean);
    if (status == ET_OK) status = read_numbers(r, layer, "norm.variance", &filters, 1, 0, variance);
    for (int c = 0; status == ET_OK && c < filters; c++) {
        double factor = gamma[c] / sqrt(variance[c] + epsilon);
        scale[c] = (float)factor;
        offset[c] = (float)(beta[c] - mean[c] * factor);
    }
    return status;
}

static et_status read_layer(const reader *r, const char *layer, int taps, int width, int filters, ear_after *after)
{
    const int shape[] = {taps, width, 1, filters};
    et_status status = read_numbers(r, layer, "kernel", shape, 4, -weight_most, r->kernel);
    if (status == ET_OK) status = read_numbers(r, layer, "bias", &filters, 1, -weight_most, after->bias);
    if (status == ET_OK) status = read_norm(r, layer, filters, after->scale, after->offset);
    return status;
}

/* Lists the live filters of r->kernel (`reach` numbers each), keeps what follows them, and says what the others answer. */
static int sort_filters(const reader *r, int reach, int filters, ear_after *after, int *filter, float *still)
{
    int live = 0;
    for (int c = 0; c < filters; c++) {
        double sum = 0;
        for (int k = 0; k < reach; k++) sum += fabs((double)r->kernel[(size_t)k * filters + c]);
        still[c] = fmaxf(after->bias[c], 0) * after->scale[c] + after->offset[c];
        if (sum * fabs((double)after->scale[c]) < still_most) continue;
        after->bias[live] = after->bias[c];
        after->scale[live] = after->scale[c];
        after->offset[live] = after->offset[c];
        filter[live++] = c;
    }
    return live;
}

static float *numbers_alloc(size_t count)
{
    float *room = aligned_alloc(64, (count + 31) / 16 * 64);
    if (room) memset(room, 0, (count + 31) / 16 * 64);
    return room;
}

/* (group, tap, filter of the group). */
static void pack_rhythm(const ear_front *l, const float *taps, float *kernel)
{
    int group = ear_group(l->live);
    for (int first = 0; first < l->live; first += group)
        for (int t = 0; t < l->taps; t++)
            for (int c = first; c < l->live && c < first + group; c++) *kernel++ = taps[(size_t)t * l->live + c];
}

static et_status pack_front(const reader *r, ear_front *l)
{
    int reach = l->taps * l->width;
    const ear_kernels *kernels = r->w->kernels;
    l->plain = numbers_alloc((size_t)reach * l->live);
    l->kernel = numbers_alloc(l->width > 1 ? kernels->timbre_size(l) : (size_t)reach * l->live);
    for (int k = 0; l->plain && k < reach; k++)
        for (int c = 0; c < l->live; c++) {
            float tap = r->kernel[(size_t)k * l->filters + l->filter[c]];
            l->plain[(size_t)k * l->live + c] = tap;
            r->matrix[(size_t)k * l->live + c] = l->sign[c] * tap;
        }
    if (!l->plain || !l->kernel) return error_set(r->error, ET_ERROR_MEMORY, "ear: no memory for its weights");
    (l->width > 1 ? kernels->timbre_pack : pack_rhythm)(l, r->matrix, l->kernel);
    return ET_OK;
}

static et_status read_front(const reader *r, int index, int *first, int *column)
{
    ear_front *l = &r->w->front[index];
    *l = (ear_front){.taps = fronts[index].taps,
                     .before = fronts[index].before,
                     .width = fronts[index].width,
                     .places = EAR_BANDS - fronts[index].width + 1,
                     .filters = fronts[index].filters,
                     .first = *first,
                     .column = *column};
    et_status status = read_layer(r, fronts[index].name, l->taps, l->width, l->filters, &l->after);
    if (status != ET_OK) return status;
    l->live = sort_filters(r, l->taps * l->width, l->filters, &l->after, l->filter, r->w->front_still + *first);
    for (int c = 0; c < l->live; c++) l->sign[c] = l->after.scale[c] < 0 ? -1 : 1;
    *first += l->filters;
    *column += l->live;
    return pack_front(r, l);
}

/* The matrix of a middle layer: a row of `from[]` for each column that it is given (-1: the ones, which carry the still). */
static et_status pack_middle(const reader *r, ear_middle *l, const int *filter, const int *from, int all, const float *still)
{
    float *to = r->matrix;
    for (int t = 0; t < EAR_MIDDLE_TAPS; t++)
        for (int i = 0; i < l->columns; i++)
            for (int c = 0; c < l->live; c++) {
                const float *tap = r->kernel + (size_t)t * all * EAR_MIDDLE + filter[c];
                double sum = 0;
                for (int k = 0; from[i] < 0 && k < all; k++) sum += (double)still[k] * tap[(size_t)k * EAR_MIDDLE];
                *to++ = from[i] < 0 ? (float)sum : tap[(size_t)from[i] * EAR_MIDDLE];
            }
    int depth = EAR_MIDDLE_TAPS * l->columns;
    bool is_first = l == &r->w->middle[0];
    size_t plain = is_first ? (size_t)depth * l->live : (size_t)EAR_MIDDLE_TAPS * EAR_MIDDLE * EAR_MIDDLE;
    l->plain = numbers_alloc(plain);
    l->kernel = numbers_alloc(r->w->kernels->panels_size(l->live, depth));
    if (l->plain) memcpy(l->plain, is_first ? r->matrix : r->kernel, plain * sizeof *l->plain);
    if (!l->plain || !l->kernel) return error_set(r->error, ET_ERROR_MEMORY, "ear: no memory for its weights");
    r->w->kernels->pack(r->matrix, l->live, depth, l->kernel);
    return ET_OK;
}

/* Lists what comes in: live columns, then the ones. `carried` is what the ones carry: 0 for the live. */
static int list_inputs(const int *filter, int live, int first, int at, int *from, float *carried)
{
    for (int c = 0; c < live; c++) {
        from[at] = first + filter[c];
        carried[from[at++]] = 0;
    }
    return at;
}

static et_status read_middle_1(const reader *r)
{
    ear_weights *w = r->w;
    ear_middle *l = &w->middle[0];
    int from[EAR_FRONT + 1], at = 0;
    float carried[EAR_FRONT];
    memcpy(carried, w->front_still, sizeof carried);
    for (int i = 0; i < EAR_FRONT_LAYERS; i++)
        at = list_inputs(w->front[i].filter, w->front[i].live, w->front[i].first, at, from, carried);
    from[at++] = -1;
    l->columns = w->front_columns = at;
    et_status status = read_layer(r, middles[0], EAR_MIDDLE_TAPS, EAR_FRONT, EAR_MIDDLE, &l->after);
    if (status != ET_OK) return status;
    l->live = sort_filters(r, EAR_MIDDLE_TAPS * EAR_FRONT, EAR_MIDDLE, &l->after, w->middle_1_filter, w->middle_1_still);
    return pack_middle(r, l, w->middle_1_filter, from, EAR_FRONT, carried);
}

/* The second and third layers add what they are given to what they make, so all of their filters are kept. */
static et_status read_middle_2_and_3(const reader *r)
{
    ear_weights *w = r->w;
    int every[EAR_MIDDLE], from[EAR_MIDDLE + 1];
    float carried[EAR_MIDDLE];
    for (int c = 0; c < EAR_MIDDLE; c++) every[c] = c;
    memcpy(carried, w->middle_1_still, sizeof carried);
    int columns = list_inputs(w->middle_1_filter, w->middle[0].live, 0, 0, from, carried);
    from[columns++] = -1;
    et_status status = ET_OK;
    for (int i = 1; status == ET_OK && i < EAR_MIDDLE_LAYERS; i++) {
        ear_middle *l = &w->middle[i];
        l->live = EAR_MIDDLE;
        l->columns = i == 1 ? columns : EAR_MIDDLE;
        status = read_layer(r, middles[i], EAR_MIDDLE_TAPS, EAR_MIDDLE, EAR_MIDDLE, &l->after);
        if (status == ET_OK) status = pack_middle(r, l, every, i == 1 ? from : every, EAR_MIDDLE, carried);
    }
    return status;
}

/* The transform of a row along its bands, as a matrix. */
static et_status make_transform(const reader *r)
{
    ear_weights *w = r->w;
    for (int k = 0; k < EAR_BANDS; k++)
        w->turn[k] = (ear_turn){(float)cos(2 * M_PI * k / EAR_BANDS), (float)sin(2 * M_PI * k / EAR_BANDS)};
    for (int band = 0; band < EAR_BANDS; band++)
        for (int bin = 0; bin < EAR_SPECTRUM / 2; bin++) {
            const ear_turn *turn = &w->turn[band * bin % EAR_BANDS];
            float *to = r->matrix + (size_t)band * EAR_SPECTRUM + 2 * bin;
            to[0] = turn->re;
            to[1] = -turn->im;
        }
    w->spectrum = numbers_alloc(w->kernels->panels_size(EAR_SPECTRUM, EAR_BANDS));
    if (!w->spectrum) return error_set(r->error, ET_ERROR_MEMORY, "ear: no memory for its weights");
    w->kernels->pack(r->matrix, EAR_SPECTRUM, EAR_BANDS, w->spectrum);
    return ET_OK;
}

static et_status read_all(const reader *r, const char *path)
{
    if (!r->kernel || !r->matrix) return error_set(r->error, ET_ERROR_MEMORY, "ear: no memory for its weights");
    if (safetensors_count(r->file) != TENSORS)
        return error_set(r->error, ET_ERROR_FORMAT, "%s: %zu tensors, an ear has %d", path, safetensors_count(r->file),
                         TENSORS);
    et_status status = make_transform(r);
    if (status == ET_OK) status = read_norm(r, "input", 1, &r->w->input_scale, &r->w->input_offset);
    int first = 0, column = 0;
    for (int i = 0; status == ET_OK && i < EAR_FRONT_LAYERS; i++) status = read_front(r, i, &first, &column);
    if (status == ET_OK) status = read_middle_1(r);
    if (status == ET_OK) status = read_middle_2_and_3(r);
    return status;
}

et_status ear_weights_parse_for(ear_weights **out, const ear_kernels *kernels, const void *bytes, size_t size,
                                const char *path, et_error *error)
{
    safetensors *file = NULL;
    et_status status = safetensors_create(&file, bytes, size, path, error);
    if (status != ET_OK) return status;
    ear_weights *w = calloc(1, sizeof *w);
    reader r = {.file = file, .w = w, .error = error};
    r.kernel = numbers_alloc((size_t)EAR_MIDDLE_TAPS * (EAR_FRONT + 1) * EAR_FILTERS_MOST);
    r.matrix = numbers_alloc((size_t)EAR_MIDDLE_TAPS * (EAR_FRONT + 1) * EAR_FILTERS_MOST);
    if (!w) {
        status = error_set(error, ET_ERROR_MEMORY, "%s: no memory", path);
    } else {
        w->kernels = kernels;
        status = read_all(&r, path);
    }
    free(r.kernel);
    free(r.matrix);
    safetensors_destroy(file);
    if (status != ET_OK) {
        ear_weights_destroy(w);
        return status;
    }
    sha256_hex(bytes, size, w->digest);
    *out = w;
    return ET_OK;
}

et_status ear_weights_parse(ear_weights **out, const void *bytes, size_t size, const char *path, et_error *error)
{
    int level = PROCESSOR_LEVELS - 1;
    while (level > 0 && !ear_kernels_of(level)) level--;
    return ear_weights_parse_for(out, ear_kernels_of(level), bytes, size, path, error);
}

et_status ear_weights_load(ear_weights **out, const char *path, et_error *error)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    et_status status = read_file(path, EAR_FILE_MOST, &bytes, &size, error);
    if (status == ET_OK) status = ear_weights_parse(out, bytes, size, path, error);
    free(bytes);
    return status;
}

void ear_weights_destroy(ear_weights *w)
{
    if (!w) return;
    for (int i = 0; i < EAR_FRONT_LAYERS; i++) free(w->front[i].kernel), free(w->front[i].plain);
    for (int i = 0; i < EAR_MIDDLE_LAYERS; i++) free(w->middle[i].kernel), free(w->middle[i].plain);
    free(w->spectrum);
    free(w);
}

const char *ear_weights_digest(const ear_weights *w)
{
    return w->digest;
}
