/** A way out for MIDI: RtMidi's (midi_rtmidi.c), none where it was not there to build with (midi_none.c), or a test's. */
#ifndef EMOTRACK_TOOLS_LIVE_MIDI_PORT_H
#define EMOTRACK_TOOLS_LIVE_MIDI_PORT_H

#include "emotrack.h"

/** The name that asks for a port of our own, to which others connect. */
#define MIDI_VIRTUAL "virtual"

/** Used by one thread. */
typedef struct midi_port {
    /** One message. May take its time. @return false if the port is gone */
    bool (*send)(struct midi_port *port, const unsigned char *bytes, size_t count);
    void (*close)(struct midi_port *port);
} midi_port;

typedef et_status (*midi_port_opener)(midi_port **out, const char *name, et_error *error);

/** @param name  a port's, or a unique part of it (case does not matter), of ALSA's sequencer or of JACK; MIDI_VIRTUAL
 *  @return ET_OK; ET_ERROR_DEVICE with a message that lists the ports that are there, ET_ERROR_MEMORY, ET_ERROR_UNSUPPORTED */
et_status midi_port_open(midi_port **out, const char *name, et_error *error);

#endif
