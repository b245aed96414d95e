#include "audio/mpeg_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

bool mpeg_is_frame_header(const unsigned char h[4])
{
    bool sync = h[0] == 0xff && (h[1] & 0xe0) == 0xe0;
    return sync && (h[1] & 0x18) != 0x08 && (h[1] & 0x06) != 0 && (h[2] & 0xf0) != 0xf0 && (h[2] & 0x0c) != 0x0c;
}

/* The tag's size is given in four bytes of seven bits. */
off_t mpeg_behind_tag(const unsigned char tag[10])
{
    if (memcmp(tag, "ID3", 3) != 0) return 0;
    return 10 + ((off_t)(tag[6] & 127) << 21 | (off_t)(tag[7] & 127) << 14 | (off_t)(tag[8] & 127) << 7 | (tag[9] & 127));
}

static bool peek_stream(int fd, void *bytes, size_t count)
{
    if (recv(fd, bytes, count, MSG_PEEK | MSG_WAITALL) == (ssize_t)count) return true;
    int copy[2];
    if (pipe2(copy, O_CLOEXEC) != 0) return false;
    ssize_t copied = tee(fd, copy[1], count, 0);
    while (copied > 0 && copied < (ssize_t)count) { /* a writer that brings a byte at a time; the end gives the same again */
        char dropped[16];
        struct timespec pause = {.tv_nsec = 10000000};
        ssize_t before = read(copy[0], dropped, (size_t)copied);
        nanosleep(&pause, NULL);
        copied = tee(fd, copy[1], count, 0);
        if (copied <= before) break;
    }
    bool peeked = copied == (ssize_t)count && read(copy[0], bytes, count) == (ssize_t)count;
    close(copy[0]);
    close(copy[1]);
    return peeked;
}

bool mpeg_peek(int fd, void *bytes, size_t count, off_t place)
{
    if (lseek(fd, 0, SEEK_CUR) >= 0) return pread(fd, bytes, count, place) == (ssize_t)count;
    return place == 0 && peek_stream(fd, bytes, count);
}

void mpeg_source_open(mpeg_source *s, int fd)
{
    unsigned char tag[10];
    *s = (mpeg_source){.fd = fd, .seekable = lseek(fd, 0, SEEK_CUR) >= 0};
    if (mpeg_peek(fd, tag, sizeof tag, 0)) s->first = mpeg_behind_tag(tag);
}

static ssize_t read_some(mpeg_source *s, void *bytes, size_t count, off_t place)
{
    ssize_t got = s->seekable ? pread(s->fd, bytes, count, place) : read(s->fd, bytes, count);
    if (got < 0 && errno == EINTR) s->interrupted = true;
    return got;
}

/* The Xing or Info header hides in the first frame, behind the side information of a layer III frame.
 * @return its place in `head`, 0 if there is none */
static size_t xing_place(const mpeg_source *s)
{
    const unsigned char *h = s->head;
    if (s->head_bytes < MPEG_HEAD || !mpeg_is_frame_header(h)) return 0;
    bool mpeg1 = (h[1] & 0x18) == 0x18, mono = (h[3] & 0xc0) == 0xc0;
    size_t side = mpeg1 ? (mono ? 17 : 32) : (mono ? 9 : 17);
    const unsigned char *xing = h + 4 + side;
    return memcmp(xing, "Xing", 4) == 0 || memcmp(xing, "Info", 4) == 0 ? 4 + side : 0;
}

static void read_head(mpeg_source *s)
{
    ssize_t got;
    while (s->head_bytes < MPEG_HEAD &&
           (got = read_some(s, s->head + s->head_bytes, MPEG_HEAD - s->head_bytes, s->first + (off_t)s->head_bytes)) > 0)
        s->head_bytes += (size_t)got;
    size_t xing = xing_place(s);
    if (xing > 0) memset(s->head + 4, 0, xing - 4);
}

ssize_t mpeg_source_read(void *source, void *bytes, size_t count)
{
    mpeg_source *s = source;
    off_t into = s->at - s->first;
    ssize_t got;
    if (into >= 0 && into < MPEG_HEAD) {
        if (s->head_bytes == 0) read_head(s);
        size_t left = (size_t)into < s->head_bytes ? s->head_bytes - (size_t)into : 0;
        got = (ssize_t)(count < left ? count : left);
        memcpy(bytes, s->head + into, (size_t)got);
    } else {
        if (into < 0 && (off_t)count > -into) count = (size_t)-into;
        got = read_some(s, bytes, count, s->at);
    }
    if (got > 0) s->at += got;
    return got;
}

off_t mpeg_source_seek(void *source, off_t offset, int whence)
{
    mpeg_source *s = source;
    off_t end = whence == SEEK_END ? lseek(s->fd, 0, SEEK_END) : 0;
    off_t to = offset + (whence == SEEK_CUR ? s->at : end);
    if (!s->seekable || to < 0) return -1;
    return s->at = to;
}

int64_t mpeg_source_announced(const mpeg_source *s)
{
    size_t place = xing_place(s);
    const unsigned char *xing = s->head + place;
    if (place == 0 || (xing[7] & 1) == 0) return -1;
    return (int64_t)xing[8] << 24 | (int64_t)xing[9] << 16 | (int64_t)xing[10] << 8 | xing[11];
}
