/** Does a sound file hold the bytes that its header announces? libsndfile shortens what it finds without a word, so the
 *  chunks of RIFF/RIFX/RF64 (WAV), FORM (AIFF), CAF, W64 and AU files are walked here. */
#ifndef EMOTRACK_AUDIO_CONTAINER_H
#define EMOTRACK_AUDIO_CONTAINER_H

#include "emotrack.h"

typedef struct container_sound {
    bool known;         /* a header of these with a place for samples was found */
    uint64_t announced; /* bytes of sound by the header; 0 with `known` if the writer did not know (a stream) */
    uint64_t present;   /* bytes of sound that are there, at most `announced` */
    uint64_t behind;    /* bytes behind the announced sound that are no chunk of such a file */
} container_sound;

/** @param fd  a seekable file; its position is not moved */
container_sound container_inspect(int fd);

/** Sizes that writers of streams put where they cannot know (ffmpeg 0xffffffff, sox and arecord just below 2^31). */
bool container_size_is_unknown(uint64_t bytes);

#endif
