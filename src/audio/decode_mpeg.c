#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <mpg123.h>

#include "audio/decoder.h"

typedef struct mpeg_decoder {
    decoder base;
    mpg123_handle *handle;
    int fd;
    int failure;             /* mpg123's code, MPG123_DONE at the proper end */
    int64_t announced;       /* MPEG frames by the Xing or Info header; -1: it has none */
    unsigned frames_a_block; /* samples of one channel in an MPEG frame */
} mpeg_decoder;

/* Four bytes as the start of an MPEG audio frame: 11 bits of sync, then no value that the standard leaves out (ISO 11172-3).
 */
static bool is_frame_header(const unsigned char h[4])
{
    bool sync = h[0] == 0xff && (h[1] & 0xe0) == 0xe0;
    return sync && (h[1] & 0x18) != 0x08 && (h[1] & 0x06) != 0 && (h[2] & 0xf0) != 0xf0 && (h[2] & 0x0c) != 0x0c;
}

/* Where the first frame should stand: behind an ID3v2 tag, whose size is given in four bytes of seven bits. */
static off_t behind_tag(int fd)
{
    unsigned char tag[10];
    if (pread(fd, tag, sizeof tag, 0) != sizeof tag || memcmp(tag, "ID3", 3) != 0) return 0;
    return 10 + ((off_t)(tag[6] & 127) << 21 | (off_t)(tag[7] & 127) << 14 | (off_t)(tag[8] & 127) << 7 | (tag[9] & 127));
}

/* The first bytes of a pipe or socket, left where they are. Waits for them as a read would. */
static bool peek_stream(int fd, unsigned char *bytes, size_t count)
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

bool decoder_is_mpeg(int fd)
{
    unsigned char head[4];
    off_t start = behind_tag(fd);
    if (lseek(fd, 0, SEEK_CUR) < 0)
        return peek_stream(fd, head, sizeof head) && (is_frame_header(head) || memcmp(head, "ID3", 3) == 0);
    if (pread(fd, head, sizeof head, start) != sizeof head) return false;
    return is_frame_header(head) || (start > 0 && memcmp(head, "fLaC", 4) != 0);
}

/* The Xing or Info header hides in the first frame, behind the side information of a layer III frame. */
static int64_t announced_mpeg_frames(int fd)
{
    unsigned char head[4], xing[12];
    off_t start = behind_tag(fd);
    if (pread(fd, head, sizeof head, start) != sizeof head || !is_frame_header(head)) return -1;
    bool mpeg1 = (head[1] & 0x18) == 0x18, mono = (head[3] & 0xc0) == 0xc0;
    off_t side = mpeg1 ? (mono ? 17 : 32) : (mono ? 9 : 17);
    if (pread(fd, xing, sizeof xing, start + 4 + side) != sizeof xing) return -1;
    bool found = memcmp(xing, "Xing", 4) == 0 || memcmp(xing, "Info", 4) == 0;
    if (!found || (xing[7] & 1) == 0) return -1;
    return (int64_t)xing[8] << 24 | (int64_t)xing[9] << 16 | (int64_t)xing[10] << 8 | xing[11];
}

static size_t read_frames(decoder *base, float *samples, size_t frames)
{
    mpeg_decoder *d = (mpeg_decoder *)base;
    size_t frame_bytes = base->channels * sizeof(float);
    size_t done = 0;
    while (done < frames && d->failure == MPG123_OK) {
        size_t bytes = 0;
        d->failure = mpg123_read(d->handle, (unsigned char *)(samples + done * base->channels),
                                 (frames - done) * frame_bytes, &bytes);
        done += bytes / frame_bytes;
    }
    return done;
}

/* True if the file ends within an MPEG frame: behind the last whole one stands a header (and not a tag), but no frame. */
static bool ends_within_frame(const mpeg_decoder *d)
{
    struct mpg123_frameinfo last;
    unsigned char next[4];
    if (mpg123_info(d->handle, &last) != MPG123_OK) return false;
    off_t behind = mpg123_framepos(d->handle) + last.framesize;
    return pread(d->fd, next, sizeof next, behind) == sizeof next && is_frame_header(next);
}

