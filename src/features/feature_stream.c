#include "features/feature_stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio/resampler.h"
#include "base/error.h"

enum { FRAME_HOPS = 6 /* the longest frame of the descriptors is 60 ms */ };

static const double HOP_S = 0.01;

struct feature_stream {
    feature_stream_options options;
    resampler *rate;
    meter *meter;
    void *family[FAMILIES]; /* NULL: not run */
    int hop;                /* samples of a hop */
    int rate_hops;          /* sound that the resampler may hold back */
    int first_hops;         /* until every family has a row */
    float *mixed;           /* one block, mixed down */
    float *mono;            /* what no family has heard begins at `at` */
    size_t at, waiting;
    int64_t frames; /* of the stream, pushed so far */
    int64_t hops;   /* heard by the families */
    bool ending;    /* no limit but the samples that are there */
    bool ended;     /* nor any samples */
};

static et_status check(const feature_stream_options *o, et_error *error)
{
    if (!o->families || (o->families | o->aside) > WITH_ALL)
        return error_set(error, ET_ERROR_ARGUMENT, "a stream of features needs a family of columns");
    if (o->native && (o->families | o->aside) != WITH_DESCRIPTORS)
        return error_set(error, ET_ERROR_ARGUMENT, "only descriptors are cut at a sound's own rate");
    return ET_OK;
}

static et_status create_families(feature_stream *s, et_error *error)
{
    const feature_stream_options *o = &s->options;
    family_options options = {.descriptors = {.rate_hz = o->native ? o->rate_hz : RESAMPLER_HZ,
                                              .pitch_lag_frames = o->pitch_lag_frames,
                                              .voicing_delta = o->voicing_delta,
                                              .rasta_start = o->rasta_start},
                              .ear = o->ear,
                              .ear_ahead = o->ear_ahead};
    for (int f = 0; f < FAMILIES; f++) {
        if (!((o->families | o->aside) & 1u << f)) continue;
        et_status status = family_table[f].create(&s->family[f], &options, error);
        if (status != ET_OK) return status;
        bool waits = o->families & 1u << f;
        if (waits && family_table[f].first_hops > s->first_hops) s->first_hops = family_table[f].first_hops;
    }
    return ET_OK;
}

static et_status create_parts(feature_stream *s, et_error *error)
{
    const feature_stream_options *o = &s->options;
    /* At its own rate a sound is only mixed down: as if it had the one rate already. */
    et_status status = resampler_create(&s->rate, o->native ? RESAMPLER_HZ : o->rate_hz, 1, error);
    if (status == ET_OK) status = meter_create(&s->meter, o->rate_hz, o->channels, error);
    if (status == ET_OK) status = create_families(s, error);
    if (status != ET_OK) return status;
    s->hop = o->native ? (int)lround(o->rate_hz * HOP_S) : RESAMPLER_HZ / 100;
    s->rate_hops = (int)ceil(resampler_delay_s(s->rate) / HOP_S);
    /* what waits is at most the resampler's delay and a begun hop, and a frame to fill up */
    size_t waiting = (size_t)(s->rate_hops + 2 + FRAME_HOPS) * (size_t)s->hop;
    s->mixed = malloc(sizeof(float) * resampler_block(s->rate));
    s->mono = malloc(sizeof(float) * (resampler_room(s->rate) + waiting));
    if (s->mixed && s->mono) return ET_OK;
    return error_set(error, ET_ERROR_MEMORY, "no memory for a block of sound");
}

et_status feature_stream_create(feature_stream **out, const feature_stream_options *options, et_error *error)
{
    *out = NULL;
    et_status status = check(options, error);
    if (status != ET_OK) return status;
    feature_stream *s = calloc(1, sizeof *s);
    if (!s) return error_set(error, ET_ERROR_MEMORY, "no memory for a stream of features");
    s->options = *options;
    status = create_parts(s, error);
    if (status != ET_OK) {
        feature_stream_destroy(s);
        return status;
    }
    *out = s;
    return ET_OK;
}

void feature_stream_destroy(feature_stream *s)
{
    if (!s) return;
    for (int f = 0; f < FAMILIES; f++)
        if (s->family[f]) family_table[f].destroy(s->family[f]);
    meter_destroy(s->meter);
    resampler_destroy(s->rate);
    free(s->mixed);
    free(s->mono);
    free(s);
}

et_status feature_stream_reset(feature_stream *s)
{
    meter_reset(s->meter);
    for (int f = 0; f < FAMILIES; f++)
        if (s->family[f]) family_table[f].reset(s->family[f]);
    s->at = s->waiting = 0;
    s->frames = s->hops = 0;
    s->ending = s->ended = false;
    return resampler_reset(s->rate);
}

