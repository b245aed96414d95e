/** Power by pitch class: each bin counts for the twelve semitones by a Gaussian around its own pitch (half a semitone wide,
 *  or the bin's width where that is more), of unit length, and for its octave by a Gaussian around 880 Hz, two octaves wide
 *  (Ellis 2007, "Chroma feature analysis and synthesis"; librosa's filter bank). */
#ifndef EMOTRACK_FEATURES_CHROMA_H
#define EMOTRACK_FEATURES_CHROMA_H

#include <stddef.h>

enum { CHROMA_COUNT = 12 };

typedef struct chroma_bank chroma_bank;

/** @param bins  of a spectrum from 0 Hz, more than a hundred
 *  @return NULL if memory is out */
chroma_bank *chroma_create(double bin_hz, size_t bins);
void chroma_destroy(chroma_bank *c);

/** @param power   `bins` values
 *  @param tuning  of the sound against A4 = 440 Hz, semitones, -0.5 .. 0.5; used in steps of 5 cents
 *  @param out     receives C, C sharp .. B; the largest is 1, or all are 0 */
void chroma_frame(const chroma_bank *c, const float *power, double tuning, float out[CHROMA_COUNT]);

#endif
