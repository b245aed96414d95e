/** What stands between a sound file and what decodes it: one table of functions for libsndfile, one for bare samples, one
 *  for FFmpeg, one for libmpg123 (libsndfile also reads MPEG by way of libmpg123, but then prints its warnings to stderr and hides where a
 *  file breaks off). */
#ifndef EMOTRACK_AUDIO_DECODER_H
#define EMOTRACK_AUDIO_DECODER_H

#include "audio/sound_file.h"

enum { DECODER_DETAIL = 160 };

typedef struct decoder decoder;
struct decoder {
    double rate_hz;
    unsigned channels;
    int64_t frames; /* announced; -1: unknown */

    /* Interleaved floats; 0 means that the sound has ended or is broken. */
    size_t (*read)(decoder *d, float *samples, size_t frames);
    /* Why reading stopped after `read` frames: ET_OK for a proper end, ET_ERROR_INTERRUPTED, else what is wrong in `detail`.
     */
    et_status (*end)(decoder *d, uint64_t read, char detail[DECODER_DETAIL]);
    void (*close)(decoder *d);
};

/** @param fd   open for reading; the decoder owns it from here on, also if it fails
 *  @return ET_OK, ET_ERROR_FORMAT, ET_ERROR_MEMORY; `detail` says why */
et_status decoder_open_sndfile(decoder **out, int fd, char detail[DECODER_DETAIL]);
et_status decoder_open_ogg_chain(decoder **out, int fd, char detail[DECODER_DETAIL]);
et_status decoder_open_mpeg(decoder **out, int fd, char detail[DECODER_DETAIL]);
et_status decoder_open_raw(decoder **out, int fd, const raw_format *raw);

/** True if a file is several Ogg streams one behind the other, as recorders of radio leave them; of such a file libsndfile
 *  reads the first. Pipes and other files: false. */
bool decoder_is_ogg_chain(int fd);

/** True if a file, pipe or socket begins with an MPEG frame or an ID3 tag. Takes nothing out of it. libsndfile must not see
 *  such a pipe: it reads behind the end of its buffer (1.2.0). */
bool decoder_is_mpeg(int fd);

#endif
