#include "audio/capture.h"

#include <math.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <portaudio.h>

#include "audio/devices.h"
#include "audio/player.h"
#include "audio/resampler.h"
#include "audio/ring.h"
#include "audio/silence_stderr.h"
#include "base/error.h"

#define RING_S 10.0
#define STALL_S 1.5 /* a device that gives nothing for so long is taken for gone */
#define FIRST_S 4.0 /* and so long before its first sound: a sound server may take its time */
#define RETRY_S 1.0
enum { MOST_CHANNELS_UNASKED = 2, MOST_CHANNELS = 256 };

struct capture {
    PaStream *stream;   /* NULL while the device is gone */
    pulse_input *pulse; /* NULL, or the sound server's source in its place */
    player *player;     /* NULL, or the file that is played in a device's place */
    ring *ring;
    char *input; /* the name to look for when it is gone; NULL: the default, whichever that is */
    char *name;
    double rate_hz;
    unsigned channels;

    sem_t came;                /* posted by the callback */
    _Atomic double newest_s;   /* written by the callback */
    _Atomic double callback_s; /* when it ran last, or was started */
    atomic_bool began;         /* it ran since it was started */

    bool gone; /* the rest belongs to the consumer */
    double gone_since_s;
    double next_try_s;
    et_error reason;
};

double capture_clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* answered in user space, no system call */
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Frames that should have come between the newest known one and the first of this block. */
static uint64_t frames_missing(const capture *c, double newest_s, size_t frames)
{
    double before_s = atomic_load_explicit(&c->newest_s, memory_order_relaxed);
    double missing = (newest_s - before_s) * c->rate_hz - (double)frames;
    return missing > 1 ? (uint64_t)llround(missing) : 1;
}

static void on_samples(void *context, const float *samples, size_t frames, double age_s, bool overflowed)
{
    capture *c = context;
    double now_s = capture_clock_s();
    double newest_s = age_s > 0 && age_s < 1 ? now_s - age_s : now_s;
    if (overflowed) ring_push_lost(c->ring, frames_missing(c, newest_s, frames));
    if (samples != NULL)
        ring_push(c->ring, samples, frames);
    else
        ring_push_lost(c->ring, frames);
    atomic_store_explicit(&c->newest_s, newest_s, memory_order_relaxed);
    atomic_store_explicit(&c->callback_s, now_s, memory_order_relaxed);
    atomic_store_explicit(&c->began, true, memory_order_relaxed);
    sem_post(&c->came);
}

static int on_sound(const void *input, void *output, unsigned long frames, const PaStreamCallbackTimeInfo *time,
                    PaStreamCallbackFlags flags, void *context)
{
    (void)output;
    const capture *c = context;
    double age_s = time->currentTime - time->inputBufferAdcTime - (double)frames / c->rate_hz;
    on_samples(context, input, frames, age_s, flags & paInputOverflow);
    return paContinue;
}

static double choose_rate(const PaStreamParameters *parameters, double wanted_hz)
{
    if (wanted_hz > 0) return wanted_hz;
    int kept = silence_stderr();
    bool offered = Pa_IsFormatSupported(parameters, NULL, RESAMPLER_HZ) == paFormatIsSupported;
    restore_stderr(kept);
    return offered ? RESAMPLER_HZ : Pa_GetDeviceInfo(parameters->device)->defaultSampleRate;
}

static et_status choose_channels(int *channels, unsigned wanted, const char *name, int most, et_error *error)
{
    if (most > MOST_CHANNELS) most = MOST_CHANNELS;
    if (wanted > (unsigned)most)
        return error_set(error, ET_ERROR_DEVICE, "input '%.200s' has %d channels, not %u", name, most, wanted);
    *channels = wanted > 0 ? (int)wanted : most < MOST_CHANNELS_UNASKED ? most : MOST_CHANNELS_UNASKED;
    return ET_OK;
}

