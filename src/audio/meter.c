#include "audio/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/error.h"

static const double SILENCE_DBFS = -70, DIGITAL_SILENCE_DBFS = -200;
static const float FULL_SCALE = 32766.5f / 32768.0f; /* the largest sample of 16 bits is 32767 / 32768 */

enum { CLIPPED_IN_A_ROW = 3, METER_LANES = 8 };

typedef struct hop_sum {
    double energy; /* of the mono mix */
    uint32_t frames;
    uint32_t flags;
} hop_sum;

struct meter {
    double rate_hz;
    unsigned channels;
    int64_t frame;   /* frames pushed */
    int64_t hop;     /* the hop that they have reached */
    int64_t hop_end; /* its first frame beyond */
    hop_sum hops[METER_HOPS_KEPT];
    double lane[METER_LANES];  /* energy of the hop so far: frame i of the hop in lane i mod 8, whatever the blocks */
    uint32_t in_hop;           /* frames of the hop so far */
    uint32_t full_scale_run[]; /* by channel */
};

et_status meter_create(meter **out, double rate_hz, unsigned channels, et_error *error)
{
    meter *m = calloc(1, sizeof *m + sizeof(uint32_t) * channels);
    *out = m;
    if (!m) return error_set(error, ET_ERROR_MEMORY, "level meter: out of memory");
    m->rate_hz = rate_hz;
    m->channels = channels;
    meter_reset(m);
    return ET_OK;
}

void meter_destroy(meter *m)
{
    free(m);
}

/* First frame at or behind a hop's end: the same for every way of counting up to it. */
static int64_t end_of_hop(const meter *m, int64_t hop)
{
    return (int64_t)ceil((double)(hop + 1) * m->rate_hz / METER_HOPS_A_SECOND);
}

void meter_reset(meter *m)
{
    m->frame = 0;
    m->hop = 0;
    m->hop_end = end_of_hop(m, 0);
    memset(m->hops, 0, sizeof m->hops);
    memset(m->lane, 0, sizeof m->lane);
    m->in_hop = 0;
    memset(m->full_scale_run, 0, sizeof(uint32_t) * m->channels);
}

static void next_hop(meter *m)
{
    m->hop++;
    m->hop_end = end_of_hop(m, m->hop);
    m->hops[m->hop % METER_HOPS_KEPT] = (hop_sum){0, 0, 0};
    memset(m->lane, 0, sizeof m->lane);
    m->in_hop = 0;
}

static uint32_t full_scale_flag(meter *m, unsigned channel, float x)
{
    uint32_t *run = &m->full_scale_run[channel];
    *run = fabsf(x) >= FULL_SCALE ? *run + 1 : 0;
    return *run >= CLIPPED_IN_A_ROW ? ET_FLAG_CLIPPED : 0;
}

/* The rare block with samples at full scale or not finite: what is not finite counts as 0 from here on. */
static size_t inspect(meter *m, const float *samples, size_t frames, float *mono, uint32_t *flags)
{
    size_t not_finite = 0;
    for (size_t i = 0; i < frames; i++) {
        float sum = 0;
        for (unsigned c = 0; c < m->channels; c++) {
            float x = *samples++;
            bool finite = isfinite(x);
            *flags |= full_scale_flag(m, c, finite ? x : 0) | (finite ? 0 : ET_FLAG_LOST);
            sum += finite ? x : 0;
            not_finite += !finite;
        }
        mono[i] = m->channels == 1 ? sum : sum / (float)m->channels;
    }
    return not_finite;
}

CPU_CLONES static bool all_below_full_scale(const float *samples, size_t count)
{
    int above = 0; /* NaN counts as above */
    for (size_t i = 0; i < count; i++) above |= !(fabsf(samples[i]) < FULL_SCALE);
    return !above;
}

/* Mean of the channels, summed in their order; the only channel of a mono stream passes unchanged. */
static void mix_down(const meter *m, const float *samples, size_t frames, float *mono)
{
    unsigned channels = m->channels;
    if (channels == 1) memcpy(mono, samples, frames * sizeof *mono);
    if (channels == 2)
        for (size_t i = 0; i < frames; i++) mono[i] = (samples[2 * i] + samples[2 * i + 1]) / 2;
    if (channels <= 2) return;
    for (size_t i = 0; i < frames; i++) {
        float sum = 0;
        for (unsigned c = 0; c < channels; c++) sum += samples[i * channels + c];
        mono[i] = sum / (float)channels;
    }
}

