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
        struct timespec pause = {.tv_nsec = 10000000};
        ssize_t before = read(copy[0], bytes, (size_t)copied);
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

void mpeg_source_open(mpeg_source *s, int fd, off_t place)
{
    unsigned char tag[10];
    *s = (mpeg_source){.fd = fd, .seekable = lseek(fd, 0, SEEK_CUR) >= 0, .begin = place};
    if (mpeg_peek(fd, tag, sizeof tag, place)) s->first = mpeg_behind_tag(tag);
}

static ssize_t read_some(mpeg_source *s, void *bytes, size_t count, off_t place)
{
    ssize_t got = s->seekable ? pread(s->fd, bytes, count, s->begin + place) : read(s->fd, bytes, count);
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
    off_t end = whence == SEEK_END ? lseek(s->fd, 0, SEEK_END) - s->begin : 0;
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

/* ---- what a decoder has left ------------------------------------------------------------------------------------------ */

typedef struct mpeg_frame {
    unsigned bytes; /* with its header; 0: not told ("free format") */
    double seconds;
} mpeg_frame;

/* ISO 11172-3 and 13818-3, 2.4.2.3: sizes and lengths by version and layer. */
static mpeg_frame frame_of(const unsigned char h[4])
{
    static const unsigned short kbit[5][15] = {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
                                               {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
                                               {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
                                               {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
                                               {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}};
    static const unsigned rates[3] = {44100, 48000, 32000};
    unsigned version = (h[1] >> 3) & 3, layer = 4 - ((h[1] >> 1) & 3); /* version: 3 is MPEG 1, 2 MPEG 2, 0 MPEG 2.5 */
    bool one = version == 3;
    unsigned rate = rates[(h[2] >> 2) & 3] >> (one ? 0 : version == 2 ? 1 : 2);
    unsigned row = one ? layer - 1 : layer == 1 ? 3 : 4;
    unsigned samples = layer == 1 ? 384 : layer == 3 && !one ? 576 : 1152, slot = layer == 1 ? 4 : 1;
    unsigned pad = (h[2] >> 1) & 1, slots = samples / 8 / slot * kbit[row][h[2] >> 4] * 1000 / rate;
    return (mpeg_frame){slots > 0 ? (slots + pad) * slot : 0, (double)samples / rate};
}

/* A window that moves over the bytes; its first `held` are there. */
typedef struct mpeg_walk {
    mpeg_source *source;
    off_t place; /* of the next byte that is read */
    size_t at, held;
    unsigned char bytes[16384]; /* more than the four largest frames */
} mpeg_walk;

static bool walk_has(mpeg_walk *w, size_t ahead)
{
    while (w->at + ahead > w->held) {
        memmove(w->bytes, w->bytes + w->at, w->held - w->at);
        w->held -= w->at;
        w->at = 0;
        ssize_t got = read_some(w->source, w->bytes + w->held, sizeof w->bytes - w->held, w->place);
        if (got <= 0) return false;
        w->held += (size_t)got;
        w->place += got;
    }
    return true;
}

/* Frames in a row from where the walk stands, at most `most`. */
static int frames_in_a_row(mpeg_walk *w, int most)
{
    int count = 0;
    for (size_t ahead = 0; count < most && walk_has(w, ahead + 4); count++) {
        const unsigned char *head = w->bytes + w->at + ahead;
        mpeg_frame frame = mpeg_is_frame_header(head) ? frame_of(head) : (mpeg_frame){0};
        if (frame.bytes == 0) break;
        ahead += frame.bytes;
    }
    return count;
}

double mpeg_source_left(mpeg_source *s, off_t place, double enough_s, off_t *begins)
{
    enum { IN_A_ROW = 4 };
    mpeg_walk w = {.source = s, .place = place};
    double seconds = 0;
    int row = IN_A_ROW; /* frames that must be there for the next one to be one */
    while (seconds <= enough_s && walk_has(&w, 4)) {
        bool sound = frames_in_a_row(&w, row) == row;
        mpeg_frame frame = sound ? frame_of(w.bytes + w.at) : (mpeg_frame){.bytes = 1};
        if (sound && seconds == 0) *begins = w.place - (off_t)(w.held - w.at);
        row = sound ? 1 : IN_A_ROW;
        seconds += frame.seconds;
        if (!walk_has(&w, frame.bytes)) break;
        w.at += frame.bytes;
    }
    return seconds;
}
