#include "formats/mood.h"

#include <math.h>

#define NEUTRAL .08
#define TURN 6.283185307179586
enum { WORDS = 12 };

/* Where no place on the plane has to be told apart. */
static const char *plain(const et_emotion *e)
{
    if (e->flags & ET_FLAG_SILENCE) return "silence";
    if (isnan(e->valence) || isnan(e->arousal)) return "";
    return hypot((double)e->valence, (double)e->arousal) < NEUTRAL ? "neutral" : NULL;
}

const char *mood_quarter(const et_emotion *e)
{
    const char *word = plain(e);
    if (word != NULL) return word;
    if (e->arousal >= 0) return e->valence >= 0 ? "happy" : "tense";
    return e->valence >= 0 ? "relaxed" : "sad";
}

/* From pleasant on against the clock; the page of `live --http` has the same. */
const char *mood_word(const et_emotion *e)
{
    static const char *const words[WORDS] = {"pleased", "happy", "excited", "alert", "tense",   "upset",
                                             "unhappy", "sad",   "weary",   "calm",  "relaxed", "content"};
    const char *word = plain(e);
    if (word != NULL) return word;
    long place = lround(atan2((double)e->arousal, (double)e->valence) / TURN * WORDS);
    return words[(place + WORDS) % WORDS];
}
