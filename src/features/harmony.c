#include "features/harmony.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/error.h"
#include "features/chroma.h"
#include "features/contrast.h"
#include "features/denormals.h"
#include "features/fft.h"
#include "features/key.h"
#include "features/lanes.h"
#include "features/onsets.h"
#include "features/tempo.h"
#include "features/tonnetz.h"
#include "features/tuning.h"

enum {
    RATE_HZ = 44100,
    FRAME = 8192,
    FRAME_HOP = 4096,
    BINS = FRAME / 4 + 1, /* up to 11,025 Hz */
    ONSET_FRAME = 4096,
    ONSET_HOP = 1024,
    PAST_FRAMES = 43, /* 4 s: a key needs some chords          */
    NEW_FRAMES = 11   /* 1 s: the rest, as of the descriptors  */
};

/* What the row has the mean of. */
enum {
    VALUE_CHANGE,
    VALUE_ENTROPY,
    VALUE_CONTRAST,
    VALUE_CHROMA = VALUE_CONTRAST + CONTRAST_BANDS,
    VALUE_COUNT = VALUE_CHROMA + CHROMA_COUNT
};

static const double silent_share = 1e-6; /* of the running mean power: 60 dB below                                     */
static const double silent_power = 1e-4; /* about -110 dBFS, less than the rounding of 16 bits                         */
static const float usual_pulse = 0.55f;  /* of music: what a row has before the second that a pulse needs             */
static const float usual_pulse_deviation = 0.25f;
static const float least_clarity = 0.5f; /* of a key that is told to people                                            */
static const float loudest = 1e6f;       /* what lies beyond is no sound; its powers must not reach infinity           */

struct harmony {
    fft *fft, *onset_fft;
    float *window, *onset_window, *magnitude, *power;
    mel *bands;
    chroma_bank *chroma;
    contrast contrast;
    tuning tuning;
    onsets onsets;
    tempo tempo;
    float sound[FRAME]; /* ring; frames end where its parts do */
    size_t place;       /* of the next sample                  */
    double mean_power;  /* running                             */
    float past[PAST_FRAMES][VALUE_COUNT];
    int frames, next;
    float centroid[TONNETZ_COUNT];
    float row[HARMONY_COLUMNS];
    harmony_reading reading;
};

static float *hann(size_t size)
{
    float *window = lanes_alloc(size, sizeof *window);
    for (size_t i = 0; window != NULL && i < size; i++)
        window[i] = (float)(0.5 - 0.5 * cos(2.0 * M_PI * (double)i / (double)size));
    return window;
}

et_status harmony_create(harmony **out, et_error *error)
{
    double bin_hz = (double)RATE_HZ / FRAME, frame_hz = (double)RATE_HZ / FRAME_HOP, onset_hz = (double)RATE_HZ / ONSET_HOP;
    harmony *h = *out = calloc(1, sizeof *h);
    if (h != NULL) {
        h->fft = fft_create(FRAME);
        h->onset_fft = fft_create(ONSET_FRAME);
        h->window = hann(FRAME);
        h->onset_window = hann(ONSET_FRAME);
        h->magnitude = lanes_alloc(FRAME / 2 + 1, sizeof(float));
        h->power = lanes_alloc(FRAME / 2 + 1, sizeof(float));
        h->bands = mel_create(RATE_HZ, ONSET_FRAME);
        h->chroma = chroma_create(bin_hz, BINS);
    }
    if (h == NULL || !h->fft || !h->onset_fft || !h->window || !h->onset_window || !h->magnitude || !h->power || !h->bands ||
        !h->chroma) {
        harmony_destroy(h);
        *out = NULL;
        return error_set(error, ET_ERROR_MEMORY, "out of memory: harmony and rhythm need 300 kB");
    }
    contrast_init(&h->contrast, bin_hz, BINS);
    tuning_init(&h->tuning, bin_hz, 10.0 * frame_hz);
    onsets_init(&h->onsets, 10.0 * onset_hz);
    tempo_init(&h->tempo, onset_hz);
    harmony_reset(h);
    return ET_OK;
}

void harmony_destroy(harmony *h)
{
    if (h == NULL) return;
    fft_destroy(h->fft);
    fft_destroy(h->onset_fft);
    free(h->window);
    free(h->onset_window);
    free(h->magnitude);
    free(h->power);
    mel_destroy(h->bands);
    chroma_destroy(h->chroma);
    free(h);
}

void harmony_reset(harmony *h)
{
    tuning_reset(&h->tuning);
    onsets_reset(&h->onsets);
    tempo_reset(&h->tempo);
    memset(h->sound, 0, sizeof h->sound);
    memset(h->row, 0, sizeof h->row);
    h->place = 0;
    h->mean_power = 0.0;
    h->frames = h->next = 0;
    h->reading = (harmony_reading){.key = HARMONY_NO_KEY};
}

/* Spectrum of the newest `size` samples: magnitude and power. */
static void transform(harmony *h, fft *f, const float *window, size_t size)
{
    float *input = fft_input(f);
    size_t from = (h->place + FRAME - size) % FRAME, straight = FRAME - from < size ? FRAME - from : size;
    for (size_t i = 0; i < straight; i++) input[i] = h->sound[from + i] * window[i];
    for (size_t i = straight; i < size; i++) input[i] = h->sound[i - straight] * window[i];
    fft_magnitude(f, h->magnitude);
    for (size_t k = 0; k <= size / 2; k++) h->power[k] = h->magnitude[k] * h->magnitude[k];
}

