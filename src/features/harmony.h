/** Harmony and rhythm of the last seconds of sound: a family of columns beside the descriptors, and four numbers for people.
 *
 *  Columns: 0, 1 majorness and clarity of the key (key.h) of four seconds' mean chroma (chroma.h); of one second: 2
 *  .. 4 onsets a second, mean and deviation of the onset strength in dB (onsets.h); of nine seconds: 5, 6 clarity
 *  of the pulse and deviation of the autocorrelation (tempo.h); of one second: 7 harmonic change, the mean step of
 *  the tonal centroid (tonnetz.h), 8 entropy of the chroma in bits, 9 .. 15 spectral contrast of seven octave bands
 *  in dB (contrast.h), 16 .. 27 the mean chroma, largest value first. The means are short so that the past leaves a
 *  row soon after a change of music; who averages rows over ten seconds has the numbers of those ten.
 *
 *  Input is mono at 44.1 kHz, a hop of 10 ms at a time; frames of 186 ms every 93 ms (spectra up to 11 kHz) and,
 *  for onsets, of 93 ms every 23 ms. Causal, no look-ahead; at a stream's start the means are those of what there
 *  is, and for a second the pulse is music's usual one. Gain-free: every number is a ratio; frames without sound
 *  (60 dB below the mean of some ten seconds) leave harmony as it was. Memory is constant; after creation nothing
 *  is allocated, no lock is taken, the system is not called. One thread at a time for each object. */
#ifndef EMOTRACK_FEATURES_HARMONY_H
#define EMOTRACK_FEATURES_HARMONY_H

#include "emotrack.h"

enum {
    HARMONY_COLUMNS = 28,
    HARMONY_HOP = 441,       /* samples                                                    */
    HARMONY_FIRST_HOPS = 10, /* hops until the first frame: before, a row is all 0        */
    HARMONY_NO_KEY = -1
};

typedef struct harmony harmony;

typedef struct harmony_reading {
    int key;         /**< 0 .. 11 C major .. B major, 12 .. 23 C minor .. B minor (key_name); HARMONY_NO_KEY: no pitches
                          that fit a key, or nothing heard yet                                                             */
    float majorness; /**< -1 .. 1: how much better the best major key fits than the best minor one; 0 without pitches      */
    float tempo_bpm; /**< 60 .. 180, which level of the beat: tempo.h; 0 before there is a beat                            */
    float pulse;     /**< clarity of the pulse, 0 .. 1                                                                     */
} harmony_reading;

/** @param out  receives the object; the caller destroys it
 *  @return ET_OK; ET_ERROR_MEMORY */
et_status harmony_create(harmony **out, et_error *error);
void harmony_destroy(harmony *h);

/** As just created. */
void harmony_reset(harmony *h);

/** @param hop  the next 441 samples, mono, 44.1 kHz, [-1, 1]; NaN and infinity count as 0. Real-time safe */
void harmony_push(harmony *h, const float hop[HARMONY_HOP]);

/** @param out  receives HARMONY_COLUMNS finite values as of the newest hop. Real-time safe */
void harmony_row(const harmony *h, float *out);
void harmony_read(const harmony *h, harmony_reading *out);

/** Name of column 0 .. HARMONY_COLUMNS - 1, e.g. "harmony_majorness_mean". Static storage. */
const char *harmony_column_name(int column);

#endif
