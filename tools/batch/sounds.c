#include "batch/sounds.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/error.h"
#include "cli/interrupt.h"
#include "cli/progress.h"

enum { BLOCK_FRAMES = 4096 };

/* ---- progress: weighed by file size, which is known before a file is opened --------------------------------------------
 */

static struct {
    _Atomic uint64_t sound_ms;
    struct timespec began;
    bool unseen; /* nobody looks: no file is asked for its size */
} heard;

static double weight(const char *path)
{
    struct stat about;
    return !heard.unseen && stat(path, &about) == 0 && S_ISREG(about.st_mode) ? (double)about.st_size : 0;
}

void sounds_progress(const char *what, char *const *files, int count, bool quiet)
{
    double total = 0;
    heard.unseen = quiet;
    for (int i = 0; i < count; i++) total += weight(files[i]);
    atomic_store(&heard.sound_ms, 0);
    clock_gettime(CLOCK_MONOTONIC, &heard.began);
    progress_begin(what, total, NULL, quiet);
    progress_items(count, 0);
}

static void note_rate(double sound_s)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double elapsed = (double)(now.tv_sec - heard.began.tv_sec) + (double)(now.tv_nsec - heard.began.tv_nsec) * 1e-9;
    uint64_t ms = atomic_fetch_add(&heard.sound_ms, (uint64_t)(sound_s * 1000));
    if (elapsed > 0) progress_note("%.0fx real time", (double)ms / 1000 / elapsed);
}

/* ---- reading ---------------------------------------------------------------------------------------------------------- */

static et_status read_all(sound_file *s, const char *path, const sound_visitor *visitor, void *context, et_error *error)
{
    unsigned channels = sound_file_channels(s);
    double rate_hz = sound_file_rate_hz(s), all_bytes = weight(path), left_bytes = all_bytes;
    int64_t frames = sound_file_frames(s);
    float *block = malloc(sizeof(float) * BLOCK_FRAMES * channels);
    et_status status = block ? visitor->begin(context, rate_hz, channels, error)
                             : error_set(error, ET_ERROR_MEMORY, "%s: no memory for %u channels", path, channels);
    while (status == ET_OK) {
        size_t got = 0;
        if (interrupted()) status = error_set(error, ET_ERROR_INTERRUPTED, "interrupted");
        if (status == ET_OK) status = sound_file_read(s, block, BLOCK_FRAMES, &got, error);
        if (status == ET_OK && got == 0) break;
        et_status pushed = got ? visitor->push(context, block, got, status == ET_OK ? error : NULL) : ET_OK;
        if (status == ET_OK) status = pushed;
        double done = frames > 0 ? all_bytes * (double)got / (double)frames : 0;
        if (done > left_bytes) done = left_bytes;
        left_bytes -= done;
        progress_add(done);
        note_rate((double)got / rate_hz);
    }
    progress_add(left_bytes);
    free(block);
    return status;
}

et_status sound_visit(const char *path, const raw_format *raw, const sound_visitor *visitor, void *context, et_error *error)
{
    sound_file *s;
    et_status status = sound_file_open(&s, path, raw, error);
    if (status != ET_OK) {
        progress_add(weight(path));
        progress_items(0, 1);
        return status;
    }
    status = read_all(s, path, visitor, context, error);
    sound_file_close(s);
    progress_items(0, 1);
    return status;
}

void sound_skip(const char *path)
{
    progress_expect(-weight(path));
    progress_items(-1, 0);
}

/* ---- names ------------------------------------------------------------------------------------------------------------ */

size_t sound_stem(char *stem, size_t room, const char *path)
{
    if (strcmp(path, "-") == 0) path = "stdin";
    const char *slash = strrchr(path, '/');
    const char *name = slash && slash[1] ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t length = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    if (length > room - 1) length = room - 1;
    memcpy(stem, name, length);
    stem[length] = '\0';
    return length;
}

et_status sounds_are_not(const char *output, char *const *files, int count, et_error *error)
{
    struct stat to, from;
    if (!output || stat(output, &to) != 0 || !S_ISREG(to.st_mode)) return ET_OK;
    for (int i = 0; i < count; i++)
        if (stat(files[i], &from) == 0 && from.st_ino == to.st_ino && from.st_dev == to.st_dev)
            return error_set(error, ET_ERROR_ARGUMENT,
                             "%s: is one of the sounds and would be written over; name another output", output);
    return ET_OK;
}
