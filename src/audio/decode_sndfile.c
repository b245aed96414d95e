#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sndfile.h>

#include "audio/container.h"
#include "audio/decoder.h"

typedef struct sndfile_decoder {
    decoder base;
    SNDFILE *file;
    int fd;
    int container; /* libsndfile's major format */
    bool seekable;
    bool ended;
    char failure[64]; /* libsndfile's words; it forgets them at the next call */
    container_sound sound;
} sndfile_decoder;

static size_t read_frames(decoder *base, float *samples, size_t frames)
{
    sndfile_decoder *d = (sndfile_decoder *)base;
    if (d->ended) return 0;
    sf_count_t got = sf_readf_float(d->file, samples, (sf_count_t)frames);
    d->ended = got < (sf_count_t)frames;
    if (sf_error(d->file) != SF_ERR_NO_ERROR) snprintf(d->failure, sizeof d->failure, "%s", sf_strerror(d->file));
    return got > 0 ? (size_t)got : 0;
}

/* A pipe has no size; all that can be asked is whether something is left in it. */
static bool pipe_goes_on(const sndfile_decoder *d)
{
    char byte;
    return !d->seekable && read(d->fd, &byte, 1) == 1;
}

static et_status cut_off(const sndfile_decoder *d, char detail[DECODER_DETAIL])
{
    if (d->base.frames > 0)
        snprintf(detail, DECODER_DETAIL, "its header announces %.1f s", (double)d->base.frames / d->base.rate_hz);
    else
        snprintf(detail, DECODER_DETAIL, "its last page is missing");
    return ET_ERROR_TRUNCATED;
}

static et_status end(decoder *base, uint64_t read, char detail[DECODER_DETAIL])
{
    sndfile_decoder *d = (sndfile_decoder *)base;
    if (d->failure[0] != '\0') {
        snprintf(detail, DECODER_DETAIL, "%s", d->failure);
        return base->frames > 0 && read < (uint64_t)base->frames ? ET_ERROR_TRUNCATED : ET_ERROR_FORMAT;
    }
    if (d->sound.behind > 0 || (read == 0 && base->frames == 0 && pipe_goes_on(d))) {
        snprintf(detail, DECODER_DETAIL, "its header announces no more, but the sound goes on behind it");
        return ET_ERROR_FORMAT;
    }
    if (d->container == SF_FORMAT_OGG && pipe_goes_on(d)) {
        snprintf(detail, DECODER_DETAIL,
                 "another Ogg stream is joined on, which is left unread in a pipe; give the file itself");
        return ET_ERROR_FORMAT;
    }
    if (d->sound.present < d->sound.announced) return cut_off(d, detail);
    if (base->frames > 0 && read < (uint64_t)base->frames) return cut_off(d, detail);
    if (base->frames < 0 && d->seekable && d->container == SF_FORMAT_OGG) return cut_off(d, detail);
    return ET_OK;
}

static void close_file(decoder *base)
{
    sndfile_decoder *d = (sndfile_decoder *)base;
    sf_close(d->file);
    close(d->fd);
    free(d);
}

static unsigned bytes_of_sample(int format)
{
    switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8: return 1;
    case SF_FORMAT_PCM_16: return 2;
    case SF_FORMAT_PCM_24: return 3;
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT: return 4;
    case SF_FORMAT_DOUBLE: return 8;
    }
    return 0;
}

/* Frames by the header; libsndfile itself tells those that are there. */
static int64_t announced_frames(const sndfile_decoder *d, const SF_INFO *info)
{
    uint64_t frame_bytes = (uint64_t)bytes_of_sample(info->format) * (unsigned)info->channels;
    if (d->sound.known && d->sound.announced > 0 && frame_bytes > 0) return (int64_t)(d->sound.announced / frame_bytes);
    if (info->frames < 0 || info->frames >= SF_COUNT_MAX) return -1;
    if (d->seekable) return info->frames > 0 ? info->frames : -1;
    /* On a pipe the writer of the header could not know the length either, as a rule. */
    bool unknown = (frame_bytes > 0 && (container_size_is_unknown((uint64_t)info->frames * frame_bytes) ||
                                        container_size_is_unknown((uint64_t)(info->frames + 1) * frame_bytes)));
    return unknown ? -1 : info->frames;
}

static void why_refused(const sndfile_decoder *d, char detail[DECODER_DETAIL])
{
    const char *why = "no format of sound that can be read from a pipe (WAV, AIFF, FLAC, OGG and MP3 can)";
    if (d->seekable) why = "no format of sound that libsndfile knows";
    if (d->sound.present < d->sound.announced) why = "cut off, and of such a file libsndfile reads nothing";
    snprintf(detail, DECODER_DETAIL, "%s", why);
}

et_status decoder_open_sndfile(decoder **out, int fd, char detail[DECODER_DETAIL])
{
    sndfile_decoder *d = calloc(1, sizeof *d);
    if (d == NULL) {
        close(fd);
        return ET_ERROR_MEMORY;
    }
    SF_INFO info = {0};
    d->fd = fd;
    d->seekable = lseek(fd, 0, SEEK_CUR) >= 0;
    if (d->seekable) d->sound = container_inspect(fd);
    d->file = sf_open_fd(fd, SFM_READ, &info, SF_FALSE);
    if (d->file == NULL) {
        why_refused(d, detail);
        close(fd);
        free(d);
        return ET_ERROR_FORMAT;
    }
    d->container = info.format & SF_FORMAT_TYPEMASK;
    d->base = (decoder){.rate_hz = info.samplerate,
                        .channels = (unsigned)info.channels,
                        .frames = announced_frames(d, &info),
                        .read = read_frames,
                        .end = end,
                        .close = close_file};
    *out = &d->base;
    return ET_OK;
}
