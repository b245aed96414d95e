/** Sound that comes through a pipe in a format that must be read back and forth: libsndfile refuses FLAC there, and loses
 *  the end of RF64, and FFmpeg wants the end of most files first. All that the pipe brings goes into an unnamed temporary file first. */
#ifndef EMOTRACK_AUDIO_SPOOL_H
#define EMOTRACK_AUDIO_SPOOL_H

#include "emotrack.h"

/** True if a pipe or socket begins like FLAC, RF64, CAF or W64, or is for FFmpeg. Waits for its first bytes and leaves them
 *  where they are. */
bool spool_is_needed(int fd, bool for_ffmpeg);

/** Reads `fd` to its end and puts a temporary file (in $TMPDIR or /tmp) in its place.
 *  @param fd          in: the pipe, closed then; out: the file, at its start. Unchanged where it fails
 *  @param name        of the sound, for the message
 *  @param most_bytes  a pipe that brings more is refused
 *  @return ET_OK, ET_ERROR_FILE (no room, no temporary folder), ET_ERROR_LIMIT, ET_ERROR_INTERRUPTED (a signal came) */
et_status spool_pipe(int *fd, const char *name, uint64_t most_bytes, et_error *error);

#endif
