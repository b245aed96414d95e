#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mpg123.h>

#include "audio/decoder.h"
#include "audio/mpeg_source.h"

typedef struct mpeg_decoder {
    decoder base;
    mpg123_handle *handle;
    int fd;
    mpeg_source source;
    int failure;             /* mpg123's code, MPG123_DONE at the proper end */
    int64_t announced;       /* MPEG frames by the Xing or Info header; -1: it has none */
    unsigned frames_a_block; /* samples of one channel in an MPEG frame */
} mpeg_decoder;

bool decoder_is_mpeg(int fd)
{
    unsigned char head[4], tag[10];
    if (lseek(fd, 0, SEEK_CUR) < 0)
        return mpeg_peek(fd, head, sizeof head, 0) && (mpeg_is_frame_header(head) || memcmp(head, "ID3", 3) == 0);
    off_t start = mpeg_peek(fd, tag, sizeof tag, 0) ? mpeg_behind_tag(tag) : 0;
    if (!mpeg_peek(fd, head, sizeof head, start)) return false;
    return mpeg_is_frame_header(head) || (start > 0 && memcmp(head, "fLaC", 4) != 0);
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
    return pread(d->fd, next, sizeof next, behind) == sizeof next && mpeg_is_frame_header(next);
}

static et_status end(decoder *base, uint64_t read, char detail[DECODER_DETAIL])
{
    mpeg_decoder *d = (mpeg_decoder *)base;
    int64_t frame = (int64_t)mpg123_tellframe(d->handle);
    if (d->source.interrupted) return ET_ERROR_INTERRUPTED;
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
    if (failure == MPG123_OK) failure = mpg123_replace_reader_handle(d->handle, mpeg_source_read, mpeg_source_seek, NULL);
    if (failure == MPG123_OK) failure = mpg123_open_handle(d->handle, &d->source);
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
    d->announced = mpeg_source_announced(&d->source);
    d->base.frames = d->announced > 0 ? (int64_t)mpg123_length(d->handle) : -1; /* else guessed from the size */
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
    mpeg_source_open(&d->source, fd);
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
