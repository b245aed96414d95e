#include "live/recording.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <sndfile.h>

#include "base/atomic_file.h"
#include "base/error.h"

enum { SILENCE_FRAMES = 256, MOST_CHANNELS = 256 };

struct recording {
    atomic_file *place;
    SNDFILE *sound;
    unsigned channels;
    double rate_hz;
    uint64_t unsaved; /* frames since the header told the length */
    char *path;
};

et_status recording_open(recording **out, const char *path, double rate_hz, unsigned channels, et_error *error)
{
    if (rate_hz != round(rate_hz))
        return error_set(error, ET_ERROR_FILE, "%s: a WAV file cannot say %g Hz; choose a whole number with --rate", path,
                         rate_hz);
    recording *r = calloc(1, sizeof *r);
    if (r == NULL || (r->path = strdup(path)) == NULL) {
        free(r);
        return error_set(error, ET_ERROR_MEMORY, "%s: no memory to record", path);
    }
    r->channels = channels;
    r->rate_hz = rate_hz;
    et_status status = atomic_file_create_lasting(&r->place, path, error);
    if (status == ET_OK) {
        SF_INFO info = {.samplerate = (int)rate_hz, .channels = (int)channels, .format = SF_FORMAT_RF64 | SF_FORMAT_FLOAT};
        r->sound = sf_open_fd(fileno(atomic_file_stream(r->place)), SFM_WRITE, &info, SF_FALSE);
        if (r->sound == NULL)
            status = error_set(error, ET_ERROR_FILE, "%s: cannot be recorded: %s", path, sf_strerror(NULL));
    }
    if (status != ET_OK) {
        atomic_file_abandon(r->place);
        free(r->path);
        free(r);
        return status;
    }
    sf_command(r->sound, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
    *out = r;
    return ET_OK;
}

static et_status failed(const recording *r, et_error *error)
{
    return error_set(error, ET_ERROR_FILE, "%s: cannot be written: %s", r->path, sf_strerror(r->sound));
}

static bool write_silence(recording *r, size_t frames)
{
    static const float silence[SILENCE_FRAMES * MOST_CHANNELS];
    while (frames > 0) {
        size_t some = frames < SILENCE_FRAMES ? frames : SILENCE_FRAMES;
        if (sf_writef_float(r->sound, silence, (sf_count_t)some) != (sf_count_t)some) return false;
        frames -= some;
    }
    return true;
}

et_status recording_write(recording *r, const float *samples, size_t frames, et_error *error)
{
    bool written = samples == NULL ? write_silence(r, frames)
                                   : sf_writef_float(r->sound, samples, (sf_count_t)frames) == (sf_count_t)frames;
    if (!written) return failed(r, error);
    r->unsaved += frames;
    if ((double)r->unsaved > r->rate_hz) {
        sf_command(r->sound, SFC_UPDATE_HEADER_NOW, NULL, 0);
        r->unsaved = 0;
    }
    return ET_OK;
}

et_status recording_close(recording *r, et_error *error)
{
    if (r == NULL) return ET_OK;
    et_status status = sf_close(r->sound) == 0 ? ET_OK : error_set(error, ET_ERROR_FILE, "%s: cannot be completed", r->path);
    et_status placed = atomic_file_commit(r->place, status == ET_OK ? error : NULL);
    free(r->path);
    free(r);
    return status != ET_OK ? status : placed;
}
