/** Mel-frequency cepstral coefficients 1 .. 14 in the manner of HTK: log of the mel bands of 16-bit-scaled power, DCT-II,
 *  sinusoidal lifter of 22 (HTK Book 5.6; Davis & Mermelstein 1980). */
#ifndef EMOTRACK_FEATURES_MFCC_H
#define EMOTRACK_FEATURES_MFCC_H

#include "features/mel.h"

enum { MFCC_COUNT = 14, MFCC_ROOM = 16 };

typedef struct mfcc {
    float cosine[MEL_BANDS][MFCC_ROOM]; /* lifter and scale included */
} mfcc;

void mfcc_init(mfcc *m);

/** @param band  26 mel bands of power, then zeros
 *  @param out   receives 14 coefficients, then zeros */
void mfcc_frame(const mfcc *m, const float band[MEL_ROOM], float out[MFCC_ROOM]);

#endif
