#include "recipe/preprocessing.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "evaluate/metrics.h"
#include "features/families.h"
#include "features/names.h"
#include "train/pca.h"

static float *tensor(network *net, const char *name)
{
    const network_tensor *t = network_tensor_find(net, name);
    return t ? network_parameters(net) + t->offset : NULL;
}

int preprocessing_usable_columns(const bool *known, bool relative, int *out)
{
    int count = 0;
    for (int c = 0; c < ROW_COLUMNS; c++) {
        bool falls_out = c == functional_mean(DESCRIPTOR_RMS) || c == functional_mean(DESCRIPTOR_COUNT + DESCRIPTOR_RMS);
        if (known[c] && !(relative && falls_out)) out[count++] = c;
    }
    return count;
}

/* Filters of the ear that never fire move by rounding alone. */
static const float dead_most = 1e-3f;

int preprocessing_moving_columns(int *chosen, int count, const float *row, int rows, int columns_in)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        float least = row[chosen[i]], most = least;
        for (int r = 1; r < rows; r++) {
            float x = row[(size_t)r * (size_t)columns_in + (size_t)chosen[i]];
            least = fminf(least, x), most = fmaxf(most, x);
        }
        bool dead = row_family(chosen[i]) == FAMILY_EAR ? most - least < dead_most : !(most > least);
        if (!dead) chosen[kept++] = chosen[i];
    }
    return kept;
}

/** Logarithm, mean and deviation of one column; `values` is used up. */
static bool fit_column(double *values, int n, float *log_offset, float *mean, float *deviation)
{
    double least = INFINITY, sum = 0, square = 0;
    for (int i = 0; i < n; i++) least = fmin(least, values[i]);
    double offset = least >= 0 ? percentile(values, (size_t)n, 50) / 10 : 0;
    *log_offset = offset > 0 ? (float)offset : -1;
    for (int i = 0; i < n; i++) {
        if (offset > 0) values[i] = log(values[i] + *log_offset);
        sum += values[i];
    }
    for (int i = 0; i < n; i++) square += (values[i] - sum / n) * (values[i] - sum / n);
    *mean = (float)(sum / n);
    *deviation = (float)sqrt(square / n);
    return *deviation > 0 && isfinite(*deviation);
}

/** The same without logarithm: what becomes 0, and what 1 beyond it. */
static bool fit_range(const double *values, int n, float *least, float *range)
{
    double low = values[0], high = values[0];
    for (int i = 1; i < n; i++) low = fmin(low, values[i]), high = fmax(high, values[i]);
    *least = (float)low;
    *range = (float)(high - low);
    return *range > 0 && isfinite(*range);
}

et_status preprocessing_fit_scaling(network *net, const int *chosen, const float *row, int rows, scaling_kind scaling,
                                    float clip, et_error *error)
{
    const network_config *config = network_configuration(net);
    int columns = config->columns;
    if (rows < 2) return error_set(error, ET_ERROR_ARGUMENT, "scaling needs at least 2 rows, not %d", rows);
    float *index = tensor(net, "columns.index"), *offset = tensor(net, "scaling.log_offset"),
          *mean = tensor(net, "scaling.mean");
    float *deviation = tensor(net, "scaling.deviation"), *limit = tensor(net, "scaling.clip");
    for (int c = 0; c < columns; c++) {
        index[c] = (float)chosen[c];
        offset[c] = -1, mean[c] = 0, deviation[c] = 1, limit[c] = 0; /* as they are, for now */
    }
    network_refresh(net);
    float *plain = malloc((size_t)rows * (size_t)columns * sizeof *plain);
    double *values = malloc((size_t)rows * sizeof *values);
    et_status status = plain && values ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory to scale %d rows", rows);
    for (int r = 0; r < rows && !status; r++)
        network_scaled(net, row + (size_t)r * (size_t)config->columns_in, plain + (size_t)r * (size_t)columns);
    for (int c = 0; c < columns && !status; c++) {
        for (int r = 0; r < rows; r++) values[r] = plain[(size_t)r * (size_t)columns + (size_t)c];
        bool good = scaling == SCALING_MIN_MAX ? fit_range(values, rows, &mean[c], &deviation[c])
                                               : fit_column(values, rows, &offset[c], &mean[c], &deviation[c]);
        char name[ROW_NAME_SIZE];
        row_column_name(chosen[c], name);
        if (!good)
            status =
                error_set(error, ET_ERROR_FORMAT,
                          "column %s is the same or not finite in all %d rows: give songs that differ more", name, rows);
        limit[c] = clip;
    }
    network_refresh(net);
    free(plain);
    free(values);
    return status;
}

et_status preprocessing_fit_projection(network *net, const float *scaled, int rows, double *explained, et_error *error)
{
    const network_config *config = network_configuration(net);
    int kept;
    float *direction;
    et_status status = pca_components(scaled, rows, config->columns, config->features, 0, tensor(net, "projection.mean"),
                                      &direction, &kept, explained, error);
    if (status) return status;
    memcpy(tensor(net, "projection.weight"), direction, (size_t)kept * (size_t)config->columns * sizeof *direction);
    free(direction);
    network_refresh(net);
    return ET_OK;
}

void preprocessing_project(const network *net, const float *scaled, int rows, float *features)
{
    const network_config *config = network_configuration(net);
    const network_tensor *weight = network_tensor_find(net, "projection.weight");
    size_t columns = (size_t)config->columns, wide = (size_t)config->features;
    if (!weight) {
        memcpy(features, scaled, (size_t)rows * columns * sizeof *features);
        return;
    }
    const float *parameters = network_parameters((network *)net), *w = parameters + weight->offset;
    const float *mean = parameters + network_tensor_find(net, "projection.mean")->offset;
    for (size_t f = 0; f < wide; f++) {
        float shift = 0;
        for (size_t c = 0; c < columns; c++) shift -= w[f * columns + c] * mean[c];
        for (int r = 0; r < rows; r++) features[(size_t)r * wide + f] = shift;
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, config->features, config->columns, 1, scaled, config->columns,
                w, config->columns, 1, features, config->features);
}

void preprocessing_copy(network *to, const network *from)
{
    for (size_t i = 0; i < network_tensor_count(from); i++) {
        const network_tensor *t = network_tensor_at(from, i), *same = network_tensor_find(to, t->name);
        if (t->trained || t->state || !same || same->count != t->count) continue;
        memcpy(network_parameters(to) + same->offset, network_parameters((network *)from) + t->offset,
               t->count * sizeof(float));
    }
    network_refresh(to);
}
