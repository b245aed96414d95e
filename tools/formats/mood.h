/** Words for places on the plane of valence and arousal. */
#ifndef EMOTRACK_TOOLS_FORMATS_MOOD_H
#define EMOTRACK_TOOLS_FORMATS_MOOD_H

#include "emotrack.h"

/** The quarter of the plane: happy (both positive), tense, sad or relaxed; "neutral" within 0.08 of the middle, "silence" where it is
 *  flagged, "" where one of the two is not answered. Static. */
const char *mood_quarter(const et_emotion *emotion);

/** One of twelve words around the circle, or as above. Static. */
const char *mood_word(const et_emotion *emotion);

#endif
