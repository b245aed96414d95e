/** Emotions as MIDI's control changes, for synthesisers, mixers and lights. A thread of its own sends them: a device that is
 *  slow, or gone, holds nobody; one that is gone is looked for every second. Only what has changed is sent, the newest. */
#ifndef EMOTRACK_TOOLS_LIVE_MIDI_H
#define EMOTRACK_TOOLS_LIVE_MIDI_H

#include "live/midi_port.h"

typedef struct midi midi;

typedef struct midi_options {
    const char *name;  /* of the port */
    int controller[2]; /* of valence and arousal, 0 .. 119; 0 .. 31 if fine */
    int channel;       /* 1 .. 16 */
    bool fine;         /* 14 bits: the lower seven by the controller 32 higher, after the upper seven */
} midi_options;

/** @param name  must live as long as the result
 *  @return ET_OK; ET_ERROR_ARGUMENT (controllers, channel), ET_ERROR_MEMORY, the opener's */
et_status midi_open(midi **out, const midi_options *options, midi_port_opener open, et_error *error);

/** Ends the thread; what was not sent is not. NULL is allowed. */
void midi_close(midi *m);

/** Valence and arousal, 0 .. 1 each; NaN leaves the controller where it is. Never waits for the device. */
void midi_send(midi *m, const float unit[2]);

/** @return whether the device is gone */
bool midi_gone(midi *m);

#endif
