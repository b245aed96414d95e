/** In midi_rtmidi.c's place where RtMidi was not there to build with. */
#include "base/error.h"
#include "live/midi_port.h"

et_status midi_port_open(midi_port **out, const char *name, et_error *error)
{
    *out = NULL;
    return error_set(error, ET_ERROR_UNSUPPORTED, "--midi %.100s: this program was built without librtmidi-dev", name);
}