/* Opens the device `index` without starting it. `c->rate_hz` and `c->channels` are what is wanted, 0 for a free choice. */
static et_status open_stream(capture *c, int index, et_error *error)
{
    const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
    PaStreamParameters parameters = {
        .device = index, .sampleFormat = paFloat32, .suggestedLatency = info->defaultLowInputLatency};
    et_status status = choose_channels(&parameters.channelCount, c->channels, info->name, info->maxInputChannels, error);
    if (status != ET_OK) return status;
    double rate_hz = choose_rate(&parameters, c->rate_hz);
    int kept = silence_stderr();
    /* Blocks of a hop: what answers need, and no more wakings of drivers and servers than that. */
    PaError failure = Pa_OpenStream(&c->stream, &parameters, NULL, rate_hz, (unsigned long)ceil(rate_hz / 100),
                                    paClipOff | paDitherOff, on_sound, c);
    restore_stderr(kept);
    if (failure != paNoError) {
        c->stream = NULL;
        return error_set(error, ET_ERROR_DEVICE,
                         "input '%.200s' does not open with %d channels at %g Hz: %s; its own rate is %g Hz", info->name,
                         parameters.channelCount, rate_hz, Pa_GetErrorText(failure), info->defaultSampleRate);
    }
    c->rate_hz = rate_hz;
    c->channels = (unsigned)parameters.channelCount;
    return ET_OK;
}

/* The server converts to any rate: its own one is left as it is. */
static et_status settle_source(capture *c, const pulse_source *source, et_error *error)
{
    int channels = 0;
    et_status status = choose_channels(&channels, c->channels, source->name, (int)source->channels, error);
    if (status != ET_OK) return status;
    c->channels = (unsigned)channels;
    if (c->rate_hz <= 0) c->rate_hz = source->rate_hz;
    return ET_OK;
}

static et_status open_choice(capture *c, const device_choice *choice, et_error *error)
{
    return choice->index == DEVICE_OF_SERVER ? settle_source(c, &choice->source, error)
                                             : open_stream(c, choice->index, error);
}

static void close_stream(capture *c)
{
    pulse_input_destroy(c->pulse);
    c->pulse = NULL;
    if (c->stream == NULL) return;
    int kept = silence_stderr();
    Pa_AbortStream(c->stream);
    Pa_CloseStream(c->stream);
    restore_stderr(kept);
    c->stream = NULL;
}

/* The time without sound becomes lost frames, so that the stream's time goes on as the clock does. */
static et_status start_stream(capture *c, et_error *error)
{
    double now_s = capture_clock_s(), newest_s = atomic_load(&c->newest_s);
    if (newest_s > 0) ring_push_lost(c->ring, (uint64_t)llround((now_s - newest_s) * c->rate_hz));
    atomic_store(&c->newest_s, now_s);
    atomic_store(&c->callback_s, now_s);
    atomic_store(&c->began, false);
    if (c->stream == NULL) return pulse_input_create(&c->pulse, c->name, c->rate_hz, c->channels, on_samples, c, error);
    int kept = silence_stderr();
    PaError failure = Pa_StartStream(c->stream);
    restore_stderr(kept);
    if (failure == paNoError) return ET_OK;
    close_stream(c);
    return error_set(error, ET_ERROR_DEVICE, "input '%.200s' does not start: %s", c->name, Pa_GetErrorText(failure));
}

static et_status open_first(capture *c, const capture_options *options, et_error *error)
{
    device_choice choice;
    et_status status = devices_find(&choice, options->input, error);
    if (status == ET_OK) status = open_choice(c, &choice, error);
    if (status != ET_OK) return status;
    const char *name = choice.index == DEVICE_OF_SERVER ? choice.source.name : Pa_GetDeviceInfo(choice.index)->name;
    c->name = strdup(name);
    if (options->input != NULL) c->input = strdup(name); /* an index may change, a name stays */
    if (c->name == NULL || (options->input != NULL && c->input == NULL))
        return error_set(error, ET_ERROR_MEMORY, "no memory to open an input");
    double ring_s = options->ring_s > 0 ? options->ring_s : RING_S;
    status = ring_create(&c->ring, (size_t)ceil(ring_s * c->rate_hz), c->channels, error);
    return status == ET_OK ? start_stream(c, error) : status;
}

