#include "features/descriptors.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/error.h"
#include "features/auditory.h"
#include "features/contours.h"
#include "features/denormals.h"
#include "features/energy.h"
#include "features/fft.h"
#include "features/lanes.h"
#include "features/mfcc.h"
#include "features/pitch.h"
#include "features/pitch_path.h"
#include "features/spectral.h"
#include "features/voice_quality.h"

enum { WAITING = PITCH_MEMORY, SPARE_HOPS = 32 };

struct descriptors {
    descriptors_options options;
    size_t hop, short_frame, long_frame; /* samples of 10, 20 and 60 ms */

    float *sound; /* the latest samples, from sample number `first` of the stream */
    size_t room, held;
    int64_t first;

    int64_t frames, decided;                  /* frames begun; frames whose pitch is known */
    float waiting[WAITING][DESCRIPTOR_COUNT]; /* raw values of frames whose pitch is not known yet */

    fft *spectrum; /* of the 20 ms frame */
    float *window, *magnitude, *power;
    mel *bank;
    auditory auditory;
    mfcc mfcc;
    spectral *spectral;
    pitch *pitch;
    pitch_path path;
    voice_quality *voice;
    contours contours;
};

static et_status check_options(const descriptors_options *o, et_error *error)
{
    if (!(o->rate_hz >= 8000.0 && o->rate_hz <= 192000.0))
        return error_set(error, ET_ERROR_ARGUMENT, "sample rate %g Hz: descriptors need 8000 to 192000 Hz", o->rate_hz);
    if (o->pitch_lag_frames < 0 || o->pitch_lag_frames > PITCH_MAX_LAG)
        return error_set(error, ET_ERROR_ARGUMENT, "pitch look-ahead of %d frames: 0 to %d are possible",
                         o->pitch_lag_frames, PITCH_MAX_LAG);
    return ET_OK;
}

static bool allocate(descriptors *d)
{
    double rate_hz = d->options.rate_hz;
    size_t size = fft_size(d->short_frame);
    /* A frame whose pitch is just decided, with what voice quality looks back to, and room to append without moving. */
    d->room = (PITCH_MAX_LAG + 1 + SPARE_HOPS) * d->hop + 3 * d->long_frame;
    d->sound = lanes_alloc(d->room, sizeof(float));
    d->spectrum = fft_create(size);
    d->window = lanes_alloc(d->short_frame, sizeof(float));
    d->magnitude = lanes_alloc(size / 2 + 1, sizeof(float));
    d->power = lanes_alloc(size / 2 + 1, sizeof(float));
    d->bank = mel_create(rate_hz, size);
    d->spectral = spectral_create(rate_hz, size);
    d->pitch = pitch_create(rate_hz, d->long_frame);
    d->voice = voice_quality_create(rate_hz, d->hop, d->long_frame);
    return d->sound && d->spectrum && d->window && d->magnitude && d->power && d->bank && d->spectral && d->pitch &&
           d->voice;
}

et_status descriptors_create(descriptors **out, const descriptors_options *options, et_error *error)
{
    *out = NULL;
    et_status status = check_options(options, error);
    if (status != ET_OK) return status;
    descriptors *d = calloc(1, sizeof *d);
    if (d == NULL) return error_set(error, ET_ERROR_MEMORY, "out of memory: descriptors need %zu bytes", sizeof *d);
    d->options = *options;
    d->hop = (size_t)round(0.010 * options->rate_hz);
    d->short_frame = (size_t)round(0.020 * options->rate_hz);
    d->long_frame = (size_t)round(0.060 * options->rate_hz);
    if (!allocate(d)) {
        descriptors_destroy(d);
        return error_set(error, ET_ERROR_MEMORY, "out of memory: tables of the descriptors at %g Hz", options->rate_hz);
    }
    for (size_t i = 0; i < d->short_frame; i++)
        d->window[i] = (float)(0.54 - 0.46 * cos(2.0 * M_PI * (double)i / (double)(d->short_frame - 1)));
    auditory_init(&d->auditory, d->bank, options->rasta_start == RASTA_START_STEADY);
    mfcc_init(&d->mfcc);
    pitch_path_init(&d->path, options->pitch_lag_frames);
    contours_init(&d->contours, options->voicing_delta);
    *out = d;
    return ET_OK;
}

void descriptors_destroy(descriptors *d)
{
    if (d == NULL) return;
    free(d->sound);
    fft_destroy(d->spectrum);
    free(d->window);
    free(d->magnitude);
    free(d->power);
    mel_destroy(d->bank);
    spectral_destroy(d->spectral);
    pitch_destroy(d->pitch);
    voice_quality_destroy(d->voice);
    free(d);
}

void descriptors_reset(descriptors *d)
{
    d->held = 0;
    d->first = 0;
    d->frames = d->decided = 0;
    auditory_reset(&d->auditory);
    spectral_reset(d->spectral);
    pitch_path_reset(&d->path);
    voice_quality_reset(d->voice);
    contours_reset(&d->contours);
}

size_t descriptors_hop(const descriptors *d)
{
    return d->hop;
}

int descriptors_look_ahead(const descriptors *d)
{
    size_t frame_hops = (d->long_frame + d->hop - 1) / d->hop;
    return (int)frame_hops + d->options.pitch_lag_frames + CONTOURS_DELAY;
}

/* The reference's input has 16 bits and is taken as s/32767 in float; rounding to them matters where sound fades to nothing
 * (a decoder's noise far below the last bit still crosses zero). NaN and infinity count as 0. */
