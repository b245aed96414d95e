#include "recipe/residual.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "train/distance.h"
#include "train/pca.h"

const residual_options residual_defaults = {.on = false, .components = 60, .width = 1.5, .ridge = 8, .most = 2500};

enum { COMPONENTS_MOST = 2 * FUNCTIONAL_COUNT };

struct residual {
    int n, first, columns, components; /* columns: that it looks at */
    double width;                      /* of squared distances */
    float *mean, *direction, *point;
    double (*alpha)[TARGETS];
};

void residual_destroy(residual *r)
{
    if (!r) return;
    free(r->mean), free(r->direction), free(r->point), free(r->alpha);
    free(r);
}

int residual_points(const residual *r)
{
    return r->n;
}

static void to_components(const residual *r, const float *point, float *out)
{
    const float *w = r->direction;
    for (int f = 0; f < r->components; f++, w += r->columns) {
        double sum = 0;
        for (int c = 0; c < r->columns; c++) sum += (double)w[c] * (point[r->first + c] - r->mean[c]);
        out[f] = (float)sum;
    }
}

static double kernel(const residual *r, const float *x, int j)
{
    double distance, product;
    row_compare(x, r->point + (size_t)j * (size_t)r->components, r->components, &distance, &product);
    return exp(-r->width * distance);
}

/** Takes every step-th point, in components, and their variance together. */
static et_status keep_points(residual *r, const float *point, int step, double width, et_error *error)
{
    size_t stride = (size_t)(r->first + r->columns);
    r->point = malloc((size_t)r->n * (size_t)r->components * sizeof *r->point);
    if (!r->point) return error_set(error, ET_ERROR_MEMORY, "no memory for %d points over time", r->n);
    double variance = 0;
    for (int i = 0; i < r->n; i++) {
        float *to = r->point + (size_t)i * (size_t)r->components;
        to_components(r, point + (size_t)(i * step) * stride, to);
        for (int f = 0; f < r->components; f++) variance += (double)to[f] * to[f] / r->n;
    }
    r->width = width / variance;
    return ET_OK;
}

static et_status solve(residual *r, const double (*left)[TARGETS], int step, double ridge, et_error *error)
{
    size_t n = (size_t)r->n;
    double *k = malloc(n * n * sizeof *k), *side = malloc(n * TARGETS * sizeof *side);
    r->alpha = malloc(n * sizeof *r->alpha);
    et_status status =
        k && side && r->alpha ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for %d points over time", r->n);
    for (size_t i = 0; i < n && !status; i++) {
        for (size_t j = 0; j <= i; j++)
            k[i * n + j] = kernel(r, r->point + i * (size_t)r->components, (int)j) + (i == j ? ridge / step : 0);
        for (size_t c = 0; c < TARGETS; c++) side[c * n + i] = left[i * (size_t)step][c];
    }
    /* The lower triangle by rows is the upper one by columns. */
    if (!status && LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', r->n, TARGETS, k, r->n, side, r->n) != 0)
        status = error_set(error, ET_ERROR_FORMAT, "the residual's kernel over %d points is not positive definite", r->n);
    for (size_t i = 0; i < n && !status; i++)
        for (size_t c = 0; c < TARGETS; c++) r->alpha[i][c] = side[c * n + i];
    free(k), free(side);
    return status;
}

/** Principal components of the columns that it looks at. */
static et_status find_components(residual *r, const float *point, int n, int components, et_error *error)
{
    size_t columns = (size_t)r->columns, stride = (size_t)r->first + columns;
    double explained;
    float *looked = malloc((size_t)n * columns * sizeof *looked);
    r->mean = malloc(columns * sizeof *r->mean);
    et_status status = looked && r->mean ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for %d points over time", n);
    for (size_t i = 0; i < (size_t)n && !status; i++)
        memcpy(looked + i * columns, point + i * stride + r->first, columns * sizeof *looked);
    if (!status)
        status = pca_components(looked, n, r->columns, components < r->columns ? components : r->columns, 0, r->mean,
                                &r->direction, &r->components, &explained, error);
    free(looked);
    return status;
}

et_status residual_fit(residual **out, const float *point, const double (*left)[TARGETS], int n, int columns, int first,
                       const residual_options *options, et_error *error)
{
    if (n < 2) return error_set(error, ET_ERROR_ARGUMENT, "what the level leaves needs labels over time: %d are too few", n);
    residual *r = calloc(1, sizeof *r);
    if (!r) return error_set(error, ET_ERROR_MEMORY, "no memory for %d points over time", n);
    int step = (n + options->most - 1) / options->most;
    *r = (residual){.n = (n + step - 1) / step, .first = first, .columns = columns - first};
    et_status status = find_components(r, point, n, options->components, error);
    if (!status) status = keep_points(r, point, step, options->width, error);
    if (!status) status = solve(r, left, step, options->ridge, error);
    if (status)
        residual_destroy(r);
    else
        *out = r;
    return status;
}

void residual_answer(const residual *r, const float *point, double out[TARGETS])
{
    float x[COMPONENTS_MOST];
    to_components(r, point, x);
    for (int c = 0; c < TARGETS; c++) out[c] = 0;
    for (int j = 0; j < r->n; j++) {
        double k = kernel(r, x, j);
        for (int c = 0; c < TARGETS; c++) out[c] += k * r->alpha[j][c];
    }
}
