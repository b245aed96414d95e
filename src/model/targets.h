/** What is answered: the order everywhere. */
#ifndef EMOTRACK_MODEL_TARGETS_H
#define EMOTRACK_MODEL_TARGETS_H

enum { TARGET_VALENCE, TARGET_AROUSAL, TARGETS };

#endif
