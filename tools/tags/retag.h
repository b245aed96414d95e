/** New tags for a sound file, and nothing else: a copy beside it gets them, is read again and takes its place (the mode and a
 *  symbolic link stay, atomic_file.h). The copy is decoded before that: one sample that differs, and the file stays as it is. */
#ifndef EMOTRACK_TOOLS_TAGS_RETAG_H
#define EMOTRACK_TOOLS_TAGS_RETAG_H

#include "tags/tags.h"

/** Digest of decoded sound, begun as {0}. */
typedef struct sound_digest {
    uint64_t bits, frames;
    et_status end; /**< how reading ended */
} sound_digest;

void sound_digest_add(sound_digest *d, const float *samples, size_t frames, unsigned channels);

/** Of a whole file, or of what can be read of it. @return ET_OK; ET_ERROR_MEMORY; a status of sound_file_open */
et_status sound_digest_of(sound_digest *d, const char *path, et_error *error);

/** @param tags   all fields of the new tags
 *  @param sound  of the file, as it is now
 *  @return ET_OK; a status of tags.h; ET_ERROR_FILE: no permission, disk full; ET_ERROR_FORMAT: the sound would change */
et_status retag(const char *path, const song_tags *tags, const sound_digest *sound, et_error *error);

#endif
