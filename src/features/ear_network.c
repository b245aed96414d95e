#include "features/ear_network.h"

#include <stdlib.h>
#include <string.h>

/* Every layer's rows of the last frames are kept for what the next one will ask for. With P frames before a batch and F
 * after it, a layer's final frames end so much before F, and the batch computes them from so much before P on. */
enum {
    TIMBRE_LAG = 3,
    RHYTHM_LAG = EAR_FRONT_LAG,
    LAG_1 = RHYTHM_LAG + 3,
    LAG_2 = LAG_1 + 3,
    LAG_3 = LAG_2 + 3,
    RHYTHM_BEFORE = 63,
    TIMBRE_TAPS = 7,
    SLACK = 64 /* numbers behind the last row that kernels may read and forget */
};
_Static_assert((int)LAG_3 == (int)EAR_MIDDLE_LAG, "three middle layers");

/* Rows of the frames from `behind` before the batch to `ahead` after it. */
typedef struct history {
    int columns, behind, ahead;
    float *row;
} history;

struct ear_network {
    const ear_weights *weights;
    int most;
    int64_t before, frames; /* known before the last batch, and after it */
    history x, front, middle[EAR_MIDDLE_LAYERS];
    float *spectra; /* of the rows that the timbre filters hear in a batch */
};

static float *row_of(const ear_network *n, const history *h, int64_t frame)
{
    return h->row + (frame - n->before + h->behind) * h->columns;
}

static size_t rows_of(const ear_network *n, const history *h)
{
    return (size_t)(h->behind + n->most + h->ahead);
}

static bool make_history(const ear_network *n, history *h, int columns, int behind, int ahead)
{
    *h = (history){.columns = columns, .behind = behind, .ahead = ahead};
    h->row = calloc(rows_of(n, h) * (size_t)columns + SLACK, sizeof *h->row);
    return h->row != NULL;
}

ear_network *ear_network_create(const ear_weights *weights, int most)
{
    ear_network *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    *n = (ear_network){.weights = weights, .most = most};
    /* A layer asks for 3 frames before its own, and callers for everything from frame before - 73 on. */
    bool good = make_history(n, &n->x, EAR_BANDS, RHYTHM_LAG + RHYTHM_BEFORE, RHYTHM_LAG);
    good = make_history(n, &n->front, weights->front_columns, EAR_MIDDLE_LAG, 3) && good;
    good = make_history(n, &n->middle[0], weights->middle[1].columns, EAR_MIDDLE_LAG, 3) && good;
    good = make_history(n, &n->middle[1], EAR_MIDDLE, LAG_3 + 3, 3) && good;
    good = make_history(n, &n->middle[2], EAR_MIDDLE, LAG_3, 0) && good;
    n->spectra = calloc((size_t)(most + TIMBRE_LAG + TIMBRE_TAPS) * EAR_SPECTRUM + SLACK, sizeof *n->spectra);
    if (good && n->spectra) return n;
    ear_network_destroy(n);
    return NULL;
}

void ear_network_destroy(ear_network *n)
{
    if (!n) return;
    free(n->x.row);
    free(n->front.row);
    free(n->spectra);
    for (int i = 0; i < EAR_MIDDLE_LAYERS; i++) free(n->middle[i].row);
    free(n);
}

static void clear(const ear_network *n, history *h)
{
    memset(h->row, 0, rows_of(n, h) * (size_t)h->columns * sizeof *h->row);
}

void ear_network_reset(ear_network *n)
{
    n->before = n->frames = 0;
    clear(n, &n->x);
    clear(n, &n->front);
    for (int i = 0; i < EAR_MIDDLE_LAYERS; i++) clear(n, &n->middle[i]);
}

/* The rows that the next batch asks for move to the front. */
static void move_on(const ear_network *n, history *h)
{
    size_t gone = (size_t)(n->frames - n->before) * (size_t)h->columns;
    memmove(h->row, h->row + gone, (size_t)h->behind * (size_t)h->columns * sizeof *h->row);
}

static void end_here(const ear_network *n, history *h)
{
    memset(row_of(n, h, n->frames), 0, (size_t)h->ahead * (size_t)h->columns * sizeof *h->row);
}

static void take(ear_network *n, const float *x, int frames)
{
    move_on(n, &n->x);
    move_on(n, &n->front);
    for (int i = 0; i < EAR_MIDDLE_LAYERS; i++) move_on(n, &n->middle[i]);
    n->before = n->frames;
    n->frames += frames;
    float *row = row_of(n, &n->x, n->before);
    for (int i = 0; i < frames * EAR_BANDS; i++) row[i] = x[i] * n->weights->input_scale + n->weights->input_offset;
}

typedef struct span {
    int64_t first;
    int count;
} span;

