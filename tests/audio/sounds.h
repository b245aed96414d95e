/** Sounds that tests write for themselves, in a directory that goes away. */
#ifndef EMOTRACK_TESTS_AUDIO_SOUNDS_H
#define EMOTRACK_TESTS_AUDIO_SOUNDS_H

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sndfile.h>

#include "audio/sound_file.h"

static char sounds_directory[64];

static inline const char *sounds_path(const char *name)
{
    static char paths[4][160];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", sounds_directory, name);
    return path;
}

static inline int sounds_set_up(void **state)
{
    (void)state;
    strcpy(sounds_directory, "/tmp/emotrack_test_XXXXXX");
    return mkdtemp(sounds_directory) == NULL ? -1 : 0;
}

static inline int sounds_tear_down(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r '%s'", sounds_directory);
    return system(command);
}

/* Two tones and a little noise; each channel differs. */
static inline float *sounds_make(size_t frames, unsigned channels)
{
    float *samples = malloc(frames * channels * sizeof *samples);
    assert_non_null(samples);
    uint32_t random = 1;
    for (size_t i = 0; i < frames * channels; i++) {
        random = random * 1664525u + 1013904223u;
        double phase = (double)(i / channels) * (.05 + .02 * (double)(i % channels));
        double triangle = phase - (double)(long)phase - .5;
        samples[i] = (float)(.8 * triangle + .1 * ((double)(random >> 8) / (1 << 24) - .5));
    }
    return samples;
}

static inline void sounds_write(const char *path, int format, int rate_hz, const float *samples, size_t frames,
                                unsigned channels)
{
    SF_INFO info = {.format = format, .samplerate = rate_hz, .channels = (int)channels};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL) fail_msg("%s: %s", path, sf_strerror(NULL));
    sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
    assert_int_equal(sf_writef_float(file, samples, (sf_count_t)frames), frames);
    sf_close(file);
}

static inline unsigned char *sounds_bytes(const char *path, size_t *count)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *count = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*count + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *count, file), *count);
    fclose(file);
    return bytes;
}

static inline void sounds_put(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    fclose(file);
}

/* What a reader got from a file: all samples, and how it ended. */
typedef struct sounds_heard {
    float *samples;
    size_t frames;
    unsigned channels;
    et_status status;
    et_error error;
} sounds_heard;

static inline sounds_heard sounds_hear(const char *path, const raw_format *raw, size_t block)
{
    sounds_heard h = {0};
    sound_file *file;
    h.status = sound_file_open(&file, path, raw, &h.error);
    if (h.status != ET_OK) return h;
    h.channels = sound_file_channels(file);
    size_t room = 1 << 16, got;
    h.samples = malloc((room + block) * h.channels * sizeof(float));
    while ((h.status = sound_file_read(file, h.samples + h.frames * h.channels, block, &got, &h.error)) == ET_OK &&
           got > 0) {
        h.frames += got;
        if (h.frames > room) h.samples = realloc(h.samples, ((room *= 2) + block) * h.channels * sizeof(float));
        assert_non_null(h.samples);
    }
    float after[256];
    assert_int_equal(sound_file_read(file, after, 1, &got, NULL), ET_OK); /* an error is told once */
    assert_int_equal(got, 0);
    sound_file_close(file);
    return h;
}

/* What it got is what was wanted, to the bit. */
static inline void sounds_same(const char *what, const sounds_heard *got, const float *wanted, size_t frames)
{
    if (got->frames < frames) fail_msg("%s: %zu frames, wanted %zu (%s)", what, got->frames, frames, got->error.message);
    for (size_t i = 0; i < frames * got->channels; i++)
        if (memcmp(&got->samples[i], &wanted[i], sizeof(float)) != 0)
            fail_msg("%s: frame %zu: %.9g, wanted %.9g", what, i / got->channels, (double)got->samples[i],
                     (double)wanted[i]);
}

/* Bytes for a pipe, in pieces of any size. */
typedef struct sounds_feed {
    const unsigned char *bytes;
    size_t count;
    int fd;
} sounds_feed;

static inline void *sounds_feed_pipe(void *argument)
{
    sounds_feed *f = argument;
    uint32_t random = 7;
    for (size_t at = 0; at < f->count;) {
        random = random * 1664525u + 1013904223u;
        size_t some = 1 + (random >> 8) % 5000;
        if (some > f->count - at) some = f->count - at;
        if (write(f->fd, f->bytes + at, some) != (ssize_t)some) break;
        at += some;
    }
    close(f->fd);
    return NULL;
}

static inline sounds_heard sounds_hear_pipe(const unsigned char *bytes, size_t count, const raw_format *raw)
{
    int ends[2], kept = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    sounds_feed f = {.bytes = bytes, .count = count, .fd = ends[1]};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, sounds_feed_pipe, &f), 0);
    signal(SIGPIPE, SIG_IGN); /* the reader may have had enough */
    sounds_heard h = sounds_hear("-", raw, 999);
    dup2(kept, STDIN_FILENO);
    close(kept);
    pthread_join(thread, NULL);
    return h;
}

#endif
