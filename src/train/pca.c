#include "train/pca.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

#include "base/error.h"

static void covariance(const float *row, int rows, int columns, const double *mean, double *c)
{
    size_t n = (size_t)columns;
    for (int r = 0; r < rows; r++) {
        const float *x = row + (size_t)r * n;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++) c[i * n + j] += (x[i] - mean[i]) * (x[j] - mean[j]) / rows;
    }
}

/** How many of the eigenvalues (ascending) to keep, and the share that they explain. */
static int choose(const double *value, int columns, int components, double variance, double *explained)
{
    double all = 0, kept = 0;
    int k = 0;
    for (int i = 0; i < columns; i++) all += fmax(value[i], 0);
    while (k < columns && (components ? k < components : kept < variance * all * (1 - 1e-12)))
        kept += fmax(value[columns - ++k], 0);
    *explained = all > 0 ? kept / all : 0;
    return k;
}

static void copy_direction(float *to, const double *vector, size_t n)
{
    size_t largest = 0;
    for (size_t i = 1; i < n; i++)
        if (fabs(vector[i]) > fabs(vector[largest]) * (1 + 1e-9)) largest = i;
    for (size_t i = 0; i < n; i++) to[i] = (float)(vector[largest] < 0 ? -vector[i] : vector[i]);
}

et_status pca_components(const float *row, int rows, int columns, int components, double variance, float *mean,
                         float **direction, int *kept, double *explained, et_error *error)
{
    if (rows < 2 || columns < 1 || components < 0 || components > columns ||
        (components == 0 && !(variance > 0 && variance <= 1)))
        return error_set(error, ET_ERROR_ARGUMENT, "PCA of %d rows to %d of %d components (variance %g) cannot be", rows,
                         components, columns, variance);
    size_t n = (size_t)columns;
    double *c = calloc(n * n, sizeof *c), *center = calloc(n, sizeof *center), *value = calloc(n, sizeof *value);
    et_status status =
        c && center && value ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for PCA of %d columns", columns);
    if (!status) {
        for (int r = 0; r < rows; r++)
            for (size_t i = 0; i < n; i++) center[i] += row[(size_t)r * n + i] / (double)rows;
        covariance(row, rows, columns, center, c);
        if (LAPACKE_dsyev(LAPACK_COL_MAJOR, 'V', 'U', columns, c, columns, value) != 0 || !(value[n - 1] > 0))
            status = error_set(error, ET_ERROR_FORMAT, "PCA: nothing varies in %d rows of %d columns", rows, columns);
    }
    if (!status) {
        *kept = choose(value, columns, components, variance, explained);
        *direction = malloc((size_t)*kept * n * sizeof **direction);
        if (!*direction) status = error_set(error, ET_ERROR_MEMORY, "no memory for %d components", *kept);
    }
    for (size_t i = 0; i < n && !status; i++) mean[i] = (float)center[i];
    for (int k = 0; !status && k < *kept; k++) copy_direction(*direction + (size_t)k * n, c + (n - 1 - (size_t)k) * n, n);
    free(c);
    free(center);
    free(value);
    return status;
}