static void hear_onsets(harmony *h)
{
    float band[MEL_ROOM];
    transform(h, h->onset_fft, h->onset_window, ONSET_FRAME);
    mel_filter(h->bands, h->power, band);
    onset_values now = onsets_frame(&h->onsets, band);
    if (now.begins)
        tempo_reset(&h->tempo);
    else
        tempo_push(&h->tempo, now.strength, now.peak);
}

static float entropy_bits(const float chroma[CHROMA_COUNT])
{
    double sum = 0.0, bits = 0.0;
    for (int i = 0; i < CHROMA_COUNT; i++) sum += chroma[i];
    for (int i = 0; i < CHROMA_COUNT; i++)
        if (chroma[i] > 0.0f) bits -= chroma[i] / sum * log2(chroma[i] / sum);
    return (float)bits;
}

/* How far the tonal centroid has gone since the frame before. */
static float harmonic_change(harmony *h, const float chroma[CHROMA_COUNT])
{
    float centroid[TONNETZ_COUNT];
    double squares = 0.0;
    tonnetz(chroma, centroid);
    for (int i = 0; i < TONNETZ_COUNT; i++)
        squares += (double)(centroid[i] - h->centroid[i]) * (centroid[i] - h->centroid[i]);
    memcpy(h->centroid, centroid, sizeof centroid);
    return h->frames > 0 ? (float)sqrt(squares) : 0.0f;
}

static void remember_frame(harmony *h)
{
    float *value = h->past[h->next], *chroma = value + VALUE_CHROMA;
    tuning_frame(&h->tuning, h->magnitude);
    chroma_frame(h->chroma, h->power, tuning_semitones(&h->tuning), chroma);
    value[VALUE_CHANGE] = harmonic_change(h, chroma);
    value[VALUE_ENTROPY] = entropy_bits(chroma);
    contrast_frame(&h->contrast, h->magnitude, value + VALUE_CONTRAST);
    h->next = (h->next + 1) % PAST_FRAMES;
    if (h->frames < PAST_FRAMES) h->frames++;
}

/* Of the newest frames; oldest first, so that the sums' last bits do not depend on where the ring begins. */
static void mean_of_past(const harmony *h, int frames, float mean[VALUE_COUNT])
{
    double sum[VALUE_COUNT] = {0};
    if (frames > h->frames) frames = h->frames;
    for (int i = 0, at = (h->next - frames + PAST_FRAMES) % PAST_FRAMES; i < frames; i++, at = (at + 1) % PAST_FRAMES)
        for (int v = 0; v < VALUE_COUNT; v++) sum[v] += h->past[at][v];
    for (int v = 0; v < VALUE_COUNT; v++) mean[v] = (float)(sum[v] / frames);
}

static void largest_first(float *value, int count)
{
    for (int i = 1; i < count; i++) {
        float moved = value[i];
        int at = i;
        for (; at > 0 && value[at - 1] < moved; at--) value[at] = value[at - 1];
        value[at] = moved;
    }
}

static void fill_row(harmony *h)
{
    float mean[VALUE_COUNT];
    tempo_values beat;
    tempo_get(&h->tempo, &beat);
    mean_of_past(h, PAST_FRAMES, mean);
    key_fit fit = key_find(mean + VALUE_CHROMA);
    mean_of_past(h, NEW_FRAMES, mean);
    largest_first(mean + VALUE_CHROMA, CHROMA_COUNT);
    const float rhythm[] = {beat.onsets_hz, beat.mean_db, beat.deviation_db, beat.heard ? beat.clarity : usual_pulse,
                            beat.heard ? beat.deviation : usual_pulse_deviation};
    h->row[0] = fit.majorness;
    h->row[1] = fit.clarity;
    memcpy(h->row + 2, rhythm, sizeof rhythm);
    memcpy(h->row + 2 + sizeof rhythm / sizeof *rhythm, mean, sizeof mean);
    h->reading = (harmony_reading){.key = fit.clarity >= least_clarity ? fit.key : HARMONY_NO_KEY,
                                   .majorness = fmaxf(fminf(fit.majorness, 1.0f), -1.0f),
                                   .tempo_bpm = beat.bpm,
                                   .pulse = beat.clarity};
}

/* Frames without sound say nothing about harmony; rhythm goes on. */
static void hear_frame(harmony *h)
{
    transform(h, h->fft, h->window, FRAME);
    double power = 0.0;
    for (size_t k = 1; k < BINS; k++) power += h->power[k];
    h->mean_power = fmax(power, h->mean_power + (power - h->mean_power) / (10.0 * RATE_HZ / FRAME_HOP));
    if (power > silent_share * h->mean_power && power > silent_power) remember_frame(h);
    if (h->frames > 0) fill_row(h);
}

void harmony_push(harmony *h, const float hop[HARMONY_HOP])
{
    uint64_t before = denormals_off();
    for (size_t i = 0; i < HARMONY_HOP; i++) {
        h->sound[h->place] = isfinite(hop[i]) ? fminf(fmaxf(hop[i], -loudest), loudest) : 0.0f;
        h->place = (h->place + 1) % FRAME;
        if (h->place % ONSET_HOP == 0) hear_onsets(h);
        if (h->place % FRAME_HOP == 0) hear_frame(h);
    }
    denormals_restore(before);
}

void harmony_row(const harmony *h, float *out)
{
    memcpy(out, h->row, sizeof h->row);
}

void harmony_read(const harmony *h, harmony_reading *out)
{
    *out = h->reading;
}
