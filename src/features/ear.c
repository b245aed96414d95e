#include "features/ear.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "features/denormals.h"
#include "features/ear_network.h"
#include "features/ear_resampler.h"

enum { SECOND_FRAMES = 63, BATCH_MOST = 32 /* frames of 50 hops, at most */ };

_Static_assert((int)EAR_COLUMNS == (int)EAR_HEARD, "a row is what the network hears");
_Static_assert((int)EAR_LOOK_AHEAD_FRAMES == (int)EAR_MIDDLE_LAG, "a frame is final when the network says so");
_Static_assert((int)EAR_HOP == (int)EAR_RESAMPLER_IN, "a hop is what the resampler takes");

static const float sample_most = 1000;
static const double frame_s = 0.016;

struct ear {
    ear_resampler *resampler;
    ear_mel *mel;
    ear_network *network;
    int64_t hops;
    int early;                                  /* resampled samples still to come that lie before the stream     */
    int filled;                                 /* of `sound`                                                     */
    float sound[EAR_FRAME + EAR_RESAMPLER_OUT]; /* at 16 kHz, from the beginning of the frame that is next        */
    ear_level level;
    float gain;  /* as of the newest frame */
    int filling; /* frames of the next batch */
    float x[BATCH_MOST][EAR_BANDS];
    int ahead, waiting;                       /* batches */
    int64_t frames;                           /* made, of batches that wait as well */
    int64_t *end;                             /* frames made with each batch that waits */
    float (*kept)[EAR_BANDS];                 /* frame f at f % kept_frames */
    int64_t kept_frames, heard;               /* frames that the network has taken */
    int64_t finals;                           /* final frames heard */
    float second[SECOND_FRAMES][EAR_COLUMNS]; /* frame f at f % 63  */
    int tail;                                 /* frames of the tail */
    float row[EAR_ROW];
};

et_status ear_create(ear **out, const ear_weights *weights, int ahead, et_error *error)
{
    ear *e = calloc(1, sizeof *e);
    if (e) {
        e->ahead = ahead;
        e->kept_frames = EAR_WINDOW + ahead * BATCH_MOST;
        e->end = calloc((size_t)ahead + 1, sizeof *e->end);
        e->kept = ahead ? calloc((size_t)e->kept_frames, sizeof *e->kept) : NULL;
        e->resampler = ear_resampler_create();
        e->mel = ear_mel_create();
        e->network = ear_network_create(weights, BATCH_MOST);
    }
    if (!e || !e->resampler || !e->mel || !e->network || !e->end || (ahead && !e->kept)) {
        ear_destroy(e);
        return error_set(error, ET_ERROR_MEMORY, "ear: no memory");
    }
    ear_reset(e);
    *out = e;
    return ET_OK;
}

void ear_destroy(ear *e)
{
    if (!e) return;
    ear_resampler_destroy(e->resampler);
    ear_mel_destroy(e->mel);
    ear_network_destroy(e->network);
    free(e->end);
    free(e->kept);
    free(e);
}

void ear_reset(ear *e)
{
    ear_resampler_reset(e->resampler);
    ear_network_reset(e->network);
    e->hops = e->finals = e->frames = e->heard = 0;
    e->early = EAR_RESAMPLER_DELAY;
    e->filled = EAR_FRAME_HOP; /* frame 0 has its middle at the first sample */
    memset(e->sound, 0, sizeof e->sound);
    e->level = (ear_level){0};
    e->filling = e->waiting = e->tail = 0;
    memset(e->row, 0, sizeof e->row);
}

/* All frames that are complete become rows of the next batch: of power, until its gain is known. */
static void hear_frames(ear *e)
{
    while (e->filled >= EAR_FRAME) {
        e->gain = ear_level_gain(&e->level, e->sound + EAR_FRAME_HOP);
        ear_mel_power(e->mel, e->sound, e->x[e->filling++]);
        e->filled -= EAR_FRAME_HOP;
        memmove(e->sound, e->sound + EAR_FRAME_HOP, (size_t)e->filled * sizeof *e->sound);
    }
}

static void hear_samples(ear *e, const float hop[EAR_HOP])
{
    float clean[EAR_HOP], made[EAR_RESAMPLER_OUT];
    for (int i = 0; i < EAR_HOP; i++) {
        float cut = hop[i] > sample_most ? sample_most : hop[i] < -sample_most ? -sample_most : hop[i];
        clean[i] = fabsf(hop[i]) <= FLT_MAX ? cut : 0;
    }
    ear_resampler_hop(e->resampler, clean, made);
    int count = EAR_RESAMPLER_OUT - e->early;
    memcpy(e->sound + e->filled, made + e->early, (size_t)count * sizeof *made);
    e->filled += count;
    e->early = 0;
}

