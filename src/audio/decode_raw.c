#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/decoder.h"

enum { ROOM = 1 << 16 };

typedef struct raw_decoder {
    decoder base;
    int fd;
    raw_format format;
    size_t frame_bytes, held; /* bytes that wait in `bytes`; less than a frame between two reads */
    bool at_end;
    int failure; /* errno of a read; 0: none */
    unsigned char bytes[ROOM];
} raw_decoder;

static uint64_t whole_number(const unsigned char *bytes, raw_format f)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < f.bytes; i++) value = value << 8 | bytes[f.big_endian ? i : f.bytes - 1 - i];
    return value;
}

/* A number of n bits stands for n / 2^(bits - 1), as libsndfile has it. */
static float sample_of(const unsigned char *bytes, raw_format f)
{
    uint64_t number = whole_number(bytes, f);
    if (f.kind == RAW_FLOAT && f.bytes == 8) {
        double value;
        memcpy(&value, &number, sizeof value);
        return (float)value;
    }
    if (f.kind == RAW_FLOAT) {
        float value;
        uint32_t bits = (uint32_t)number;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    int64_t half = (int64_t)1 << (8 * f.bytes - 1), value = (int64_t)number;
    if (f.kind == RAW_UNSIGNED || value >= half) value -= f.kind == RAW_UNSIGNED ? half : 2 * half;
    return (float)value / (float)half;
}

/* Takes what a pipe has, as soon as that is one frame. */
static size_t read_frames(decoder *base, float *samples, size_t frames)
{
    raw_decoder *d = (raw_decoder *)base;
    size_t most = ROOM / d->frame_bytes, width = d->format.bytes;
    size_t wanted = (frames < most ? frames : most) * d->frame_bytes;
    while (!d->at_end && d->held < d->frame_bytes) {
        ssize_t got = read(d->fd, d->bytes + d->held, wanted - d->held);
        if (got < 0) d->failure = errno;
        d->at_end = got <= 0;
        if (got > 0) d->held += (size_t)got;
    }
    size_t whole = d->held / d->frame_bytes, used = whole * d->frame_bytes;
    for (size_t i = 0; i < used / width; i++) samples[i] = sample_of(d->bytes + i * width, d->format);
    d->held -= used;
    memmove(d->bytes, d->bytes + used, d->held);
    return whole;
}

static et_status end(decoder *base, uint64_t read, char detail[DECODER_DETAIL])
{
    const raw_decoder *d = (const raw_decoder *)base;
    if (d->failure == EINTR) return ET_ERROR_INTERRUPTED;
    if (d->failure != 0) {
        snprintf(detail, DECODER_DETAIL, "%s", strerror(d->failure));
        return ET_ERROR_FORMAT;
    }
    if (d->held == 0 || read == 0) return ET_OK;
    snprintf(detail, DECODER_DETAIL, "%zu bytes are left over, and a frame has %zu: is the format right?", d->held,
             d->frame_bytes);
    return ET_ERROR_TRUNCATED;
}

static void close_file(decoder *base)
{
    raw_decoder *d = (raw_decoder *)base;
    close(d->fd);
    free(d);
}

static int64_t frames_left(const raw_decoder *d)
{
    struct stat about;
    off_t at = lseek(d->fd, 0, SEEK_CUR);
    if (at < 0 || fstat(d->fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size < at) return -1;
    return (int64_t)((uint64_t)(about.st_size - at) / d->frame_bytes);
}

et_status decoder_open_raw(decoder **out, int fd, const raw_format *raw)
{
    raw_decoder *d = malloc(sizeof *d);
    if (d == NULL) {
        close(fd);
        return ET_ERROR_MEMORY;
    }
    d->fd = fd;
    d->format = *raw;
    d->frame_bytes = (size_t)raw->bytes * raw->channels;
    d->held = 0;
    d->at_end = false;
    d->failure = 0;
    d->base = (decoder){.rate_hz = raw->rate_hz,
                        .channels = raw->channels,
                        .frames = frames_left(d),
                        .read = read_frames,
                        .end = end,
                        .close = close_file};
    *out = &d->base;
    return ET_OK;
}