size_t feature_stream_block(const feature_stream *s)
{
    return resampler_block(s->rate);
}

/* ---- sound in ---------------------------------------------------------------------------------------------------------- */

/* Where the next samples go: behind those that wait. */
static float *make_room(feature_stream *s)
{
    if (s->at > 0) memmove(s->mono, s->mono + s->at, s->waiting * sizeof *s->mono);
    s->at = 0;
    return s->mono + s->waiting;
}

size_t feature_stream_push(feature_stream *s, const float *samples, size_t frames)
{
    size_t not_finite = meter_push(s->meter, samples, frames, s->mixed);
    s->frames += (int64_t)frames;
    s->waiting += resampler_push_mono(s->rate, s->mixed, frames, make_room(s));
    return not_finite;
}

bool feature_stream_flush(feature_stream *s)
{
    size_t more = resampler_flush(s->rate, make_room(s));
    s->waiting += more;
    return more > 0;
}

void feature_stream_end(feature_stream *s, bool fill)
{
    size_t frame = FRAME_HOPS * (size_t)s->hop, there = (size_t)s->hops * (size_t)s->hop + s->waiting;
    s->ending = true;
    if (!fill || there >= frame) return;
    memset(make_room(s), 0, (frame - there) * sizeof *s->mono);
    s->waiting += frame - there;
}

/* ---- hop by hop -------------------------------------------------------------------------------------------------------- */

static int64_t hops_pushed(const feature_stream *s)
{
    return (int64_t)floor((double)s->frames * METER_HOPS_A_SECOND / s->options.rate_hz);
}

/* The resampler gives now more, now less than its delay; the families hear each hop exactly `rate_hops` after it came in, so
 * that a row has always heard the same sound. */
static bool is_due(const feature_stream *s)
{
    if (s->waiting < (size_t)s->hop) return false;
    return s->ending || s->options.native || s->hops < hops_pushed(s) - s->rate_hops;
}

static bool hear_the_end(feature_stream *s)
{
    bool more = false;
    for (int f = 0; f < FAMILIES; f++)
        if (s->family[f]) more |= family_table[f].end(s->family[f], s->mono + s->at, s->ended ? 0 : (int)s->waiting);
    s->waiting = 0;
    s->ended = true;
    return more;
}

bool feature_stream_next(feature_stream *s)
{
    if (!is_due(s)) return s->ending && hear_the_end(s);
    for (int f = 0; f < FAMILIES; f++)
        if (s->family[f]) family_table[f].push(s->family[f], s->mono + s->at, s->hop);
    s->at += (size_t)s->hop;
    s->waiting -= (size_t)s->hop;
    s->hops++;
    return true;
}

int64_t feature_stream_hop(const feature_stream *s)
{
    return s->hops + s->rate_hops;
}

bool feature_stream_row(feature_stream *s, float row[ROW_WIDTH])
{
    if (s->hops < s->first_hops && !s->ended) return false;
    if (s->family[FAMILY_DESCRIPTORS] && !feature_stream_frame(s)) return false;
    memset(row, 0, ROW_WIDTH * sizeof *row);
    feature_stream_columns(s, s->options.families, row);
    return true;
}

void feature_stream_columns(const feature_stream *s, unsigned families, float row[ROW_WIDTH])
{
    for (int f = 0; f < FAMILIES; f++)
        if (families & 1u << f) family_table[f].row(s->family[f], row);
}

ear *feature_stream_ear(const feature_stream *s)
{
    return ear_family_ear(s->family[FAMILY_EAR]);
}

const descriptor_row *feature_stream_frame(const feature_stream *s)
{
    const void *here = s->family[FAMILY_DESCRIPTORS];
    return here ? descriptors_family_frame(here) : NULL;
}

void feature_stream_begin_second(feature_stream *s)
{
    for (int f = 0; f < FAMILIES; f++)
        if (s->family[f] && family_table[f].begin) family_table[f].begin(s->family[f]);
}

meter_reading feature_stream_level(const feature_stream *s, int64_t hop)
{
    return meter_read(s->meter, hop);
}

void feature_stream_harmony(const feature_stream *s, harmony_reading *out)
{
    harmony_read(s->family[FAMILY_HARMONY], out);
}

int64_t feature_stream_frames(const feature_stream *s)
{
    return s->frames;
}

double feature_stream_hop_s(const feature_stream *s)
{
    return s->options.native ? s->hop / s->options.rate_hz : HOP_S;
}

double feature_stream_look_ahead_s(const feature_stream *s, int family)
{
    if (!s->family[family]) return 0;
    return family_table[family].look_ahead_s(s->family[family]) + s->rate_hops * HOP_S;
}
