/** How well a chroma fits each of the 24 keys: correlation with how often music in a key has each of its degrees (Temperley
 *  2007, "Music and probability": excerpts of Kostka & Payne's textbook). The profiles that listeners gave (Krumhansl &
 *  Kessler 1982) hear many minor cadences, whose dominant is a major chord, as major. */
#ifndef EMOTRACK_FEATURES_KEY_H
#define EMOTRACK_FEATURES_KEY_H

#include "features/chroma.h"

enum { KEY_COUNT = 24 };

typedef struct key_fit {
    int key;         /**< best: 0 .. 11 C major .. B major, 12 .. 23 C minor .. B minor */
    float clarity;   /**< its correlation, -1 .. 1                                     */
    float majorness; /**< best of the major keys less best of the minor ones            */
} key_fit;

/** A chroma of twelve equal values fits no key: all 0. */
key_fit key_find(const float chroma[CHROMA_COUNT]);

/** "C major" .. "B minor"; sharps, not flats. Static storage.
 *  @param key  0 .. 23 */
const char *key_name(int key);

#endif