/* Frames that a layer of this lag computes now. */
static span frames_of(const ear_network *n, int lag, bool ending)
{
    int64_t first = n->before > lag ? n->before - lag : 0, end = ending ? n->frames : n->frames - lag;
    return (span){first, end > first ? (int)(end - first) : 0};
}

static void hear_timbre(ear_network *n, bool ending)
{
    const ear_weights *w = n->weights;
    span s = frames_of(n, TIMBRE_LAG, ending);
    if (s.count == 0) return;
    w->kernels->spectra(w->spectrum, row_of(n, &n->x, s.first - TIMBRE_TAPS / 2), s.count + TIMBRE_TAPS - 1, n->spectra);
    for (int i = 0; i < EAR_TIMBRE_LAYERS; i++)
        w->kernels->timbre(&w->front[i], w->turn, n->spectra, s.count, row_of(n, &n->front, s.first) + w->front[i].column,
                           w->front_columns);
}

/* Shorter filters know their future sooner. */
static void hear_rhythm(ear_network *n, bool ending)
{
    const ear_weights *w = n->weights;
    for (int i = EAR_TIMBRE_LAYERS; i < EAR_FRONT_LAYERS; i++) {
        const ear_front *l = &w->front[i];
        span s = frames_of(n, l->taps - 1 - l->before, ending);
        if (s.count == 0) continue;
        int64_t first_tap = s.first - l->before;
        w->kernels->rhythm(l, row_of(n, &n->x, first_tap), s.count, (int)(n->frames - first_tap),
                           row_of(n, &n->front, s.first) + l->column, w->front_columns);
    }
    span s = frames_of(n, EAR_FRONT_LAG, ending);
    for (int i = 0; i < s.count; i++) row_of(n, &n->front, s.first + i)[w->front_columns - 1] = 1;
}

static void expand_middle_1(const ear_network *n, int64_t frame, float out[EAR_MIDDLE])
{
    const ear_weights *w = n->weights;
    const float *row = row_of(n, &n->middle[0], frame);
    memcpy(out, w->middle_1_still, EAR_MIDDLE * sizeof *out);
    for (int c = 0; c < w->middle[0].live; c++) out[w->middle_1_filter[c]] = row[c];
}

static void hear_middle(ear_network *n, int index, bool ending)
{
    static const int lags[] = {LAG_1, LAG_2, LAG_3};
    const ear_middle *l = &n->weights->middle[index];
    const history *in = index == 0 ? &n->front : &n->middle[index - 1], *out = &n->middle[index];
    span s = frames_of(n, lags[index], ending);
    if (s.count == 0) return;
    n->weights->kernels->middle(l, row_of(n, in, s.first - EAR_MIDDLE_TAPS / 2), s.count, row_of(n, out, s.first),
                                out->columns);
    for (int i = 0; i < s.count; i++) {
        float *row = row_of(n, out, s.first + i), given[EAR_MIDDLE];
        if (index == 0) row[l->live] = 1;
        if (index == 1) expand_middle_1(n, s.first + i, given);
        if (index == 2) memcpy(given, row_of(n, in, s.first + i), sizeof given);
        for (int c = 0; index > 0 && c < EAR_MIDDLE; c++) row[c] += given[c];
    }
}

void ear_network_push(ear_network *n, const float *x, int frames, bool ending)
{
    take(n, x, frames);
    if (ending) {
        end_here(n, &n->x);
        end_here(n, &n->front);
        for (int i = 0; i < EAR_MIDDLE_LAYERS; i++) end_here(n, &n->middle[i]);
    }
    hear_timbre(n, ending);
    hear_rhythm(n, ending);
    for (int i = 0; i < EAR_MIDDLE_LAYERS; i++) hear_middle(n, i, ending);
}

int64_t ear_network_frames(const ear_network *n)
{
    return n->frames;
}

int64_t ear_network_first(const ear_network *n)
{
    return n->before > EAR_MIDDLE_LAG ? n->before - EAR_MIDDLE_LAG : 0;
}

void ear_network_middle(const ear_network *n, int64_t frame, float out[EAR_HEARD])
{
    expand_middle_1(n, frame, out);
    memcpy(out + EAR_MIDDLE, row_of(n, &n->middle[1], frame), EAR_MIDDLE * sizeof *out);
    memcpy(out + 2 * EAR_MIDDLE, row_of(n, &n->middle[2], frame), EAR_MIDDLE * sizeof *out);
}

void ear_network_front(const ear_network *n, int64_t frame, float out[EAR_FRONT])
{
    const ear_weights *w = n->weights;
    const float *row = row_of(n, &n->front, frame);
    memcpy(out, w->front_still, EAR_FRONT * sizeof *out);
    for (int i = 0; i < EAR_FRONT_LAYERS; i++)
        for (int c = 0; c < w->front[i].live; c++)
            out[w->front[i].first + w->front[i].filter[c]] = row[w->front[i].column + c];
}