static inline float8 to_16_bits(float8 x)
{
    const float8 none = {0}, rounding = none + 12582912.0f; /* 1.5 * 2^23: adding it leaves no room for a fraction */
    x = choose8((x >= -FLT_MAX) & (x <= FLT_MAX), x, none) * 32768.0f;
    x = choose8(x > -32768.0f, x, none - 32768.0f);
    x = choose8(x < 32767.0f, x, none + 32767.0f);
    return ((x + rounding) - rounding) / 32767.0f;
}

/* May write up to seven samples more: `to` has room. */
CPU_CLONES static void take(float *restrict to, const float *restrict from, size_t count)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store8(to + i, to_16_bits(load8(from + i)));
    float rest[LANES] = {0};
    memcpy(rest, from + i, (count - i) * sizeof *rest);
    if (i < count) store8(to + i, to_16_bits(load8(rest)));
}

/* The sample after the newest frame's last. */
static int64_t frame_end(const descriptors *d)
{
    return d->frames * (int64_t)d->hop + (int64_t)d->long_frame;
}

/* Makes room by forgetting what no frame asks for any more. */
static void forget(descriptors *d)
{
    int64_t oldest = voice_quality_oldest(d->voice, d->decided);
    size_t drop = (size_t)(oldest - d->first);
    memmove(d->sound, d->sound + drop, (d->held - drop) * sizeof *d->sound);
    d->held -= drop;
    d->first = oldest;
}

/* Takes what the newest frame still lacks, at most `count`. */
static size_t take_samples(descriptors *d, const float *samples, size_t count)
{
    size_t lacking = (size_t)(frame_end(d) - d->first) - d->held;
    if (count > lacking) count = lacking;
    if (d->held + count > d->room) forget(d);
    take(d->sound + d->held, samples, count);
    d->held += count;
    return count;
}

CPU_CLONES static void window_and_transform(descriptors *d, const float *restrict frame)
{
    float *restrict input = fft_input(d->spectrum);
    for (size_t i = 0; i < d->short_frame; i++) input[i] = frame[i] * d->window[i];
    fft_magnitude(d->spectrum, d->magnitude);
    size_t bins = fft_size(d->short_frame) / 2 + 1;
    for (size_t k = 0; k < bins; k++) d->power[k] = d->magnitude[k] * d->magnitude[k];
}

/* All of a frame that does not hang on the choice of pitch. */
static void describe(descriptors *d, const float *frame, float raw[DESCRIPTOR_COUNT])
{
    float band[MEL_ROOM], cepstrum[MFCC_ROOM];
    auditory_values heard;

    window_and_transform(d, frame);
    mel_filter(d->bank, d->power, band);
    auditory_frame(&d->auditory, band, &heard);
    mfcc_frame(&d->mfcc, band, cepstrum);

    raw[DESCRIPTOR_AUDITORY_LENGTH] = heard.length;
    raw[DESCRIPTOR_RASTA_LENGTH] = heard.rasta_length;
    raw[DESCRIPTOR_RMS] = energy_rms(frame, d->short_frame);
    raw[DESCRIPTOR_ZCR] = energy_zero_crossings(frame, d->long_frame);
    memcpy(raw + DESCRIPTOR_RASTA, heard.rasta, MEL_BANDS * sizeof(float));
    spectral_frame(d->spectral, d->magnitude, d->power, raw + DESCRIPTOR_SPECTRAL);
    memcpy(raw + DESCRIPTOR_MFCC, cepstrum, MFCC_COUNT * sizeof(float));
}

/* The pitch of the oldest waiting frame is known: its voice is measured, and its row goes on to the contours. */
static bool finish_frame(descriptors *d, const pitch_decision *chosen, descriptor_row *row)
{
    float *raw = d->waiting[d->decided % WAITING];
    voice_values voice;
    voice_quality_frame(d->voice, d->decided, chosen->hz, d->sound, d->first, &voice);
    raw[DESCRIPTOR_F0] = chosen->hz;
    raw[DESCRIPTOR_VOICING] = chosen->voicing;
    raw[DESCRIPTOR_JITTER] = voice.jitter;
    raw[DESCRIPTOR_JITTER_DDP] = voice.jitter_ddp;
    raw[DESCRIPTOR_SHIMMER] = voice.shimmer;
    raw[DESCRIPTOR_HNR] = voice.hnr_db;
    d->decided++;
    return contours_push(&d->contours, raw, row);
}

static bool next_frame(descriptors *d, descriptor_row *row)
{
    const float *frame = d->sound + (d->frames * (int64_t)d->hop - d->first);
    pitch_candidates candidates;
    pitch_decision decision;

    describe(d, frame, d->waiting[d->frames % WAITING]);
    pitch_frame(d->pitch, frame, &candidates);
    d->frames++;
    return pitch_path_push(&d->path, &candidates, &decision) && finish_frame(d, &decision, row);
}

bool descriptors_push(descriptors *d, const float *samples, size_t count, size_t *taken, descriptor_row *row)
{
    uint64_t mode = denormals_off();
    bool known = false;
    *taken = 0;
    while (!known && *taken < count) {
        *taken += take_samples(d, samples + *taken, count - *taken);
        if (d->first + (int64_t)d->held == frame_end(d)) known = next_frame(d, row);
    }
    denormals_restore(mode);
    return known;
}

bool descriptors_flush(descriptors *d, descriptor_row *row)
{
    uint64_t mode = denormals_off();
    pitch_decision decision;
    bool known = false;
    while (!known && pitch_path_flush(&d->path, &decision)) known = finish_frame(d, &decision, row);
    if (!known) known = contours_flush(&d->contours, row);
    denormals_restore(mode);
    return known;
}
