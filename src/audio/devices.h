/** Which input is meant, among those that PortAudio knows. PortAudio must be initialised. */
#ifndef EMOTRACK_AUDIO_DEVICES_H
#define EMOTRACK_AUDIO_DEVICES_H

#include "emotrack.h"

/** PortAudio, without its noise. Every begin that succeeds needs its end. @return ET_OK or ET_ERROR_DEVICE */
et_status devices_begin(et_error *error);
void devices_end(void);

/** @param input  NULL: the default; an index; a name or a unique part of one (case does not matter)
 *  @return ET_OK; ET_ERROR_DEVICE with a message that lists the inputs that are there */
et_status devices_find(int *index, const char *input, et_error *error);

#endif
