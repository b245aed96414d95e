/** Beat of the last nine seconds: autocorrelation of the onset strength.
 *
 *  Which of several regular levels is "the" beat is a choice. `bpm` is read between 60 and 180 beats a minute: among the
 *  peaks of the autocorrelation there, weighed by a bell around 120, an octave wide (Ellis 2007, "Beat tracking by dynamic
 *  programming"), the fastest that comes within a tenth of the best. Evenly spaced strokes are read as they are; music may be
 *  read at half or twice the tempo that its score has. */
#ifndef EMOTRACK_FEATURES_TEMPO_H
#define EMOTRACK_FEATURES_TEMPO_H

#include <stdbool.h>

enum { TEMPO_MOST_FRAMES = 512, TEMPO_MOST_LAGS = 192 };

typedef struct tempo {
    double rate_hz; /* frames a second                                     */
    int window;     /* frames of nine seconds                              */
    int recent;     /* frames of four seconds                              */
    int lags;       /* 0 .. lags - 1 are computed: up to four seconds      */
    int frames;     /* remembered, <= window                               */
    int next;
    float strength[TEMPO_MOST_FRAMES]; /* ring of `window`                 */
    bool peak[TEMPO_MOST_FRAMES];
} tempo;

typedef struct tempo_values {
    bool heard;      /**< a second or more is remembered; else clarity, deviation and bpm are 0                 */
    float clarity;   /**< largest autocorrelation at lags of 0.25 .. 2 s, 0 .. 1 (Lartillot 2008: pulse clarity) */
    float deviation; /**< of the autocorrelation over those lags                                               */
    float bpm;       /**< 60 .. 180 by the rule above; 0 without a peak                                        */
    float mean_db, deviation_db; /**< of the onset strength, last second                                        */
    float onsets_hz;             /**< peaks a second, last second                                               */
} tempo_values;

/** @param rate_hz  frames a second, <= 48 */
void tempo_init(tempo *t, double rate_hz);
void tempo_reset(tempo *t);
void tempo_push(tempo *t, float strength, bool peak);

/** Of what is remembered; with less than a second, or an onset strength that hardly varies, all but the first moments and
 *  the onsets is 0. */
void tempo_get(const tempo *t, tempo_values *out);

#endif
