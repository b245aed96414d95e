#include "audio/player.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <portaudio.h>

#include "audio/capture.h"
#include "audio/devices.h"
#include "audio/silence_stderr.h"
#include "audio/sound_file.h"
#include "base/error.h"

enum { BLOCKS_A_SECOND = 100 };

struct player {
    sound_file *file;
    PaStream *monitor; /* NULL: not audible */
    bool devices;      /* devices_end is due */
    float *block;
    size_t block_frames;
    player_taker *take;
    void *context;
    pthread_t thread;
    bool running;
    et_error failure; /* of the thread; read after `ended` */
    atomic_bool stop, ended;
};

static et_status open_monitor(player *p, et_error *error)
{
    et_status status = devices_begin(error);
    if (status != ET_OK) return status;
    p->devices = true;
    int index = Pa_GetDefaultOutputDevice();
    if (index == paNoDevice)
        return error_set(error, ET_ERROR_DEVICE, "there is no output to hear the file on; leave --monitor out");
    const PaDeviceInfo *about = Pa_GetDeviceInfo(index);
    PaStreamParameters parameters = {.device = index,
                                     .channelCount = (int)player_channels(p),
                                     .sampleFormat = paFloat32,
                                     .suggestedLatency = about->defaultHighOutputLatency};
    int kept = silence_stderr();
    PaError failure =
        Pa_OpenStream(&p->monitor, NULL, &parameters, player_rate_hz(p), p->block_frames, paNoFlag, NULL, NULL);
    if (failure == paNoError) failure = Pa_StartStream(p->monitor);
    restore_stderr(kept);
    if (failure == paNoError) return ET_OK;
    return error_set(error, ET_ERROR_DEVICE, "output '%.200s' does not play %u channels at %g Hz: %s", about->name,
                     player_channels(p), player_rate_hz(p), Pa_GetErrorText(failure));
}

et_status player_create(player **out, const char *path, bool monitor, et_error *error)
{
    player *p = calloc(1, sizeof *p);
    if (p == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory to play '%.200s'", path);
    et_status status = sound_file_open(&p->file, path, NULL, error);
    if (status == ET_OK) {
        p->block_frames = (size_t)ceil(player_rate_hz(p) / BLOCKS_A_SECOND);
        p->block = calloc(p->block_frames * player_channels(p), sizeof *p->block);
        if (p->block == NULL) status = error_set(error, ET_ERROR_MEMORY, "no memory to play '%.200s'", path);
    }
    if (status == ET_OK && monitor) status = open_monitor(p, error);
    if (status != ET_OK) {
        player_destroy(p);
        return status;
    }
    *out = p;
    return ET_OK;
}

double player_rate_hz(const player *p)
{
    return sound_file_rate_hz(p->file);
}

unsigned player_channels(const player *p)
{
    return sound_file_channels(p->file);
}

static void wait_until(double moment_s)
{
    struct timespec moment = {.tv_sec = (time_t)moment_s};
    moment.tv_nsec = (long)((moment_s - (double)moment.tv_sec) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, NULL) != 0) {
    }
}

/* An output that has run dry plays on with the next block: only a device that is gone ends the file. */
static et_status hear(player *p, size_t frames)
{
    PaError failure = Pa_WriteStream(p->monitor, p->block, frames);
    if (failure == paNoError || failure == paOutputUnderflowed) return ET_OK;
    return error_set(&p->failure, ET_ERROR_DEVICE, "the output went away: %s", Pa_GetErrorText(failure));
}

static void *play(void *context)
{
    player *p = context;
    double begin_s = capture_clock_s();
    uint64_t given = 0;
    et_status status = ET_OK;
    while (status == ET_OK && !atomic_load_explicit(&p->stop, memory_order_relaxed)) {
        size_t frames = 0;
        status = sound_file_read(p->file, p->block, p->block_frames, &frames, &p->failure);
        if (frames == 0) break;
        given += frames;
        double newest_s = begin_s + (double)given / player_rate_hz(p);
        if (p->monitor != NULL) {
            status = hear(p, frames);
            newest_s = capture_clock_s();
        } else {
            wait_until(newest_s);
        }
        p->take(p->context, p->block, frames, newest_s);
    }
    atomic_store(&p->ended, true);
    return NULL;
}

et_status player_start(player *p, player_taker *take, void *context, et_error *error)
{
    p->take = take;
    p->context = context;
    int failure = pthread_create(&p->thread, NULL, play, p);
    if (failure != 0)
        return error_set(error, ET_ERROR_MEMORY, "the thread that plays does not start: %s", strerror(failure));
    p->running = true;
    return ET_OK;
}

bool player_ended(const player *p)
{
    return atomic_load(&p->ended);
}

et_status player_failure(const player *p, et_error *error)
{
    if (!player_ended(p) || p->failure.status == ET_OK) return ET_OK;
    return error_set(error, p->failure.status, "%s", p->failure.message);
}

void player_destroy(player *p)
{
    if (p == NULL) return;
    atomic_store(&p->stop, true);
    if (p->running) pthread_join(p->thread, NULL);
    int kept = silence_stderr();
    if (p->monitor != NULL) Pa_CloseStream(p->monitor);
    restore_stderr(kept);
    if (p->devices) devices_end();
    sound_file_close(p->file);
    free(p->block);
    free(p);
}
