#include "features/contours.h"

#include <string.h>

#include "base/clones.h"

static const float FIRST_DIVISOR = 10.0f; /* 2 (1 + 4), what five full frames divide by */

void contours_init(contours *c, voicing_delta voicing)
{
    memset(c, 0, sizeof *c);
    c->voicing_delta = voicing;
    contours_reset(c);
}

void contours_reset(contours *c)
{
    c->running_divisor = FIRST_DIVISOR;
    c->frames = 0;
    c->end = -1;
}

/* Drops the oldest of `count` rows and appends one; the first row of a stream stands for all before it. */
static void append(float (*rows)[DESCRIPTOR_COUNT], int count, const float row[DESCRIPTOR_COUNT], bool first)
{
    memmove(rows[0], rows[1], (size_t)(count - 1) * sizeof rows[0]);
    memcpy(rows[count - 1], row, sizeof rows[0]);
    for (int i = 0; first && i < count - 1; i++) memcpy(rows[i], row, sizeof rows[0]);
}

/* Mean of the values that are not 0; 0 where the middle one is. */
static float mean_of_voiced(float before, float here, float after)
{
    if (here == 0.0f) return 0.0f;
    float count = 1.0f + (before != 0.0f) + (after != 0.0f);
    return (before + here + after) / count;
}

CPU_CLONES static void smooth(const contours *c, float out[DESCRIPTOR_COUNT])
{
    const float *before = c->raw[0], *here = c->raw[1], *after = c->raw[2];
    for (int d = 0; d < VOICING_COUNT; d++) out[d] = mean_of_voiced(before[d], here[d], after[d]);
    for (int d = VOICING_COUNT; d < DESCRIPTOR_COUNT; d++) out[d] = (before[d] + here[d] + after[d]) / 3.0f;
}

/* Slope over the frames that have a voice on both sides. The reference adds to one divisor that is never set back, so its
 * slopes fade as the stream goes on; the sane one divides by what was added this time. */
static float voicing_slope(contours *c, int d)
{
    float rise = 0.0f, weight = 0.0f;
    for (int i = 1; i <= 2; i++) {
        float before = c->smooth[2 - i][d], after = c->smooth[2 + i][d];
        if (before == 0.0f || after == 0.0f) continue;
        rise += (float)i * (after - before);
        weight += (float)(i * i);
        c->running_divisor += (float)(i * i);
    }
    if (c->voicing_delta == VOICING_DELTA_REFERENCE) return rise / c->running_divisor;
    return weight > 0.0f ? rise / (2.0f * weight) : 0.0f;
}

CPU_CLONES static void slopes(contours *c, float out[DESCRIPTOR_COUNT])
{
    for (int d = 0; d < VOICING_COUNT; d++) out[d] = voicing_slope(c, d);
    for (int d = VOICING_COUNT; d < DESCRIPTOR_COUNT; d++)
        out[d] = ((c->smooth[3][d] - c->smooth[1][d]) + 2.0f * (c->smooth[4][d] - c->smooth[0][d])) / 10.0f;
}

/* The row whose smoothed values stand in the middle of five. */
static void middle_row(contours *c, int64_t index, descriptor_row *row)
{
    row->index = index;
    memcpy(row->value, c->smooth[2], sizeof c->smooth[2]);
    slopes(c, row->value + DESCRIPTOR_COUNT);
}

bool contours_push(contours *c, const float raw[DESCRIPTOR_COUNT], descriptor_row *row)
{
    int64_t n = c->frames++;
    append(c->raw, 3, raw, n == 0);
    if (n == 0) return false;
    float smoothed[DESCRIPTOR_COUNT];
    smooth(c, smoothed);
    append(c->smooth, 5, smoothed, n == 1);
    if (n < CONTOURS_DELAY) return false;
    middle_row(c, n - CONTOURS_DELAY, row);
    return true;
}

/* Repeats the last raw frame for two smoothed ones (its own and one more), then the last smoothed one. */
static bool push_repeat(contours *c, descriptor_row *row)
{
    float last[DESCRIPTOR_COUNT];
    if (c->frames < c->end + 2) {
        memcpy(last, c->raw[2], sizeof last);
        return contours_push(c, last, row);
    }
    memcpy(last, c->smooth[4], sizeof last);
    append(c->smooth, 5, last, false);
    int64_t index = c->frames++ - CONTOURS_DELAY;
    if (index < 0) return false;
    middle_row(c, index, row);
    return true;
}

bool contours_flush(contours *c, descriptor_row *row)
{
    if (c->end < 0) c->end = c->frames;
    if (c->end == 0) return false;
    while (c->frames < c->end + 1 + CONTOURS_DELAY)
        if (push_repeat(c, row)) return true;
    return false;
}
