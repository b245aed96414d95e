/** A sound file given out at its own pace, as a microphone would give it, audible on request: rehearsals and tests without a
 *  microphone. A thread reads, waits until a block would have been recorded, and hands it over. */
#ifndef EMOTRACK_AUDIO_PLAYER_H
#define EMOTRACK_AUDIO_PLAYER_H

#include "emotrack.h"

typedef struct player player;

/** Takes a block on the player's thread. @param newest_s  when its last frame "was recorded", on capture_clock_s() */
typedef void player_taker(void *context, const float *samples, size_t frames, double newest_s);

/** Opens the file, and with `monitor` the default output, whose clock then sets the pace.
 *  @return ET_OK; the errors of sound_file_open; ET_ERROR_DEVICE (no output, or it does not take the file's rate) */
et_status player_create(player **out, const char *path, bool monitor, et_error *error);

double player_rate_hz(const player *p);
unsigned player_channels(const player *p);

/** Begins. Once. @return ET_OK, ET_ERROR_MEMORY */
et_status player_start(player *p, player_taker *take, void *context, et_error *error);

/** Any thread: whether all was handed over. */
bool player_ended(const player *p);

/** After the end: what broke off the file or the output. @return ET_OK if nothing did */
et_status player_failure(const player *p, et_error *error);

/** Ends at once, and frees. The thread that created it. NULL is allowed. */
void player_destroy(player *p);

#endif
