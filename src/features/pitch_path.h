/** The likeliest path of pitch through the candidates: Viterbi search with a fixed look-ahead. Costs punish weak voicing,
 *  unlikely frequencies, jumps and changes between voiced and unvoiced (ComParE's configuration of openSMILE). */
#ifndef EMOTRACK_FEATURES_PITCH_PATH_H
#define EMOTRACK_FEATURES_PITCH_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "features/pitch.h"

enum { PITCH_STATES = PITCH_SLOTS + 1, PITCH_MAX_LAG = 29, PITCH_MEMORY = 32 };

typedef struct pitch_decision {
    float hz;      /**< 0: no voice */
    float voicing; /**< of the chosen candidate; of slot 0 where there is no voice; 0 below the energy gate */
} pitch_decision;

typedef struct pitch_path {
    int lag;
    int64_t frames, decided;
    double cost[PITCH_STATES];                 /* of the best path that ends in each state     */
    uint8_t from[PITCH_MEMORY][PITCH_STATES];  /* frame n: state before, on that path          */
    pitch_candidates candidates[PITCH_MEMORY]; /* of the latest frames, frame n at n % memory  */
} pitch_path;

/** @param lag  0 .. 29 frames of look-ahead */
void pitch_path_init(pitch_path *p, int lag);
void pitch_path_reset(pitch_path *p);

/** @return true if `out` received the decision for the frame `lag` frames before this one */
bool pitch_path_push(pitch_path *p, const pitch_candidates *next, pitch_decision *out);

/** After the last frame: one remaining decision a call, then false. */
bool pitch_path_flush(pitch_path *p, pitch_decision *out);

#endif