static et_status end(decoder *base, uint64_t read, char detail[DECODER_DETAIL])
{
    mpeg_decoder *d = (mpeg_decoder *)base;
    int64_t frame = (int64_t)mpg123_tellframe(d->handle);
    /* Encoders count their header frame or not: one frame more or less is no news. */
    if (d->announced > 0 && (int64_t)(read / d->frames_a_block) + 4 < d->announced) {
        snprintf(detail, DECODER_DETAIL, "MPEG frame %" PRId64 " of %" PRId64, frame, d->announced);
        return ET_ERROR_TRUNCATED;
    }
    if (d->failure != MPG123_DONE) {
        snprintf(detail, DECODER_DETAIL, "MPEG frame %" PRId64 ": %s", frame, mpg123_plain_strerror(d->failure));
        return ET_ERROR_FORMAT;
    }
    if (ends_within_frame(d)) {
        snprintf(detail, DECODER_DETAIL, "within MPEG frame %" PRId64, frame);
        return ET_ERROR_TRUNCATED;
    }
    return ET_OK;
}

static void close_file(decoder *base)
{
    mpeg_decoder *d = (mpeg_decoder *)base;
    mpg123_delete(d->handle);
    close(d->fd);
    free(d);
}

/* The file's own rate, floats, and the encoder's padding cut away: the samples that libsndfile gives for the same file. */
static int set_up(mpg123_handle *handle)
{
    const long *rates;
    size_t count;
    mpg123_param(handle, MPG123_REMOVE_FLAGS, MPG123_AUTO_RESAMPLE, 0);
    mpg123_param(handle, MPG123_ADD_FLAGS, MPG123_QUIET | MPG123_FORCE_FLOAT | MPG123_GAPLESS | MPG123_NO_FRANKENSTEIN, 0);
    mpg123_format_none(handle);
    mpg123_rates(&rates, &count);
    int failure = MPG123_OK;
    for (size_t i = 0; i < count && failure == MPG123_OK; i++)
        failure = mpg123_format(handle, rates[i], MPG123_MONO | MPG123_STEREO, MPG123_ENC_FLOAT_32);
    return failure;
}

static et_status open_handle(mpeg_decoder *d, char detail[DECODER_DETAIL])
{
    int failure = MPG123_OK, channels = 0, encoding = 0;
    long rate = 0;
    d->handle = mpg123_new(NULL, &failure);
    if (d->handle == NULL) return ET_ERROR_MEMORY;
    struct mpg123_frameinfo about;
    failure = set_up(d->handle);
    if (failure == MPG123_OK) failure = mpg123_open_fd(d->handle, d->fd);
    if (failure == MPG123_OK) failure = mpg123_getformat(d->handle, &rate, &channels, &encoding);
    if (failure == MPG123_OK) failure = mpg123_info(d->handle, &about);
    if (failure != MPG123_OK || encoding != MPG123_ENC_FLOAT_32) {
        snprintf(detail, DECODER_DETAIL, "begins like MPEG sound but holds none: %s", mpg123_plain_strerror(failure));
        return ET_ERROR_FORMAT;
    }
    int block = mpg123_spf(d->handle);
    d->frames_a_block = block > 0 ? (unsigned)block : 1152;
    d->base.rate_hz = (double)rate;
    d->base.channels = (unsigned)channels;
    bool seekable = lseek(d->fd, 0, SEEK_CUR) >= 0;
    off_t frames = mpg123_length(d->handle); /* by the Xing header, or guessed from the size where there is one */
    if (!seekable && frames > 0) d->announced = frames / d->frames_a_block;
    d->base.frames = d->announced > 0 ? frames : -1;
    return ET_OK;
}

et_status decoder_open_mpeg(decoder **out, int fd, char detail[DECODER_DETAIL])
{
    mpeg_decoder *d = calloc(1, sizeof *d);
    if (d == NULL) {
        close(fd);
        return ET_ERROR_MEMORY;
    }
    d->fd = fd;
    d->announced = announced_mpeg_frames(fd);
    d->base.read = read_frames;
    d->base.end = end;
    d->base.close = close_file;
    et_status status = open_handle(d, detail);
    if (status != ET_OK) {
        close_file(&d->base);
        return status;
    }
    *out = &d->base;
    return ET_OK;
}
