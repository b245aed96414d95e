#include "audio/resampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <soxr.h>

#include "base/error.h"
#include "base/room.h"

enum { LEAST_RATE_HZ = 4000, MOST_RATE_HZ = 768000, MOST_CHANNELS = 256, BLOCK = 1024 };

/* More than libsoxr takes for any rate that is allowed (1.2 MB at 768 kHz). It looks at few of its own allocations: where
 * one fails, it crashes. */
enum { RESAMPLER_BYTES = 4 << 20 };

struct resampler {
    double rate_hz;
    unsigned channels;
    size_t room;
    soxr_t resampler; /* NULL: the rate is right already */
    uint64_t heard;   /* frames taken since the start of the stream */
    uint64_t given;   /* samples given since then */
    size_t warm_up;   /* samples that still belong to the silence before the stream */
    double delay_s;
    float mono[BLOCK];
    float *scratch; /* `room` samples: what comes of the silence before the stream */
};

/* libsoxr gives samples in bursts as long as its longest filter block, which grows towards low rates: 19 ms at 48 kHz, 132
 * ms at 8 kHz. Half a second holds all of them. */
static size_t room_for(double rate_hz)
{
    return (size_t)ceil(BLOCK * (RESAMPLER_HZ / rate_hz)) + RESAMPLER_HZ / 2;
}

/* Gives all that `frames` frames make possible; what belongs to the silence before the stream is dropped. */
static size_t resample(resampler *r, const float *mono, size_t frames, float *out)
{
    size_t made = 0;
    for (size_t taken = 0; taken < frames;) {
        size_t in = 0, some = 0;
        soxr_process(r->resampler, mono + taken, frames - taken, &in, out + made, r->room - made, &some);
        taken += in;
        made += some;
        if (in == 0 && some == 0) break;
    }
    size_t dropped = made < r->warm_up ? made : r->warm_up;
    r->warm_up -= dropped;
    if (dropped > 0) memmove(out, out + dropped, (made - dropped) * sizeof *out);
    return made - dropped;
}

static soxr_t create_resampler(double rate_hz)
{
    soxr_io_spec_t samples = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_error_t failure = NULL;
    soxr_t soxr = soxr_create(rate_hz, RESAMPLER_HZ, 1, &failure, &samples, &quality, &runtime);
    if (failure == NULL) return soxr;
    soxr_delete(soxr);
    return NULL;
}

/* As many frames, one second or more, as become a whole number of samples: the stream then begins at a sample. */
static size_t whole_frames(double rate_hz)
{
    size_t best = 0;
    double best_rest = 1;
    for (size_t frames = (size_t)ceil(rate_hz); best_rest > 1e-9 && (double)frames < 4 * rate_hz; frames++) {
        double samples = (double)frames * (RESAMPLER_HZ / rate_hz), rest = fabs(samples - round(samples));
        if (rest >= best_rest) continue;
        best = frames;
        best_rest = rest;
    }
    return best;
}

/* One second or more of silence in steps of so many frames. @return the longest delay, in samples, that showed */
static size_t push_silence(resampler *r, const float *zeros, size_t step)
{
    size_t silence = whole_frames(r->rate_hz), behind = 0;
    size_t whole = (size_t)llround((double)silence * RESAMPLER_HZ / r->rate_hz), before = r->warm_up;
    r->warm_up += whole;
    for (size_t done = 0; done < silence;) {
        size_t frames = silence - done < step ? silence - done : step;
        resample(r, zeros, frames, r->scratch);
        done += frames;
        size_t due = (size_t)((double)done * RESAMPLER_HZ / r->rate_hz), made = before + whole - r->warm_up;
        if (due > made && due - made > behind) behind = due - made;
    }
    return behind;
}

/* Silence before the stream lets libsoxr's buffers grow to their full size now, and not while sound comes in: they grow by
 * what is put in at once, so the first silence comes in pieces larger than any block later. It changes nothing in what the
 * filter says of the stream: before its first sample there is silence anyhow. On the way the delay shows. */
static et_status warm_up(resampler *r)
{
    size_t large = BLOCK + (size_t)(r->rate_hz / 4); /* becomes less than `room`, a burst included */
    float *zeros = calloc(large, sizeof *zeros);
    if (zeros == NULL) return ET_ERROR_MEMORY;
    r->warm_up = 0;
    size_t small = (size_t)(r->rate_hz / 2000), delay = push_silence(r, zeros, small);
    push_silence(r, zeros, large);
    size_t now = push_silence(r, zeros, small);
    r->delay_s = (double)(now > delay ? now : delay) / RESAMPLER_HZ;
    free(zeros);
    return ET_OK;
}

