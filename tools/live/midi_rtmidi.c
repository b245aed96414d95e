#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <rtmidi_c.h>

#include "base/error.h"
#include "live/midi_port.h"

enum { NAME_ROOM = 256, CHECK_S = 1 };

typedef struct rtmidi_port {
    midi_port port;
    RtMidiOutPtr out;
    char name[NAME_ROOM]; /* empty: our own */
    time_t checked;
} rtmidi_port;

static bool port_name(RtMidiOutPtr out, unsigned i, char name[NAME_ROOM])
{
    int room = NAME_ROOM;
    name[0] = '\0';
    return rtmidi_get_port_name(out, i, name, &room) >= 0 && name[0] != '\0';
}

static bool is_there(const rtmidi_port *p)
{
    char name[NAME_ROOM];
    unsigned count = rtmidi_get_port_count(p->out);
    for (unsigned i = 0; i < count; i++)
        if (port_name(p->out, i, name) && strcmp(name, p->name) == 0) return true;
    return false;
}

/* Neither system says that a port has gone: it is looked for once a second. */
static bool send_bytes(midi_port *port, const unsigned char *bytes, size_t count)
{
    rtmidi_port *p = (rtmidi_port *)port;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (p->name[0] != '\0' && now.tv_sec >= p->checked + CHECK_S) {
        p->checked = now.tv_sec;
        if (!is_there(p)) return false;
    }
    return rtmidi_out_send_message(p->out, bytes, (int)count) >= 0 && p->out->ok;
}

static void close_port(midi_port *port)
{
    rtmidi_port *p = (rtmidi_port *)port;
    rtmidi_close_port(p->out);
    rtmidi_out_free(p->out);
    free(p);
}

/* One that is named in full, else the only one that has the words in its name. @return its number; -1 none, -2 several */
static int find(RtMidiOutPtr out, const char *words, char *all, size_t room)
{
    char name[NAME_ROOM];
    int found = -1;
    unsigned count = rtmidi_get_port_count(out);
    for (unsigned i = 0; i < count; i++) {
        if (!port_name(out, i, name)) continue;
        size_t used = strlen(all);
        snprintf(all + used, room - used, "%s'%.60s'", used > 0 ? ", " : "", name);
        if (strcmp(name, words) == 0) return (int)i;
        if (strcasestr(name, words) != NULL) found = found == -1 ? (int)i : -2;
    }
    return found;
}

static bool open_found(rtmidi_port *p, const char *name, char *all, size_t room, bool *several)
{
    if (strcmp(name, MIDI_VIRTUAL) == 0) {
        rtmidi_open_virtual_port(p->out, "emotions");
        return p->out->ok;
    }
    int number = find(p->out, name, all, room);
    *several |= number == -2;
    if (number < 0 || !port_name(p->out, (unsigned)number, p->name)) return false;
    rtmidi_open_port(p->out, (unsigned)number, "emotions");
    return p->out->ok;
}

et_status midi_port_open(midi_port **out, const char *name, et_error *error)
{
    static const enum RtMidiApi apis[] = {RTMIDI_API_LINUX_ALSA, RTMIDI_API_UNIX_JACK};
    char all[400] = "";
    bool several = false;
    rtmidi_port *p = calloc(1, sizeof *p);
    if (p == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory for a MIDI port");
    p->port = (midi_port){send_bytes, close_port};
    for (size_t i = 0; i < sizeof apis / sizeof *apis; i++) {
        if (apis[i] == RTMIDI_API_LINUX_ALSA && access("/dev/snd/seq", F_OK) != 0) continue;
        p->out = rtmidi_out_create(apis[i], "emotrack");
        if (p->out->ok && open_found(p, name, all, sizeof all, &several)) {
            *out = &p->port;
            return ET_OK;
        }
        rtmidi_out_free(p->out);
    }
    free(p);
    return error_set(error, ET_ERROR_DEVICE, "MIDI port '%.60s': %s; there %s%s", name,
                     several ? "several have this in their name, give more of it" : "there is none of this name",
                     all[0] != '\0' ? "are " : "is none (ALSA's sequencer and JACK were asked)", all);
}
