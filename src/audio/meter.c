#include "audio/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const double SILENCE_DBFS = -70, DIGITAL_SILENCE_DBFS = -200;
static const float FULL_SCALE = 32766.5f / 32768.0f; /* the largest sample of 16 bits is 32767 / 32768 */

enum { CLIPPED_IN_A_ROW = 3 };

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
    memset(m->full_scale_run, 0, sizeof(uint32_t) * m->channels);
}

static void next_hop(meter *m)
{
    m->hop++;
    m->hop_end = end_of_hop(m, m->hop);
    m->hops[m->hop % METER_HOPS_KEPT] = (hop_sum){0, 0, 0};
}

static uint32_t full_scale_flag(meter *m, unsigned channel, float x)
{
    uint32_t *run = &m->full_scale_run[channel];
    *run = fabsf(x) >= FULL_SCALE ? *run + 1 : 0;
    return *run >= CLIPPED_IN_A_ROW ? ET_FLAG_CLIPPED : 0;
}

/* Frames that lie in one hop. */
static void add(meter *m, const float *samples, size_t frames)
{
    hop_sum *hop = &m->hops[m->hop % METER_HOPS_KEPT];
    double energy = hop->energy, scale = 1.0 / m->channels;
    uint32_t flags = hop->flags;
    for (size_t i = 0; i < frames; i++) {
        double mix = 0;
        for (unsigned c = 0; c < m->channels; c++) {
            float x = *samples++;
            if (!isfinite(x)) {
                flags |= ET_FLAG_LOST;
                x = 0;
            }
            flags |= full_scale_flag(m, c, x);
            mix += (double)x;
        }
        mix *= scale;
        energy += mix * mix;
    }
    hop->energy = energy;
    hop->flags = flags;
}

static void add_lost(meter *m)
{
    m->hops[m->hop % METER_HOPS_KEPT].flags |= ET_FLAG_LOST;
    memset(m->full_scale_run, 0, sizeof(uint32_t) * m->channels);
}

static bool all_finite(const float *samples, size_t count)
{
    float sum = 0; /* x - x is 0 for every finite x, NaN else */
    for (size_t i = 0; i < count; i++) sum += samples[i] - samples[i];
    return sum == 0;
}

bool meter_push(meter *m, const float *samples, size_t frames)
{
    bool finite = samples == NULL || all_finite(samples, frames * m->channels);
    while (frames > 0) {
        while (m->frame >= m->hop_end) next_hop(m);
        size_t now = (size_t)(m->hop_end - m->frame);
        if (now > frames) now = frames;
        if (samples) {
            add(m, samples, now);
            samples += now * m->channels;
        } else {
            add_lost(m);
        }
        m->hops[m->hop % METER_HOPS_KEPT].frames += (uint32_t)now;
        m->frame += (int64_t)now;
        frames -= now;
    }
    return finite;
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
