/** Sources and monitors of PulseAudio's or PipeWire's server by their names there, through libpulse (pulse.c); where it was not
 *  there to build with there are none (pulse_none.c). A server that is not running is not started. */
#ifndef EMOTRACK_AUDIO_PULSE_H
#define EMOTRACK_AUDIO_PULSE_H

#include "emotrack.h"

enum { PULSE_NAME_ROOM = 256, PULSE_MOST_SOURCES = 64 };

typedef struct pulse_source {
    char name[PULSE_NAME_ROOM];        /* as "alsa_output.usb.monitor" */
    char description[PULSE_NAME_ROOM]; /* as "Monitor of USB Audio" */
    unsigned channels;
    double rate_hz; /* its own */
} pulse_source;

typedef struct pulse_list {
    int count;
    pulse_source source[PULSE_MOST_SOURCES];
} pulse_list;

/** The sources that are there now; none where no server answers within two seconds. @return ET_OK; ET_ERROR_MEMORY */
et_status pulse_list_create(pulse_list **out, et_error *error);
void pulse_list_destroy(pulse_list *list);

typedef struct pulse_input pulse_input;

/** Sound that came. Called by libpulse's thread; does not wait.
 *  @param samples     interleaved; NULL: these frames are lost
 *  @param age_s       since the last of these frames was recorded
 *  @param overflowed  sound was lost before them */
typedef void (*pulse_taker)(void *context, const float *samples, size_t frames, double age_s, bool overflowed);

/** Connects and starts, at this rate (the server converts) and with so many channels, in pieces of a hop.
 *  @return ET_OK; ET_ERROR_DEVICE (no server, no such source), ET_ERROR_MEMORY */
et_status pulse_input_create(pulse_input **out, const char *name, double rate_hz, unsigned channels, pulse_taker take,
                             void *context, et_error *error);

/** Whether source and server are still there. */
bool pulse_input_is_alive(const pulse_input *p);

/** NULL is allowed. */
void pulse_input_destroy(pulse_input *p);

#endif
