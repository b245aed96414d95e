/** Matrix product C (+)= A B in tiles that stay in registers. Every number of C is one chain of fused products in the order
 *  of k, whatever the sizes of tiles and batches: how work is cut never changes a bit. Nothing is allocated and no lock is
 *  taken, which is why it also serves the real-time path. */
#ifndef EMOTRACK_BASE_PRODUCT_H
#define EMOTRACK_BASE_PRODUCT_H

#include <stdbool.h>

#include "base/vector.h"

typedef struct product {
    int rows, columns, depth;
    const float *a; /* element (r, k) at a[r * a_row + k * a_depth] */
    ptrdiff_t a_row, a_depth;
    const float *b; /* element (k, j) at b[j / panel * b_panel + k * b_depth + j % panel], panel = TILE_COLUMNS */
    ptrdiff_t b_depth, b_panel;
    float *c;
    ptrdiff_t c_row;
    const float *start; /* columns numbers that each row of C begins with; NULL: C itself */
    bool fresh;         /* begins with zero */
} product;

INLINE void tile(const product *p, int rows, int vectors, int r, int j)
{
    vec sum_of[TILE_ROWS][TILE_VECTORS];
    const float *a = p->a + r * p->a_row, *b = p->b + j / TILE_COLUMNS * p->b_panel + j % TILE_COLUMNS;
    float *c = p->c + r * p->c_row + j;
#pragma GCC unroll 6
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            sum_of[i][v] = load_unless(p->fresh, (p->start ? p->start + j : c + i * p->c_row) + v * VECTOR_FLOATS);
    for (int k = 0; k < p->depth; k++, a += p->a_depth, b += p->b_depth) {
        vec row[TILE_VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) row[v] = load(b + v * VECTOR_FLOATS);
#pragma GCC unroll 6
        for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) sum_of[i][v] = a[i * p->a_row] * row[v] + sum_of[i][v];
    }
    int left = p->columns - j;
#pragma GCC unroll 6
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            store_some(c + i * p->c_row + v * VECTOR_FLOATS, sum_of[i][v], left - v * VECTOR_FLOATS);
}

#define TILE_OF_ROWS(VECTORS)                 \
    switch (rows) {                           \
    case 6: tile(p, 6, VECTORS, r, j); break; \
    case 5: tile(p, 5, VECTORS, r, j); break; \
    case 4: tile(p, 4, VECTORS, r, j); break; \
    case 3: tile(p, 3, VECTORS, r, j); break; \
    case 2: tile(p, 2, VECTORS, r, j); break; \
    default: tile(p, 1, VECTORS, r, j);       \
    }

static void tile_of(const product *p, int rows, int vectors, int r, int j)
{
    switch (vectors) {
#if defined(__AVX512F__)
    case 4: TILE_OF_ROWS(4); break;
    case 3: TILE_OF_ROWS(3); break;
#endif
    case 2: TILE_OF_ROWS(2); break;
    default: TILE_OF_ROWS(1);
    }
}

static void multiply(const product *p)
{
    for (int j = 0; j < p->columns; j += TILE_COLUMNS) {
        int left = p->columns - j,
            vectors = left >= TILE_COLUMNS ? TILE_VECTORS : (left + VECTOR_FLOATS - 1) / VECTOR_FLOATS;
        for (int r = 0; r < p->rows; r += TILE_ROWS)
            tile_of(p, p->rows - r < TILE_ROWS ? p->rows - r : TILE_ROWS, vectors, r, j);
    }
}

/** Numbers that a packed B of this size takes. */
INLINE size_t panels_size(int columns, int depth)
{
    return (size_t)((columns + TILE_COLUMNS - 1) / TILE_COLUMNS) * TILE_COLUMNS * (size_t)depth;
}

/** Packs B(k, j) = w[k * w_depth + j * w_column] into panels. */
static void pack_panels(const float *w, ptrdiff_t w_depth, ptrdiff_t w_column, int columns, int depth, float *packed)
{
    for (int j = 0; j < columns; j += TILE_COLUMNS)
        for (int k = 0; k < depth; k++)
            for (int i = 0; i < TILE_COLUMNS; i++) *packed++ = j + i < columns ? w[k * w_depth + (j + i) * w_column] : 0;
}

#endif
