#include "recipe/teacher.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/error.h"
#include "recipe/training_set.h"

const teacher_options teacher_defaults = {
    .width = 0.2, .linear = 0.3, .own_offset = 3, .own_shape = 1, .ridge = 0.5, .part_ridge = 2};

enum { BLOCK = 256 }; /* points that are held against all at a time */

struct teacher {
    teacher_options options;
    int n, columns;
    bool several;          /* data sets */
    float *point, *square; /* n x columns; |x|^2 */
    int *set;
    double (*alpha)[TARGETS];
    double mean[SONG_SETS_MOST + 1][TARGETS]; /* of each set; the last: of all */
};

void teacher_destroy(teacher *t)
{
    if (!t) return;
    free(t->point);
    free(t->square);
    free(t->set);
    free(t->alpha);
    free(t);
}

static float square_of(const float *x, int columns)
{
    double sum = 0;
    for (int c = 0; c < columns; c++) sum += (double)x[c] * x[c];
    return (float)sum;
}

/** Products of one point with all others become kernels. */
CPU_CLONES static void kernels_of(const teacher *t, float square, int set, float *product, int n)
{
    const teacher_options *o = &t->options;
    float width = (float)(o->width / t->columns), linear = (float)(o->linear / t->columns);
    float shape = (float)(1 + o->own_shape), offset = (float)o->own_offset;
    for (int j = 0; j < n; j++) {
        float distance = fmaxf(square + t->square[j] - 2 * product[j], 0);
        float k = expf(-width * distance) + linear * product[j];
        product[j] = t->several && t->set[j] == set ? shape * k + offset : k;
    }
}

/** k of `count` points with the first n taught ones. @param out  count x n */
static void kernel_block(const teacher *t, const float *point, int count, const int *set, int one_set, int n, float *out)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, count, n, t->columns, 1, point, t->columns, t->point, t->columns, 0,
                out, n);
    for (int i = 0; i < count; i++)
        kernels_of(t, square_of(point + (size_t)i * (size_t)t->columns, t->columns), set ? set[i] : one_set,
                   out + (size_t)i * (size_t)n, n);
}

/** The lower triangle of K + diag(ridge), by rows. */
static et_status fill(const teacher *t, const double *ridge, double *k, et_error *error)
{
    size_t n = (size_t)t->n, columns = (size_t)t->columns;
    float *block = malloc(BLOCK * n * sizeof *block);
    if (!block) return error_set(error, ET_ERROR_MEMORY, "no memory for the teacher's kernel");
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t count = n - first < BLOCK ? n - first : BLOCK, wide = first + count;
        kernel_block(t, t->point + first * columns, (int)count, t->set + first, 0, (int)wide, block);
        for (size_t i = 0; i < count; i++) {
            for (size_t j = 0; j <= first + i; j++) k[(first + i) * n + j] = (double)block[i * wide + j];
            k[(first + i) * n + first + i] += ridge[first + i];
        }
    }
    free(block);
    return ET_OK;
}

static et_status solve(teacher *t, const double (*target)[TARGETS], const double *ridge, et_error *error)
{
    size_t n = (size_t)t->n;
    double *k = malloc(n * n * sizeof *k), *side = malloc(n * TARGETS * sizeof *side);
    et_status status = k && side ? fill(t, ridge, k, error)
                                 : error_set(error, ET_ERROR_MEMORY, "no memory for a teacher of %d points (%zu MB)", t->n,
                                             (n * n * sizeof *k) >> 20);
    for (size_t i = 0; i < n && !status; i++)
        for (size_t c = 0; c < TARGETS; c++) side[c * n + i] = target[i][c] - t->mean[t->set[i]][c];
    /* The lower triangle by rows is the upper one by columns: no transposed copy. */
    if (!status && LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', t->n, k, t->n) != 0)
        status = error_set(error, ET_ERROR_FORMAT,
                           "the teacher's kernel over %d points is not positive definite: raise its ridge", t->n);
    if (!status) LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'U', t->n, TARGETS, k, t->n, side, t->n);
    for (size_t i = 0; i < n && !status; i++)
        for (size_t c = 0; c < TARGETS; c++) t->alpha[i][c] = side[c * n + i];
    free(k), free(side);
    return status;
}

