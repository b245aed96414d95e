#include "recipe/teacher.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "train/distance.h"

const teacher_options teacher_defaults = {.width = 0.01, .linear = 0.3, .own_offset = 3, .own_shape = 1, .ridge = 1};

struct teacher {
    teacher_options options;
    int n, columns;
    float *point;
    int *set;
    double (*alpha)[TARGETS], (*left_out)[TARGETS];
    double *inverse; /* n x n, its lower triangle by rows */
    double mean[TARGETS], slope[TARGETS], offset[TARGETS];
    int calibrated; /* the set whose answers they change */
};

void teacher_destroy(teacher *t)
{
    if (!t) return;
    free(t->point);
    free(t->set);
    free(t->alpha);
    free(t->left_out);
    free(t->inverse);
    free(t);
}

static double kernel(const teacher *t, const float *x, int x_set, int j)
{
    const teacher_options *o = &t->options;
    double distance, product;
    row_compare(x, t->point + (size_t)j * (size_t)t->columns, t->columns, &distance, &product);
    double k = exp(-o->width * distance) + o->linear * product / t->columns + 1;
    return x_set == t->set[j] ? k + o->own_offset + o->own_shape * k : k;
}

/** Fills the lower triangle of K + ridge W^-1, factors it, solves for alpha and takes the diagonal of the inverse. */
static et_status solve(teacher *t, const double (*target)[TARGETS], const double *weight, et_error *error)
{
    size_t n = (size_t)t->n;
    double *k = t->inverse;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) k[i * n + j] = kernel(t, t->point + i * (size_t)t->columns, t->set[i], (int)j);
        k[i * n + i] += t->options.ridge / (weight ? weight[i] : 1);
        for (int c = 0; c < TARGETS; c++) t->alpha[i][c] = target[i][c] - t->mean[c];
    }
    /* The lower triangle by rows is the upper one by columns: no transposed copy. */
    if (LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', t->n, k, t->n) != 0)
        return error_set(error, ET_ERROR_FORMAT,
                         "the teacher's kernel over %d songs is not positive definite: raise its ridge", t->n);
    double *side = malloc(n * TARGETS * sizeof *side);
    if (!side) return error_set(error, ET_ERROR_MEMORY, "no memory to solve for %d songs", t->n);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < TARGETS; c++) side[c * n + i] = t->alpha[i][c];
    LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'U', t->n, TARGETS, k, t->n, side, t->n);
    LAPACKE_dpotri(LAPACK_COL_MAJOR, 'U', t->n, k, t->n);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < TARGETS; c++) {
            t->alpha[i][c] = side[c * n + i];
            t->left_out[i][c] = target[i][c] - t->alpha[i][c] / k[i * n + i];
        }
    free(side);
    return ET_OK;
}

et_status teacher_fit(teacher **out, const float *point, const int *set, const double (*target)[TARGETS],
                      const double *weight, int n, int columns, const teacher_options *options, et_error *error)
{
    if (n < 2) return error_set(error, ET_ERROR_ARGUMENT, "the teacher needs at least 2 songs, not %d", n);
    size_t count = (size_t)n, size = count * (size_t)columns;
    teacher *t = calloc(1, sizeof *t);
    if (t) {
        *t = (teacher){.options = *options, .n = n, .columns = columns, .calibrated = -1};
        t->point = malloc(size * sizeof *t->point), t->set = malloc(count * sizeof *t->set);
        t->inverse = malloc(count * count * sizeof *t->inverse);
        t->alpha = malloc(count * sizeof *t->alpha), t->left_out = malloc(count * sizeof *t->left_out);
    }
    if (!t || !t->inverse || !t->point || !t->set || !t->alpha || !t->left_out) {
        teacher_destroy(t);
        return error_set(error, ET_ERROR_MEMORY, "no memory for a teacher of %d songs (%zu MB)", n,
                         (count * count * 8) >> 20);
    }
    memcpy(t->point, point, size * sizeof *point);
    memcpy(t->set, set, count * sizeof *set);
    for (int c = 0; c < TARGETS; c++) {
        for (int i = 0; i < n; i++) t->mean[c] += target[i][c];
        t->mean[c] /= n;
    }
    et_status status = solve(t, target, weight, error);
    if (status)
        teacher_destroy(t);
    else
        *out = t;
    return status;
}

/** In the terms of `set`. */
static void finish(const teacher *t, int set, const double sum[TARGETS], double out[TARGETS])
{
    for (int c = 0; c < TARGETS; c++) {
        out[c] = sum[c] + t->mean[c];
        if (set == t->calibrated) out[c] = t->slope[c] * out[c] + t->offset[c];
    }
}

void teacher_answer(const teacher *t, const float *point, int set, double out[TARGETS])
{
    double sum[TARGETS] = {0};
    for (int j = 0; j < t->n; j++) {
        double k = kernel(t, point, set, j);
        for (int c = 0; c < TARGETS; c++) sum[c] += k * t->alpha[j][c];
    }
    finish(t, set, sum, out);
}

/* Without point i: alpha - column i of the inverse times alpha_i / inverse_ii, whose entry i is 0. */
void teacher_without(const teacher *t, int i, const float *point, int set, double out[TARGETS])
{
    size_t n = (size_t)t->n, at = (size_t)i;
    double sum[TARGETS] = {0}, of_column = 0;
    for (size_t j = 0; j < n; j++) {
        double k = kernel(t, point, set, (int)j);
        of_column += k * (j <= at ? t->inverse[at * n + j] : t->inverse[j * n + at]);
        for (int c = 0; c < TARGETS; c++) sum[c] += k * t->alpha[j][c];
    }
    for (int c = 0; c < TARGETS; c++) sum[c] -= of_column * t->alpha[i][c] / t->inverse[at * n + at];
    finish(t, set, sum, out);
}

void teacher_left_out(const teacher *t, int i, double out[TARGETS])
{
    for (int c = 0; c < TARGETS; c++) out[c] = t->left_out[i][c];
}

void teacher_calibrate(teacher *t, int set, const double slope[TARGETS], const double offset[TARGETS])
{
    t->calibrated = set;
    for (int c = 0; c < TARGETS; c++) t->slope[c] = slope[c], t->offset[c] = offset[c];
}

void fit_line(const double *answer, const double *label, int n, double *slope, double *offset)
{
    double mean_a = 0, mean_l = 0, aa = 0, al = 0;
    for (int i = 0; i < n; i++) mean_a += answer[i] / n, mean_l += label[i] / n;
    for (int i = 0; i < n; i++)
        aa += (answer[i] - mean_a) * (answer[i] - mean_a), al += (answer[i] - mean_a) * (label[i] - mean_l);
    *slope = aa > 0 ? al / aa : 1;
    *offset = aa > 0 ? mean_l - *slope * mean_a : 0;
}