static void mean_of_second(const ear *e, float out[EAR_COLUMNS])
{
    int64_t count = e->finals < SECOND_FRAMES ? e->finals : SECOND_FRAMES;
    double sum[EAR_COLUMNS] = {0};
    for (int64_t f = e->finals - count; f < e->finals; f++)
        for (int c = 0; c < EAR_COLUMNS; c++) sum[c] += (double)e->second[f % SECOND_FRAMES][c];
    for (int c = 0; c < EAR_COLUMNS; c++) out[c] = (float)(sum[c] / (double)count);
}

static void mean_of_tail(const ear *e, float out[EAR_COLUMNS])
{
    double sum[EAR_COLUMNS] = {0};
    for (int i = 0; i < e->tail; i++) {
        float heard[EAR_COLUMNS];
        ear_network_middle(e->network, ear_network_frames(e->network) - e->tail + i, heard);
        for (int c = 0; c < EAR_COLUMNS; c++) sum[c] += (double)heard[c];
    }
    for (int c = 0; c < EAR_COLUMNS; c++) out[c] = (float)(sum[c] / e->tail);
}

/* The network takes the next frames. */
static void take(ear *e, const float *x, int count)
{
    ear_network_push(e->network, x, count, true);
    e->heard += count;
    int64_t frames = ear_network_frames(e->network);
    for (; e->finals < frames - EAR_MIDDLE_LAG; e->finals++)
        ear_network_middle(e->network, e->finals, e->second[e->finals % SECOND_FRAMES]);
    e->tail = (int)(frames - e->finals);
}

static void make_row(ear *e)
{
    mean_of_tail(e, e->row + EAR_COLUMNS);
    if (e->finals > 0)
        mean_of_second(e, e->row);
    else
        memcpy(e->row, e->row + EAR_COLUMNS, EAR_COLUMNS * sizeof *e->row);
}

static void keep_batch(ear *e)
{
    for (int i = 0; i < e->filling; i++) memcpy(e->kept[e->frames++ % e->kept_frames], e->x[i], sizeof e->x[i]);
    e->end[e->waiting++] = e->frames;
}

static void hear_batch(ear *e)
{
    for (int i = 0; i < e->filling; i++) ear_mel_logarithm(e->x[i], e->gain, e->x[i]);
    if (e->ahead) {
        keep_batch(e);
    } else {
        take(e, e->x[0], e->filling);
        make_row(e);
    }
    e->filling = 0;
}

/* ---- layers that are left to others ------------------------------------------------------------------------------------- */

int ear_waiting(const ear *e)
{
    return e->waiting;
}

void ear_forget(ear *e)
{
    e->waiting = 0;
}

int ear_window(const ear *e, int batch, float out[EAR_WINDOW][EAR_BANDS])
{
    int64_t end = e->end[batch];
    int known = (int)(end < EAR_WINDOW ? end : EAR_WINDOW);
    for (int i = 0; i < known; i++) memcpy(out[EAR_WINDOW - 1 - i], e->kept[(end - 1 - i) % e->kept_frames], sizeof out[0]);
    return known;
}

/* A network that has not heard what came before begins with the window: its frames are numbered from there. */
void ear_hear(ear *e, int batch, float out[EAR_ROW])
{
    uint64_t mode = denormals_off();
    float x[BATCH_MOST][EAR_BANDS];
    int64_t end = e->end[batch], oldest = end < EAR_WINDOW ? 0 : end - EAR_WINDOW;
    if (e->heard < oldest || e->heard >= end) {
        ear_network_reset(e->network);
        e->heard = oldest;
        e->finals = 0;
    }
    while (e->heard < end) {
        int count = end - e->heard < BATCH_MOST ? (int)(end - e->heard) : BATCH_MOST;
        for (int i = 0; i < count; i++) memcpy(x[i], e->kept[(e->heard + i) % e->kept_frames], sizeof x[i]);
        take(e, x[0], count);
    }
    make_row(e);
    memcpy(out, e->row, sizeof e->row);
    denormals_restore(mode);
}

void ear_push(ear *e, const float hop[EAR_HOP])
{
    uint64_t mode = denormals_off();
    hear_samples(e, hop);
    hear_frames(e);
    if (++e->hops % EAR_GRID == 0) hear_batch(e);
    denormals_restore(mode);
}

void ear_row(const ear *e, float out[EAR_ROW])
{
    memcpy(out, e->row, sizeof e->row);
}

double ear_tail_s(const ear *e)
{
    return e->tail * frame_s;
}

void ear_column_name(int column, char name[EAR_NAME_SIZE])
{
    const char *part = column < EAR_COLUMNS ? "" : "tail_";
    column %= EAR_COLUMNS;
    snprintf(name, EAR_NAME_SIZE, "ear_%s%d_%02d", part, column / EAR_MIDDLE + 1, column % EAR_MIDDLE + 1);
}
