/** PortAudio and its host libraries (ALSA, JACK) write to stderr what they try in vain. The library prints nothing. */
#ifndef EMOTRACK_AUDIO_QUIET_H
#define EMOTRACK_AUDIO_QUIET_H

#include <stdbool.h>

/** Gives ALSA and JACK handlers of errors that say nothing, or their own ones back. */
void quiet_handlers(bool quiet);

/** Sends stderr nowhere, for the whole process: only around calls of PortAudio that write to it and offer no handler.
 *  @return what noise_back needs to undo it */
int noise_off(void);
void noise_back(int kept);

#endif
