#include "train/forest.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/random.h"
#include "base/workers.h"

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

/** What the threads share. */
typedef struct work {
    const float *row, *target;
    int rows, columns;
    const forest_options *options;
    double *importance; /* trees x columns */
    atomic_bool failed;
} work;

static void grow_tree(void *context, int t)
{
    work *w = context;
    const forest_options *o = w->options;
    grove g = {.row = w->row, .target = w->target, .columns = w->columns, .leaf = o->leaf};
    g.tries = w->columns / 3 > 0 ? w->columns / 3 : 1;
    g.sample = malloc((size_t)w->rows * sizeof *g.sample);
    g.column = malloc((size_t)w->columns * sizeof *g.column);
    g.sorted = malloc((size_t)w->rows * sizeof *g.sorted);
    if (g.sample && g.column && g.sorted) {
        g.importance = w->importance + (size_t)t * (size_t)w->columns;
        g.random = random_stream(o->seed, RANDOM_FOREST, (uint64_t)t);
        for (int c = 0; c < w->columns; c++) g.column[c] = c;
        for (int i = 0; i < w->rows; i++) g.sample[i] = random_below(&g.random, w->rows);
        grow_node(&g, g.sample, w->rows);
    } else
        atomic_store(&w->failed, true);
    free(g.sample), free(g.column), free(g.sorted);
}

et_status forest_importance(const float *row, const float *target, int rows, int columns, const forest_options *options,
                            double *importance, et_error *error)
{
    if (rows < 2 || columns < 1 || options->trees < 1 || options->leaf < 1)
        return error_set(error, ET_ERROR_ARGUMENT, "a forest of %d trees on %d rows of %d columns cannot be", options->trees,
                         rows, columns);
    work w = {.row = row, .target = target, .rows = rows, .columns = columns, .options = options};
    w.importance = calloc((size_t)options->trees * (size_t)columns, sizeof *w.importance);
    if (!w.importance) return error_set(error, ET_ERROR_MEMORY, "no memory for a forest on %d rows", rows);
    workers *threads = NULL;
    et_status status = workers_create(&threads, options->threads > 0 ? options->threads : 1, error);
    if (status) {
        free(w.importance);
        return status;
    }
    workers_run(threads, grow_tree, &w, options->trees);
    workers_destroy(threads);
    double all = 0;
    for (int c = 0; c < columns; c++) {
        importance[c] = 0;
        for (int t = 0; t < options->trees; t++) importance[c] += w.importance[(size_t)t * (size_t)columns + (size_t)c];
        all += importance[c];
    }
    for (int c = 0; c < columns && all > 0; c++) importance[c] /= all;
    free(w.importance);
    return atomic_load(&w.failed) ? error_set(error, ET_ERROR_MEMORY, "no memory for a forest on %d rows", rows) : ET_OK;
}
