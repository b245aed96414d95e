#include "train/forest.h"

#include <stdlib.h>

#include "base/error.h"
#include "train/random.h"

typedef struct pair {
    float x, y;
} pair;

typedef struct grove {
    const float *row, *target;
    int columns, leaf, tries;
    int *sample; /* rows of this tree, nodes are stretches of it */
    int *column; /* a permutation to draw columns from           */
    pair *sorted;
    double *importance;
    random_numbers random;
} grove;

typedef struct split {
    int column;
    float at;
    double gain;
} split;

static int by_x(const void *a, const void *b)
{
    const pair *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return (p->y > q->y) - (p->y < q->y);
}

/** Best place to cut the node by one column: largest sum_left^2 / n_left + sum_right^2 / n_right. */
static void try_column(grove *g, const int *sample, int n, int column, double sum, split *best)
{
    for (int i = 0; i < n; i++)
        g->sorted[i] = (pair){g->row[(size_t)sample[i] * (size_t)g->columns + (size_t)column], g->target[sample[i]]};
    qsort(g->sorted, (size_t)n, sizeof *g->sorted, by_x);
    double left = 0;
    for (int i = 0; i + 1 < n; i++) {
        left += g->sorted[i].y;
        if (i + 1 < g->leaf || n - i - 1 < g->leaf || g->sorted[i].x == g->sorted[i + 1].x) continue;
        double gain = left * left / (i + 1) + (sum - left) * (sum - left) / (n - i - 1) - sum * sum / n;
        if (gain > best->gain) *best = (split){column, g->sorted[i].x, gain};
    }
}

static int partition(const grove *g, int *sample, int n, const split *s)
{
    int left = 0;
    for (int i = 0; i < n; i++) {
        int held = sample[i];
        if (g->row[(size_t)held * (size_t)g->columns + (size_t)s->column] > s->at) continue;
        sample[i] = sample[left];
        sample[left++] = held;
    }
    return left;
}

/** Splits the node and, one after another, the parts; depth is bounded by halving into the smaller part first. */
static void grow_node(grove *g, int *sample, int n)
{
    while (n >= 2 * g->leaf) {
        double sum = 0;
        for (int i = 0; i < n; i++) sum += g->target[sample[i]];
        split best = {.column = -1, .gain = 1e-12};
        for (int i = 0; i < g->tries; i++) {
            int j = i + random_below(&g->random, g->columns - i), held = g->column[i];
            g->column[i] = g->column[j], g->column[j] = held;
            try_column(g, sample, n, g->column[i], sum, &best);
        }
        if (best.column < 0) return;
        g->importance[best.column] += best.gain;
        int left = partition(g, sample, n, &best), right = n - left;
        if (left <= right) {
            grow_node(g, sample, left);
            sample += left, n = right;
        } else {
            grow_node(g, sample + left, right);
            n = left;
        }
    }
}

et_status forest_importance(const float *row, const float *target, int rows, int columns, const forest_options *options,
                            double *importance, et_error *error)
{
    if (rows < 2 || columns < 1 || options->trees < 1 || options->leaf < 1)
        return error_set(error, ET_ERROR_ARGUMENT, "a forest of %d trees on %d rows of %d columns cannot be", options->trees,
                         rows, columns);
    grove g = {.row = row, .target = target, .columns = columns, .leaf = options->leaf, .importance = importance};
    g.tries = columns / 3 > 0 ? columns / 3 : 1;
    g.sample = malloc((size_t)rows * sizeof *g.sample);
    g.column = malloc((size_t)columns * sizeof *g.column);
    g.sorted = malloc((size_t)rows * sizeof *g.sorted);
    if (!g.sample || !g.column || !g.sorted) {
        free(g.sample), free(g.column), free(g.sorted);
        return error_set(error, ET_ERROR_MEMORY, "no memory for a forest on %d rows", rows);
    }
    for (int c = 0; c < columns; c++) g.column[c] = c, importance[c] = 0;
    for (int t = 0; t < options->trees; t++) {
        g.random = random_stream(options->seed, RANDOM_FOREST, (uint64_t)t);
        for (int i = 0; i < rows; i++) g.sample[i] = random_below(&g.random, rows);
        grow_node(&g, g.sample, rows);
    }
    double all = 0;
    for (int c = 0; c < columns; c++) all += importance[c];
    for (int c = 0; c < columns && all > 0; c++) importance[c] /= all;
    free(g.sample), free(g.column), free(g.sorted);
    return ET_OK;
}
