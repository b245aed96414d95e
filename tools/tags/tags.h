/** What emotrack writes into the tags of a sound file, by TagLib: fields of its own in the tag that the kind of file has.
 *
 *  | file                              | a field is                                          |
 *  | MP3, WAV, AIFF, TTA               | an ID3v2 frame TXXX with this description           |
 *  | Ogg Vorbis, Opus, Speex, FLAC     | a Vorbis comment                                    |
 *  | MP4 (M4A ...)                     | an atom ----:com.apple.iTunes:FIELD                 |
 *  | WMA                               | an attribute                                        |
 *  | WavPack, Monkey's Audio, Musepack | an item of the APE tag                              |
 *
 *  The mood's word stands in EMOTRACK_MOOD and in the field that players show (TMOO, MOOD, WM/Mood), unless a word of somebody
 *  else is there. All other tags stay. Any thread. */
#ifndef EMOTRACK_TOOLS_TAGS_TAGS_H
#define EMOTRACK_TOOLS_TAGS_TAGS_H

#include "emotrack.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Texts; an empty one is a field that is not there. */
typedef struct song_tags {
    char valence[16], arousal[16]; /**< EMOTRACK_VALENCE, EMOTRACK_AROUSAL: numbers of six decimals */
    char mood[16];                 /**< EMOTRACK_MOOD */
    char model[96];                /**< EMOTRACK_MODEL: name and digest */
} song_tags;

/** Whether this program is built with TagLib; without it the others give ET_ERROR_UNSUPPORTED. */
bool tags_built(void);

/** @param name  of the sound, for messages
 *  @return ET_OK; ET_ERROR_UNSUPPORTED: a kind of file whose tags are not known; ET_ERROR_FORMAT, ET_ERROR_MEMORY */
et_status tags_read(song_tags *out, const char *path, const char *name, et_error *error);

/** Changes the file in its place: give it a copy. Whether all arrived on the disk is to be seen by reading.
 *  @param tags  all fields; empty ones are taken out  @return as tags_read; ET_ERROR_FILE: it cannot be written */
et_status tags_write(const char *path, const char *name, const song_tags *tags, et_error *error);

#ifdef __cplusplus
}
#endif

#endif
