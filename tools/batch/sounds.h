/** Reading many sounds: block by block, with progress, names for their results, and one clear line for each that fails. */
#ifndef EMOTRACK_TOOLS_BATCH_SOUNDS_H
#define EMOTRACK_TOOLS_BATCH_SOUNDS_H

#include "audio/sound_file.h"

/** Begins the progress bar of a command that reads these files. */
void sounds_progress(const char *what, char *const *files, int count, bool quiet);

/** What is done with a sound. Each returns ET_OK to go on. */
typedef struct sound_visitor {
    et_status (*begin)(void *context, double rate_hz, unsigned channels, et_error *error);
    et_status (*push)(void *context, const float *samples, size_t frames, et_error *error); /**< interleaved */
} sound_visitor;

/** Reads a sound from its beginning to its end, or to where it breaks off.
 *  @return ET_OK at its end; a visitor's status; a status of sound_file.h; ET_ERROR_INTERRUPTED after Ctrl-C */
et_status sound_visit(const char *path, const raw_format *raw, const sound_visitor *visitor, void *context, et_error *error);

/** A sound that the progress bar counted will not be read. */
void sound_skip(const char *path);

/** "DIR/17.mp3" is "17", "-" is "stdin". @return bytes written without the end, cut to fit */
size_t sound_stem(char *stem, size_t room, const char *path);

/** Refuses an output that is one of the sounds, by whatever path.
 *  @param output  NULL: none   @return ET_OK; ET_ERROR_ARGUMENT */
et_status sounds_are_not(const char *output, char *const *files, int count, et_error *error);

#endif