static void add_energy(meter *m, const float *mono, size_t frames)
{
    for (size_t i = 0; i < frames; i++) m->lane[m->in_hop++ % METER_LANES] += (double)mono[i] * (double)mono[i];
}

/* Eight frames at a time. */
CPU_CLONES static void add_energy_of_eights(double lane[METER_LANES], const float *mono, size_t eights)
{
    double sum[METER_LANES];
    memcpy(sum, lane, sizeof sum);
    for (size_t i = 0; i < eights; i++)
        for (int k = 0; k < METER_LANES; k++)
            sum[k] += (double)mono[i * METER_LANES + (size_t)k] * (double)mono[i * METER_LANES + (size_t)k];
    memcpy(lane, sum, sizeof sum);
}

/* Frames that lie in one hop. @return samples that are not finite */
static size_t add(meter *m, const float *samples, size_t frames, float *mono)
{
    size_t not_finite = 0;
    hop_sum *hop = &m->hops[m->hop % METER_HOPS_KEPT];
    if (all_below_full_scale(samples, frames * m->channels)) {
        memset(m->full_scale_run, 0, sizeof(uint32_t) * m->channels);
        mix_down(m, samples, frames, mono);
    } else {
        not_finite = inspect(m, samples, frames, mono, &hop->flags);
    }
    size_t begun = (METER_LANES - m->in_hop % METER_LANES) % METER_LANES;
    if (begun > frames) begun = frames;
    add_energy(m, mono, begun);
    size_t eights = (frames - begun) / METER_LANES;
    add_energy_of_eights(m->lane, mono + begun, eights);
    m->in_hop += (uint32_t)(eights * METER_LANES);
    size_t done = begun + eights * METER_LANES;
    add_energy(m, mono + done, frames - done);
    hop->energy = 0;
    for (int k = 0; k < METER_LANES; k++) hop->energy += m->lane[k];
    return not_finite;
}

static void add_lost(meter *m, size_t frames)
{
    m->in_hop += (uint32_t)frames;
    m->hops[m->hop % METER_HOPS_KEPT].flags |= ET_FLAG_LOST;
    memset(m->full_scale_run, 0, sizeof(uint32_t) * m->channels);
}

size_t meter_push(meter *m, const float *samples, size_t frames, float *mono)
{
    size_t not_finite = 0;
    if (!samples) memset(mono, 0, frames * sizeof *mono);
    while (frames > 0) {
        while (m->frame >= m->hop_end) next_hop(m);
        size_t now = (size_t)(m->hop_end - m->frame);
        if (now > frames) now = frames;
        if (samples) {
            not_finite += add(m, samples, now, mono);
            samples += now * m->channels;
        } else {
            add_lost(m, now);
        }
        m->hops[m->hop % METER_HOPS_KEPT].frames += (uint32_t)now;
        m->frame += (int64_t)now;
        mono += now;
        frames -= now;
    }
    return not_finite;
}

meter_reading meter_read(const meter *m, int64_t hop)
{
    double energy = 0, level_dbfs = DIGITAL_SILENCE_DBFS;
    uint64_t frames = 0;
    uint32_t flags = 0;
    int64_t first = hop > METER_HOPS_A_SECOND ? hop - METER_HOPS_A_SECOND : 0;
    for (int64_t h = first; h < hop; h++) {
        const hop_sum *one = &m->hops[h % METER_HOPS_KEPT];
        energy += one->energy;
        frames += one->frames;
        flags |= one->flags;
    }
    if (energy > 0) level_dbfs = 10 * log10(energy / (double)frames);
    if (level_dbfs < DIGITAL_SILENCE_DBFS) level_dbfs = DIGITAL_SILENCE_DBFS;
    if (level_dbfs < SILENCE_DBFS) flags |= ET_FLAG_SILENCE;
    return (meter_reading){(float)level_dbfs, flags};
}
