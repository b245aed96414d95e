/** Microphones through PortAudio's callback, or libpulse's: the callback copies into a ring, looks at the clock, wakes who waits for sound
 *  (sem_post: it neither blocks nor allocates), and does nothing else.
 *  A device that goes away is noticed by capture_check and opened again when it returns.
 *
 *  PortAudio itself is one for the whole process and not thread-safe: create, check and destroy captures and lists on one
 *  thread, and have one capture at a time, or a device that comes back is not seen. While a list is made or a capture lives,
 *  ALSA's and JACK's error handlers are replaced by silent ones, and while PortAudio opens or closes something the process's
 *  stderr goes nowhere. What PortAudio's own thread writes there when its device goes away cannot be caught here. */
#ifndef EMOTRACK_AUDIO_CAPTURE_H
#define EMOTRACK_AUDIO_CAPTURE_H

#include "emotrack.h"

typedef struct capture capture;

/** One input. Strings live as long as the list. */
typedef struct capture_device {
    int index;
    const char *name;
    const char *host_api;
    unsigned channels;
    double rate_hz;   /**< the device's default */
    double latency_s; /**< its default low input latency */
    bool is_default;
} capture_device;

typedef struct capture_list capture_list;

/** The inputs that are there now, copied. @return ET_OK, ET_ERROR_DEVICE (PortAudio does not start), ET_ERROR_MEMORY */
et_status capture_list_create(capture_list **out, et_error *error);
void capture_list_destroy(capture_list *list);
size_t capture_list_count(const capture_list *list);
const capture_device *capture_list_get(const capture_list *list, size_t i);

typedef struct capture_options {
    const char *input; /**< NULL: the default; an index; a name or a unique part of one (case does not matter) */
    double rate_hz;    /**< 0: 44,100 if the device offers it, else its default */
    unsigned channels; /**< 0: as many as the device has, at most 2 */
    double ring_s;     /**< 0: 10 s of sound may wait */
} capture_options;

/** Opens and starts; strings in `options` are copied.
 *  @return ET_OK; ET_ERROR_DEVICE (none, not unique, not found: the message lists the right ones),
 *  ET_ERROR_MEMORY */
et_status capture_create(capture **out, const capture_options *options, et_error *error);

/** A sound file in a microphone's place, at its own pace and through the same ring (see player.h).
 *  @param monitor  whether it is heard on the default output
 *  @param ring_s   as above
 *  @return ET_OK; the errors of player_create */
et_status capture_play(capture **out, const char *path, bool monitor, double ring_s, et_error *error);

/** Any thread: a played file is at its end, and all of it was read. Never true of a device. */
bool capture_ended(const capture *c);

/** NULL is allowed. */
void capture_destroy(capture *c);

const char *capture_name(const capture *c);
double capture_rate_hz(const capture *c);
unsigned capture_channels(const capture *c);

/** Consumer's thread: see ring_pop. `samples` has room for `frames * capture_channels()` floats. Time for which a device was
 *  gone comes as lost frames. */
size_t capture_read(capture *c, float *samples, size_t frames, uint64_t *lost);
size_t capture_waiting(const capture *c);

/** Consumer's thread: returns when the callback has run since the last call, or after `seconds`. */
void capture_wait(capture *c, double seconds);

/** Time on capture_clock_s() at which the newest frame that waits or was read had been recorded. */
double capture_newest_s(const capture *c);
double capture_clock_s(void);

/** Call a few times a second from the thread that created it, which need not be the one that reads (not real-time safe):
 *  notices a device that stopped giving sound, and from the next call on tries to take it up again.
 *  @return ET_OK; ET_ERROR_DEVICE while it is gone (message says which and since when); of a played file what broke it off */
et_status capture_check(capture *c, et_error *error);

#endif
