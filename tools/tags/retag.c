#include "tags/retag.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/sound_file.h"
#include "base/atomic_file.h"
#include "base/hash.h"

enum { BLOCK_FRAMES = 4096, COPY_BYTES = 1 << 16 };

void sound_digest_add(sound_digest *d, const float *samples, size_t frames, unsigned channels)
{
    if (d->frames == 0) d->bits = DIGEST_START;
    d->bits = digest_bytes(d->bits, samples, frames * channels * sizeof *samples);
    d->frames += frames;
}

et_status sound_digest_of(sound_digest *d, const char *path, et_error *error)
{
    sound_file *sound;
    *d = (sound_digest){0};
    et_status status = sound_file_open(&sound, path, NULL, error);
    if (status != ET_OK) return status;
    unsigned channels = sound_file_channels(sound);
    float *block = malloc(sizeof(float) * BLOCK_FRAMES * channels);
    size_t got = block ? 1 : 0;
    while (got > 0) {
        d->end = sound_file_read(sound, block, BLOCK_FRAMES, &got, NULL);
        if (got > 0) sound_digest_add(d, block, got, channels);
        if (d->end != ET_OK) break;
    }
    sound_file_close(sound);
    if (block == NULL) return error_set(error, ET_ERROR_MEMORY, "%s: no memory for %u channels", path, channels);
    free(block);
    return ET_OK;
}

static et_status cannot_be_written(const char *path, et_error *error)
{
    return error_set(error, ET_ERROR_FILE, "%s: cannot be written: %s", path, strerror(errno));
}

static et_status copy_file(FILE *to, const char *path, et_error *error)
{
    char bytes[COPY_BYTES];
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0) return error_set(error, ET_ERROR_FILE, "%s: cannot be read: %s", path, strerror(errno));
    ssize_t got;
    bool good = true;
    while (good && (got = read(from, bytes, sizeof bytes)) > 0) good = fwrite(bytes, 1, (size_t)got, to) == (size_t)got;
    et_status status = ET_OK;
    if (!good || fflush(to) != 0)
        status = cannot_be_written(path, error);
    else if (got < 0)
        status = error_set(error, ET_ERROR_FILE, "%s: cannot be read: %s", path, strerror(errno));
    close(from);
    return status;
}

/* TagLib does not say that a disk is full; a block behind the copy's end finds out. The copy is thrown away after that. */
static et_status why_lost(FILE *copy, const char *path, et_error *error)
{
    static const char block[COPY_BYTES] = {1};
    if (fseeko(copy, 0, SEEK_END) == 0 && (fwrite(block, 1, sizeof block, copy) != sizeof block || fflush(copy) != 0))
        return cannot_be_written(path, error);
    return error_set(error, ET_ERROR_FORMAT,
                     "%s: TagLib cannot write tags into it without changing its sound, so it stays as it is", path);
}

static bool same_tags(const song_tags *a, const song_tags *b)
{
    return strcmp(a->valence, b->valence) == 0 && strcmp(a->arousal, b->arousal) == 0 && strcmp(a->mood, b->mood) == 0 &&
           strcmp(a->model, b->model) == 0;
}

static bool same_sound(const sound_digest *a, const sound_digest *b)
{
    return a->frames == b->frames && a->bits == b->bits && a->end == b->end;
}

static et_status tag_copy(atomic_file *copy, const char *path, const song_tags *tags, const sound_digest *sound,
                          et_error *error)
{
    const char *partial = atomic_file_partial(copy);
    song_tags arrived;
    sound_digest heard;
    et_status status = copy_file(atomic_file_stream(copy), path, error);
    if (status == ET_OK) status = tags_write(partial, path, tags, error);
    if (status != ET_OK) return status;
    bool good = tags_read(&arrived, partial, path, NULL) == ET_OK && same_tags(&arrived, tags) &&
                sound_digest_of(&heard, partial, NULL) == ET_OK && same_sound(&heard, sound);
    return good ? ET_OK : why_lost(atomic_file_stream(copy), path, error);
}

et_status retag(const char *path, const song_tags *tags, const sound_digest *sound, et_error *error)
{
    atomic_file *copy;
    if (access(path, W_OK) != 0) return cannot_be_written(path, error);
    et_status status = atomic_file_create(&copy, path, error);
    if (status != ET_OK) return status;
    status = tag_copy(copy, path, tags, sound, error);
    if (status == ET_OK) return atomic_file_commit(copy, error);
    atomic_file_abandon(copy);
    return status;
}