et_status capture_create(capture **out, const capture_options *options, et_error *error)
{
    capture *c = calloc(1, sizeof *c);
    if (c == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory to open an input");
    c->rate_hz = options->rate_hz;
    c->channels = options->channels;
    sem_init(&c->came, 0, 0);
    et_status status = devices_begin(error);
    if (status != ET_OK) {
        sem_destroy(&c->came);
        free(c);
        return status;
    }
    status = open_first(c, options, error);
    if (status != ET_OK) {
        capture_destroy(c);
        return status;
    }
    *out = c;
    return ET_OK;
}

static void on_played(void *context, const float *samples, size_t frames, double newest_s)
{
    capture *c = context;
    ring_push(c->ring, samples, frames);
    atomic_store_explicit(&c->newest_s, newest_s, memory_order_relaxed);
    sem_post(&c->came);
}

et_status capture_play(capture **out, const char *path, bool monitor, double ring_s, et_error *error)
{
    capture *c = calloc(1, sizeof *c);
    if (c == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory to play '%.200s'", path);
    sem_init(&c->came, 0, 0);
    et_status status = player_create(&c->player, path, monitor, error);
    if (status == ET_OK) {
        c->rate_hz = player_rate_hz(c->player);
        c->channels = player_channels(c->player);
        c->name = strdup(path);
        status = c->name == NULL
                     ? error_set(error, ET_ERROR_MEMORY, "no memory to play '%.200s'", path)
                     : ring_create(&c->ring, (size_t)ceil((ring_s > 0 ? ring_s : RING_S) * c->rate_hz), c->channels, error);
    }
    if (status == ET_OK) {
        atomic_store(&c->newest_s, capture_clock_s());
        status = player_start(c->player, on_played, c, error);
    }
    if (status != ET_OK) {
        capture_destroy(c);
        return status;
    }
    *out = c;
    return ET_OK;
}

bool capture_ended(const capture *c)
{
    return c->player != NULL && player_ended(c->player) && ring_waiting(c->ring) == 0;
}

void capture_destroy(capture *c)
{
    if (c == NULL) return;
    if (c->player == NULL) {
        close_stream(c);
        devices_end();
    }
    player_destroy(c->player);
    ring_destroy(c->ring);
    sem_destroy(&c->came);
    free(c->input);
    free(c->name);
    free(c);
}

/* The list of devices is made anew, since it is as old as PortAudio's last start. */
static et_status open_again(capture *c, et_error *error)
{
    device_choice choice;
    devices_end();
    et_status status = devices_begin(error);
    if (status == ET_OK) status = devices_find(&choice, c->input, error);
    if (status == ET_OK) status = open_choice(c, &choice, error);
    return status == ET_OK ? start_stream(c, error) : status;
}

static bool gives_sound(const capture *c, double now_s)
{
    double patience_s = atomic_load(&c->began) ? STALL_S : FIRST_S;
    bool open = c->pulse != NULL ? pulse_input_is_alive(c->pulse) : c->stream != NULL && Pa_IsStreamActive(c->stream) == 1;
    return open && now_s - atomic_load(&c->callback_s) < patience_s;
}

et_status capture_check(capture *c, et_error *error)
{
    if (c->player != NULL) return player_failure(c->player, error);
    double now_s = capture_clock_s();
    if (gives_sound(c, now_s)) {
        c->gone = false;
        return ET_OK;
    }
    if (!c->gone) { /* told first, then opened again: that may take seconds */
        c->gone = true;
        c->gone_since_s = atomic_load(&c->newest_s);
        c->next_try_s = now_s;
    } else if (now_s >= c->next_try_s) {
        close_stream(c);
        et_status status = open_again(c, &c->reason);
        c->next_try_s = capture_clock_s() + RETRY_S;
        if (status == ET_OK) return ET_OK;
    }
    return error_set(error, ET_ERROR_DEVICE, "input '%.100s' gives no sound since %.1f s; connect it again", c->name,
                     now_s - c->gone_since_s);
}

const char *capture_name(const capture *c)
{
    return c->name;
}

double capture_rate_hz(const capture *c)
{
    return c->rate_hz;
}

unsigned capture_channels(const capture *c)
{
    return c->channels;
}

size_t capture_read(capture *c, float *samples, size_t frames, uint64_t *lost)
{
    return ring_pop(c->ring, samples, frames, lost);
}

size_t capture_waiting(const capture *c)
{
    return ring_waiting(c->ring);
}

void capture_wait(capture *c, double seconds)
{
    double until_s = capture_clock_s() + seconds;
    struct timespec until = {.tv_sec = (time_t)until_s, .tv_nsec = (long)((until_s - floor(until_s)) * 1e9)};
    sem_clockwait(&c->came, CLOCK_MONOTONIC, &until);
    while (sem_trywait(&c->came) == 0) continue; /* all that came until now is read at once */
}

double capture_newest_s(const capture *c)
{
    return atomic_load_explicit(&c->newest_s, memory_order_relaxed);
}
