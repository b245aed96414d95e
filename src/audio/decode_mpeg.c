#include <inttypes.h>
#include <math.h>
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
    uint64_t given, joined;  /* samples of one channel in all, and before the stream that is read now */
    int64_t announced;       /* MPEG frames by that one's Xing or Info header; -1: it has none */
    double left_s;           /* of a joined stream of another kind, which is not read; -1: not known how much */
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

/* Where libmpg123 has stopped: behind its last whole frame. */
static off_t stopped_at(const mpeg_decoder *d)
{
    struct mpg123_frameinfo last;
    if (mpg123_info(d->handle, &last) != MPG123_OK) return 0;
    return mpg123_framepos(d->handle) + last.framesize;
}

static int open_stream(mpeg_decoder *d, off_t place, long *rate, int *channels)
{
    int encoding = 0;
    mpeg_source_open(&d->source, d->fd, place);
    int failure = mpg123_open_handle(d->handle, &d->source);
    if (failure == MPG123_OK) failure = mpg123_getformat(d->handle, rate, channels, &encoding);
    if (failure == MPG123_OK && encoding != MPG123_ENC_FLOAT_32) failure = MPG123_BAD_OUTFORMAT;
    if (failure == MPG123_OK) d->announced = mpeg_source_announced(&d->source);
    return failure;
}

/* libmpg123 stops where another stream is joined on, as if that were the end. True if that one is of the same kind and will
 * be read now; what is left otherwise stands in `left_s`. */
static bool read_on(mpeg_decoder *d)
{
    off_t begins;
    long rate = 0;
    int channels = 0;
    off_t behind = stopped_at(d);
    if (d->source.interrupted || behind <= 0 || mpeg_source_left(&d->source, behind, 0, &begins) <= 0) return false;
    mpeg_source ended = d->source;
    d->left_s = -1; /* a pipe: unknown */
    if (!ended.seekable) return false;
    mpg123_close(d->handle);
    int failure = open_stream(d, ended.begin + begins, &rate, &channels);
    if (failure == MPG123_OK && (double)rate == d->base.rate_hz && (unsigned)channels == d->base.channels) {
        d->joined = d->given;
        d->left_s = 0;
        return true;
    }
    d->left_s = mpeg_source_left(&ended, begins, INFINITY, &begins);
    return false;
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
        d->given += bytes / frame_bytes;
        if (d->failure == MPG123_DONE && read_on(d)) d->failure = MPG123_OK;
    }
    return done;
}

/* True if the file ends within an MPEG frame: behind the last whole one stands a header (and not a tag), but no frame. */
static bool ends_within_frame(const mpeg_decoder *d)
{
    unsigned char next[4];
    off_t behind = stopped_at(d);
    return behind > 0 && pread(d->fd, next, sizeof next, d->source.begin + behind) == sizeof next &&
           mpeg_is_frame_header(next);
}

static et_status end(decoder *base, uint64_t read, char detail[DECODER_DETAIL])
{
    mpeg_decoder *d = (mpeg_decoder *)base;
    int64_t frame = (int64_t)mpg123_tellframe(d->handle);
    if (d->source.interrupted) return ET_ERROR_INTERRUPTED;
    if (d->left_s != 0) {
        char left[32] = "all that follows";
        if (d->left_s > 0) snprintf(left, sizeof left, "%.1f s", d->left_s);
        snprintf(detail, DECODER_DETAIL, "another MPEG stream, of another kind, is joined on: %s left unread", left);
        return ET_ERROR_FORMAT;
    }
    read -= d->joined;
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
    int failure = MPG123_OK, channels = 0;
    long rate = 0;
    d->handle = mpg123_new(NULL, &failure);
    if (d->handle == NULL) return ET_ERROR_MEMORY;
    struct mpg123_frameinfo about;
    failure = set_up(d->handle);
    if (failure == MPG123_OK) failure = mpg123_replace_reader_handle(d->handle, mpeg_source_read, mpeg_source_seek, NULL);
    if (failure == MPG123_OK) failure = open_stream(d, 0, &rate, &channels);
    if (failure == MPG123_OK) failure = mpg123_info(d->handle, &about);
    if (failure != MPG123_OK) {
        snprintf(detail, DECODER_DETAIL, "begins like MPEG sound but holds none: %s", mpg123_plain_strerror(failure));
        return ET_ERROR_FORMAT;
    }
    int block = mpg123_spf(d->handle);
    d->frames_a_block = block > 0 ? (unsigned)block : 1152;
    d->base.rate_hz = (double)rate;
    d->base.channels = (unsigned)channels;
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
