/** Tonal centroid of a chroma: its place on the circles of fifths, minor thirds and major thirds (Harte, Sandler & Gasser
 *  2006, "Detecting harmonic change in musical audio"). */
#ifndef EMOTRACK_FEATURES_TONNETZ_H
#define EMOTRACK_FEATURES_TONNETZ_H

#include "features/chroma.h"

enum { TONNETZ_COUNT = 6 };

/** @param chroma  >= 0, divided by its sum here; all 0 gives the middle
 *  @param out     sine and cosine on each circle, radii 1, 1 and 0.5 */
void tonnetz(const float chroma[CHROMA_COUNT], float out[TONNETZ_COUNT]);

#endif