static et_status check(double rate_hz, unsigned channels, et_error *error)
{
    if (!(rate_hz >= LEAST_RATE_HZ && rate_hz <= MOST_RATE_HZ))
        return error_set(error, ET_ERROR_ARGUMENT, "a rate of %g Hz: allowed are %d .. %d", rate_hz, LEAST_RATE_HZ,
                         MOST_RATE_HZ);
    if (channels < 1 || channels > MOST_CHANNELS)
        return error_set(error, ET_ERROR_ARGUMENT, "%u channels: allowed are 1 .. %d", channels, MOST_CHANNELS);
    return ET_OK;
}

et_status resampler_create(resampler **out, double rate_hz, unsigned channels, et_error *error)
{
    et_status status = check(rate_hz, channels, error);
    if (status != ET_OK) return status;
    resampler *r = calloc(1, sizeof *r);
    if (r == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory for the resampler");
    r->rate_hz = rate_hz;
    r->channels = channels;
    r->room = BLOCK;
    if (rate_hz != RESAMPLER_HZ) {
        r->room = room_for(rate_hz);
        r->scratch = calloc(r->room, sizeof *r->scratch);
        status = r->scratch == NULL ? ET_ERROR_MEMORY : resampler_reset(r);
    }
    if (status != ET_OK) {
        resampler_destroy(r);
        return error_set(error, status, "no memory for the resampler from %g Hz", rate_hz);
    }
    *out = r;
    return ET_OK;
}

void resampler_destroy(resampler *r)
{
    if (r == NULL) return;
    soxr_delete(r->resampler);
    free(r->scratch);
    free(r);
}

et_status resampler_reset(resampler *r)
{
    if (r->rate_hz != RESAMPLER_HZ) {
        /* soxr_clear frees and makes everything anew as well, but leaves a wreck behind when that fails. */
        if (!room_for_bytes(RESAMPLER_BYTES)) return ET_ERROR_MEMORY;
        soxr_t fresh = create_resampler(r->rate_hz);
        if (fresh == NULL) return ET_ERROR_MEMORY;
        soxr_delete(r->resampler);
        r->resampler = fresh;
        et_status status = warm_up(r);
        if (status != ET_OK) return status;
    }
    r->heard = r->given = 0;
    return ET_OK;
}

/* Mean of the channels, summed in their order; the only channel of a mono stream passes unchanged. */
static size_t mix_down(const resampler *r, const float *samples, size_t frames, float *mono)
{
    size_t not_finite = 0;
    for (size_t i = 0; i < frames; i++) {
        float sum = 0;
        for (unsigned c = 0; c < r->channels; c++) {
            float sample = samples[i * r->channels + c];
            bool good = isfinite(sample);
            sum += good ? sample : 0;
            not_finite += !good;
        }
        mono[i] = r->channels == 1 ? sum : sum / (float)r->channels;
    }
    return not_finite;
}

size_t resampler_push(resampler *r, const float *samples, size_t frames, float *out, size_t *not_finite)
{
    *not_finite = 0;
    if (samples == NULL)
        memset(r->mono, 0, frames * sizeof *r->mono);
    else
        *not_finite = mix_down(r, samples, frames, r->mono);
    return resampler_push_mono(r, r->mono, frames, out);
}

size_t resampler_push_mono(resampler *r, const float *mono, size_t frames, float *out)
{
    size_t made = frames;
    if (r->resampler == NULL)
        memcpy(out, mono, frames * sizeof *out);
    else
        made = resample(r, mono, frames, out);
    r->heard += frames;
    r->given += made;
    return made;
}

/* The filter is pushed on with silence until every frame that was heard has become its samples. */
size_t resampler_flush(resampler *r, float *out)
{
    if (r->resampler == NULL) return 0;
    uint64_t due = (uint64_t)llround((double)r->heard * RESAMPLER_HZ / r->rate_hz);
    size_t made = 0;
    memset(r->mono, 0, sizeof r->mono);
    while (made == 0 && r->given < due) made = resample(r, r->mono, BLOCK, out);
    if (made > due - r->given) made = (size_t)(due - r->given);
    r->given += made;
    return made;
}

size_t resampler_block(const resampler *r)
{
    (void)r;
    return BLOCK;
}

size_t resampler_room(const resampler *r)
{
    return r->room;
}

double resampler_delay_s(const resampler *r)
{
    return r->delay_s;
}