static void find_means(teacher *t, const double (*target)[TARGETS])
{
    int count[SONG_SETS_MOST + 1] = {0};
    for (int i = 0; i < t->n; i++) {
        int both[2] = {t->set[i], SONG_SETS_MOST};
        for (int b = 0; b < 2; b++, count[both[b - 1]]++)
            for (int c = 0; c < TARGETS; c++) t->mean[both[b]][c] += target[i][c];
        t->several |= t->set[i] != t->set[0];
    }
    for (int s = 0; s <= SONG_SETS_MOST; s++)
        for (int c = 0; c < TARGETS; c++) t->mean[s][c] = count[s] ? t->mean[s][c] / count[s] : 0;
    for (int s = 0; s < SONG_SETS_MOST; s++)
        if (count[s] == 0) memcpy(t->mean[s], t->mean[SONG_SETS_MOST], sizeof t->mean[s]);
}

et_status teacher_fit(teacher **out, const float *point, const int *set, const double (*target)[TARGETS],
                      const double *ridge, int n, int columns, const teacher_options *options, et_error *error)
{
    if (n < 2) return error_set(error, ET_ERROR_ARGUMENT, "the teacher needs at least 2 songs, not %d", n);
    size_t count = (size_t)n, size = count * (size_t)columns;
    teacher *t = calloc(1, sizeof *t);
    if (t) {
        *t = (teacher){.options = *options, .n = n, .columns = columns};
        t->point = malloc(size * sizeof *t->point), t->square = malloc(count * sizeof *t->square);
        t->set = malloc(count * sizeof *t->set), t->alpha = malloc(count * sizeof *t->alpha);
    }
    if (!t || !t->point || !t->square || !t->set || !t->alpha) {
        teacher_destroy(t);
        return error_set(error, ET_ERROR_MEMORY, "no memory for a teacher of %d points", n);
    }
    memcpy(t->point, point, size * sizeof *point);
    memcpy(t->set, set, count * sizeof *set);
    for (size_t i = 0; i < count; i++) t->square[i] = square_of(point + i * (size_t)columns, columns);
    find_means(t, target);
    et_status status = solve(t, target, ridge, error);
    if (status)
        teacher_destroy(t);
    else
        *out = t;
    return status;
}

et_status teacher_answer(const teacher *t, const float *point, int count, int set, double (*out)[TARGETS], et_error *error)
{
    size_t n = (size_t)t->n, rows = count < BLOCK ? (size_t)count : BLOCK;
    float *block = malloc((rows * n + 1) * sizeof *block);
    if (!block) return error_set(error, ET_ERROR_MEMORY, "no memory for the teacher's answers");
    const double *mean = t->mean[set >= 0 && set < SONG_SETS_MOST ? set : SONG_SETS_MOST];
    for (int first = 0; first < count; first += BLOCK) {
        int some = count - first < BLOCK ? count - first : BLOCK;
        kernel_block(t, point + (size_t)first * (size_t)t->columns, some, NULL, set, t->n, block);
        for (int i = 0; i < some; i++) {
            double sum[TARGETS] = {mean[0], mean[1]};
            const float *k = block + (size_t)i * n;
            for (size_t j = 0; j < n; j++)
                for (int c = 0; c < TARGETS; c++) sum[c] += (double)k[j] * t->alpha[j][c];
            memcpy(out[first + i], sum, sizeof sum);
        }
    }
    free(block);
    return ET_OK;
}

et_status teacher_follow(const teacher *t, const network *net, int set, const song *s, double (**answer)[TARGETS],
                         et_error *error)
{
    const network_config *config = network_configuration(net);
    size_t columns = (size_t)config->columns, rows = (size_t)s->rows;
    double(*out)[TARGETS] = calloc(rows + 1, sizeof *out);
    float row[LEVEL_MOST], *point = malloc((rows * columns + 1) * sizeof *point);
    et_status status = out && point ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for the answers of %s", s->id);
    for (int k = 0; k < s->rows && !status; k++) {
        song_level(s, k + 1, config->columns_in, row);
        network_scaled(net, row, point + (size_t)k * columns);
    }
    if (!status) status = teacher_answer(t, point, s->rows, set, out, error);
    free(point);
    if (status)
        free(out);
    else
        *answer = out;
    return status;
}
