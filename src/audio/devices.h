/** Which input is meant, among those that PortAudio knows and those of the sound server. PortAudio must be initialised. */
#ifndef EMOTRACK_AUDIO_DEVICES_H
#define EMOTRACK_AUDIO_DEVICES_H

#include "audio/pulse.h"

/** PortAudio, without its noise. Every begin that succeeds needs its end. @return ET_OK or ET_ERROR_DEVICE */
et_status devices_begin(et_error *error);
void devices_end(void);

enum { DEVICE_OF_SERVER = -1 };

typedef struct device_choice {
    int index;           /* PortAudio's, or DEVICE_OF_SERVER */
    pulse_source source; /* of the server */
} device_choice;

/** @param input  NULL: PortAudio's default; an index; a name or a unique part of one, or of a source's description (case does
 *                not matter)
 *  @return ET_OK; ET_ERROR_DEVICE with a message that lists the inputs that are there */
et_status devices_find(device_choice *choice, const char *input, et_error *error);

#endif
