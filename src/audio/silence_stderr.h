/** PortAudio and its host libraries (ALSA, JACK) write to stderr what they try in vain. The library prints nothing. */
#ifndef EMOTRACK_AUDIO_SILENCE_STDERR_H
#define EMOTRACK_AUDIO_SILENCE_STDERR_H

#include <stdbool.h>

/** Gives ALSA and JACK handlers of errors that say nothing, or their own ones back. */
void silence_handlers(bool quiet);

/** Sends stderr nowhere, for the whole process: only around calls of PortAudio that write to it and offer no handler.
 *  @return what restore_stderr needs to undo it */
int silence_stderr(void);
void restore_stderr(int kept);

#endif
