/** Songs that a test makes: level and columns hang together by a law that is not linear. */
#ifndef TESTS_TRAIN_SOME_SONGS_H
#define TESTS_TRAIN_SOME_SONGS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "data/songs.h"

static inline void some_song_row(float *row, random_numbers *r, double a, double v)
{
    for (int c = 0; c < FUNCTIONAL_COUNT; c++)
        row[c] = (float)(1 + 0.5 * a * (c % 3 == 0) + 0.5 * v * (c % 3 == 1) + 0.2 * a * v * (c % 5 == 0) +
                         0.1 * random_normal(r));
}

/** A song with a label at each row that drifts by `drift` around its level; of one row: known by its means. */
static inline void some_song(song_set *set, int i, int rows, double drift, random_numbers *r)
{
    char id[16];
    snprintf(id, sizeof id, "%s%d", rows > 1 ? "s" : "m", i);
    song *s = song_add(set, id);
    double a = 2 * random_uniform(r) - 1, v = 2 * random_uniform(r) - 1;
    s->row = calloc((size_t)rows * ROW_WIDTH, sizeof *s->row), s->rows = rows, s->families = WITH_DESCRIPTORS,
    s->means_only = rows == 1;
    for (int k = 0; k < rows; k++) {
        double here = a + drift * sin(0.2 * k + i), there = v + drift * cos(0.13 * k + i);
        some_song_row(s->row + (size_t)k * ROW_WIDTH, r, here, there);
        if (rows > 1) song_label(s, 0, 1 + k * 0.5, 0.6 * there, 0.6 * here);
    }
    if (rows == 1) song_label(s, 0, NAN, 0.6 * v, 0.6 * a);
}

#endif
