/** Sound whose harmony or rhythm is known, at 44.1 kHz, written into room that the caller has zeroed. */
#ifndef TESTS_FEATURES_MADE_MUSIC_H
#define TESTS_FEATURES_MADE_MUSIC_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RATE_HZ = 44100 };

static inline float made_noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) / 8388608.0f - 1.0f;
}

/** Adds a tone of six harmonics, 20 ms of attack and 50 ms of release. `pitch` in semitones, MIDI's numbers (69 is 440 Hz).
 */
static inline void add_tone(float *sound, double from_s, double length_s, double pitch, double peak)
{
    size_t first = (size_t)(from_s * RATE_HZ), count = (size_t)(length_s * RATE_HZ);
    double hz = 440.0 * exp2((pitch - 69.0) / 12.0);
    for (size_t i = 0; i < count; i++) {
        double t = (double)i / RATE_HZ, edge = fmin(1.0, fmin(t / 0.02, (length_s - t) / 0.05)), wave = 0.0;
        for (int h = 1; h <= 6; h++) wave += sin(2.0 * M_PI * hz * h * t) / pow(h, 1.5);
        sound[first + i] += (float)(peak * edge * wave);
    }
}

/** I IV V I or, `minor`, i iv V i: four chords of `chord_s` on a tonic of 0 (C) .. 11 (B), tuned `tuning` semitones high. */
static inline void add_cadence(float *sound, int tonic, bool minor, double chord_s, double tuning)
{
    static const int root[] = {0, 5, 7, 0};
    for (int c = 0; c < 4; c++) {
        double base = 48 + tonic + root[c] + tuning;
        int third = minor && root[c] != 7 ? 3 : 4;
        add_tone(sound, c * chord_s, chord_s, base, 0.08);
        add_tone(sound, c * chord_s, chord_s, base + third, 0.08);
        add_tone(sound, c * chord_s, chord_s, base + 7, 0.08);
        add_tone(sound, c * chord_s, chord_s, base + 12, 0.08);
    }
}

/** Up and down a major or harmonic minor scale, 15 tones of `tone_s`. */
static inline void add_scale(float *sound, int tonic, bool minor, double tone_s)
{
    static const int major_step[] = {0, 2, 4, 5, 7, 9, 11, 12}, minor_step[] = {0, 2, 3, 5, 7, 8, 11, 12};
    for (int i = 0; i < 15; i++) {
        int step = i < 8 ? i : 14 - i;
        add_tone(sound, i * tone_s, tone_s, 60 + tonic + (minor ? minor_step : major_step)[step], 0.2);
    }
}

/** Short bursts of noise, one a beat. */
static inline void add_clicks(float *sound, double length_s, double bpm)
{
    uint32_t seed = 1;
    for (double at_s = 0.0; at_s + 0.02 < length_s; at_s += 60.0 / bpm)
        for (int i = 0; i < 441; i++)
            sound[(size_t)(at_s * RATE_HZ) + (size_t)i] += (float)(0.3 * exp(-i / 100.0)) * made_noise(&seed);
}

static inline void add_noise(float *sound, double length_s, double peak, uint32_t seed)
{
    for (size_t i = 0; i < (size_t)(length_s * RATE_HZ); i++) sound[i] += (float)peak * made_noise(&seed);
}

#endif
