#include "audio/sound_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/decoder.h"
#include "audio/foreign.h"
#include "audio/spool.h"
#include "base/error.h"

static const uint64_t SPOOL_MOST = (uint64_t)4 << 30; /* some ten hours of FLAC */
enum { LEAST_RATE_HZ = 4000, MOST_RATE_HZ = 768000, MOST_CHANNELS = 256 };

struct sound_file {
    char *name; /* for messages */
    decoder *decoder;
    uint64_t read; /* frames given */
    bool ended;
};

/* A descriptor of our own, also for standard input. */
static int open_path(const char *path, const char *name, struct stat *about, et_error *error)
{
    int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fstat(fd, about) != 0) {
        error_set(error, ET_ERROR_FILE, "%s: cannot be opened: %s", name, strerror(errno));
        if (fd >= 0) close(fd);
        return -1;
    }
    if (S_ISDIR(about->st_mode)) {
        error_set(error, ET_ERROR_FILE, "%s: is a directory; name the sound files in it", name);
        close(fd);
        return -1;
    }
    return fd;
}

static et_status choose_decoder(decoder **out, int fd, const raw_format *raw, char detail[DECODER_DETAIL])
{
    if (raw != NULL) return decoder_open_raw(out, fd, raw);
    if (decoder_is_ogg_chain(fd)) return decoder_open_ogg_chain(out, fd, detail);
    return decoder_is_mpeg(fd) ? decoder_open_mpeg(out, fd, detail) : decoder_open_sndfile(out, fd, detail);
}

/* What FFmpeg decodes, where it is there. @param kind  of it, or NULL: not for FFmpeg */
static et_status find_foreign(const foreign_table **table, const char **kind, const sound_file *s, int fd, et_error *error)
{
    et_error why;
    *table = NULL;
    *kind = foreign_kind(fd);
    if (*kind == NULL || foreign_load(table, &why) == ET_OK) return ET_OK;
    return error_set(error, ET_ERROR_UNSUPPORTED, "%s: FFmpeg is needed for it: %s", s->name, why.message);
}

static et_status open_decoder(sound_file *s, int fd, const raw_format *raw, et_error *error)
{
    char detail[DECODER_DETAIL] = "";
    const foreign_table *foreign = NULL;
    const char *kind = NULL;
    et_status status = raw ? ET_OK : find_foreign(&foreign, &kind, s, fd, error);
    if (status == ET_OK && raw == NULL && spool_is_needed(fd, foreign != NULL))
        status = spool_pipe(&fd, s->name, SPOOL_MOST, error);
    if (status != ET_OK) {
        close(fd);
        return status;
    }
    status = foreign ? foreign->open(&s->decoder, kind, fd, detail) : choose_decoder(&s->decoder, fd, raw, detail);
    if (status == ET_ERROR_MEMORY) return error_set(error, status, "%s: no memory to open it", s->name);
    if (status != ET_OK)
        return error_set(error, status,
                         "%s: %s; give a WAV, FLAC, OGG, MP3 or AIFF file (`ffmpeg -i FILE FILE.wav` makes one of nearly "
                         "everything), or say with --raw what bare samples are",
                         s->name, detail);
    const decoder *d = s->decoder;
    if (d->channels < 1 || d->channels > MOST_CHANNELS)
        return error_set(error, ET_ERROR_LIMIT, "%s: %u channels; 1 .. %d are possible", s->name, d->channels,
                         MOST_CHANNELS);
    if (!(d->rate_hz >= LEAST_RATE_HZ && d->rate_hz <= MOST_RATE_HZ))
        return error_set(error, ET_ERROR_LIMIT, "%s: a rate of %g Hz; %d .. %d are possible", s->name, d->rate_hz,
                         LEAST_RATE_HZ, MOST_RATE_HZ);
    return ET_OK;
}

et_status sound_file_open(sound_file **out, const char *path, const raw_format *raw, et_error *error)
{
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    struct stat about;
    int fd = open_path(path, name, &about, error);
    if (fd < 0) return ET_ERROR_FILE;
    if (S_ISREG(about.st_mode) && about.st_size == 0) {
        close(fd);
        return error_set(error, ET_ERROR_FORMAT, "%s: is empty (0 bytes)", name);
    }
    sound_file *s = calloc(1, sizeof *s);
    if (s != NULL) s->name = strdup(name);
    if (s == NULL || s->name == NULL) {
        close(fd);
        sound_file_close(s);
        return error_set(error, ET_ERROR_MEMORY, "%s: no memory to open it", name);
    }
    et_status status = open_decoder(s, fd, raw, error);
    if (status != ET_OK) {
        sound_file_close(s);
        return status;
    }
    *out = s;
    return ET_OK;
}

void sound_file_close(sound_file *s)
{
    if (s == NULL) return;
    if (s->decoder != NULL) s->decoder->close(s->decoder);
    free(s->name);
    free(s);
}

double sound_file_rate_hz(const sound_file *s)
{
    return s->decoder->rate_hz;
}

unsigned sound_file_channels(const sound_file *s)
{
    return s->decoder->channels;
}

int64_t sound_file_frames(const sound_file *s)
{
    return s->decoder->frames;
}

static et_status report_end(sound_file *s, et_error *error)
{
    char detail[DECODER_DETAIL] = "";
    double end_s = (double)s->read / s->decoder->rate_hz;
    et_status status = s->decoder->end(s->decoder, s->read, detail);
    if (status == ET_ERROR_INTERRUPTED) return error_set(error, status, "%s: interrupted", s->name);
    if (status == ET_ERROR_TRUNCATED)
        return error_set(error, status,
                         "%s: cut off after %.1f s (%s); what came before is good. Encode or fetch the file again", s->name,
                         end_s, detail);
    if (status != ET_OK)
        return error_set(error, status,
                         "%s: broken after %.1f s (%s); what came before is good. Encode or fetch the file again", s->name,
                         end_s, detail);
    if (s->read == 0) return error_set(error, ET_ERROR_FORMAT, "%s: holds no sound", s->name);
    return ET_OK;
}

et_status sound_file_read(sound_file *s, float *samples, size_t frames, size_t *got, et_error *error)
{
    *got = s->ended ? 0 : s->decoder->read(s->decoder, samples, frames);
    s->read += *got;
    if (*got > 0 || s->ended || frames == 0) return ET_OK;
    s->ended = true;
    return report_end(s, error);
}
