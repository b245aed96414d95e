/** The bytes of an MPEG sound, file or pipe, as libmpg123 is to see them: as they are, but the side information of an Info
 *  or Xing frame is zero. Some tools put their own bits there; libmpg123 then takes the frame for sound, and plays it
 *  together with the encoder's delay: the sound comes 2257 samples late. */
#ifndef EMOTRACK_AUDIO_MPEG_SOURCE_H
#define EMOTRACK_AUDIO_MPEG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MPEG_HEAD = 48 /* bytes of the first frame: header, side information, Xing header with its count of frames */ };

typedef struct mpeg_source {
    int fd; /* borrowed */
    bool seekable;
    bool interrupted; /* a signal came while a pipe was read */
    off_t begin;      /* place of the first byte in the file; all others count from there */
    off_t at;         /* of the byte that comes next */
    off_t first;      /* where the first frame should stand */
    unsigned char head[MPEG_HEAD];
    size_t head_bytes; /* in `head`; 0 until a read comes there */
} mpeg_source;

/** Four bytes as the start of an MPEG audio frame: 11 bits of sync, then no value that the standard leaves out (ISO
 *  11172-3). */
bool mpeg_is_frame_header(const unsigned char h[4]);

/** Where the first frame should stand: behind an ID3v2 tag, if that is what the first ten bytes begin. */
off_t mpeg_behind_tag(const unsigned char tag[10]);

/** Bytes at a place, from the file or, at place 0, from a pipe or socket, which keeps them. Waits for them as a read would.
 */
bool mpeg_peek(int fd, void *bytes, size_t count, off_t place);

/** @param place  where it begins, 0 but for what is joined on behind another one; only a file has other places */
void mpeg_source_open(mpeg_source *s, int fd, off_t place);

/** libmpg123's reader: read and lseek with a mpeg_source as handle. */
ssize_t mpeg_source_read(void *source, void *bytes, size_t count);
off_t mpeg_source_seek(void *source, off_t offset, int whence);

/** MPEG frames by the Xing or Info header, once the first frame was read; -1: there is none. */
int64_t mpeg_source_announced(const mpeg_source *s);

/** Seconds of MPEG sound, of whatever rate and layer, from a place on; on a pipe from where it stands. Four frames in a row
 *  are sound, fewer may be chance in a tag.
 *  @param enough_s  once more than that is found, no more is read: 0 asks whether there is any   @param begins  receives
 *  where */
double mpeg_source_left(mpeg_source *s, off_t place, double enough_s, off_t *begins);

#endif
