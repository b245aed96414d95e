/** Sounds that libsndfile and libmpg123 do not know: AAC, WMA, a video's sound and the like, in their containers. FFmpeg's
 *  libraries decode them where they are installed: libemotrack_ffmpeg.so links them, and the program opens that when such a
 *  file comes and never else. A file is known by its first bytes; FFmpeg is asked to read it as that kind alone. */
#ifndef EMOTRACK_AUDIO_FOREIGN_H
#define EMOTRACK_AUDIO_FOREIGN_H

#include "audio/decoder.h"

/** @return FFmpeg's name for the kind of file (a static string), or NULL: none of these. Takes nothing out of a pipe. */
const char *foreign_kind(int fd);

/** What libemotrack_ffmpeg.so gives. */
typedef struct foreign_table {
    const char *version; /**< of emotrack; the program's own, or it is refused */

    /** Opens the best sound of a file and decodes its beginning.
     *  @param kind  of foreign_kind
     *  @param fd    a file that can be read at any place; the decoder owns it from here on, also if this fails
     *  @return ET_OK, ET_ERROR_FORMAT, ET_ERROR_MEMORY; `detail` says why */
    et_status (*open)(decoder **out, const char *kind, int fd, char detail[DECODER_DETAIL]);
} foreign_table;

/** Finds the library. What was loaded stays so until the process ends.
 *  @param out    receives its table, or NULL where it is not installed
 *  @return ET_OK, also where it is not installed; ET_ERROR_UNSUPPORTED: it is there and cannot be used, and why */
et_status foreign_load(const foreign_table **out, et_error *error);

/** Name of the one symbol of the library: a function without arguments that gives its table. */
#define FOREIGN_SYMBOL "emotrack_foreign_sounds"
typedef const foreign_table *(*foreign_entry)(void);

#endif
