#include "live/osc.h"

#include <math.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

#define SECONDS_1900_TO_1970 2208988800.0

struct osc {
    int socket;
    osc_style style;
};

/* "host:port" and "[host]:port" apart. */
static bool split(const char *address, char host[256], char port[16])
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL || colon == address || strlen(colon + 1) == 0 || strlen(colon + 1) > 15) return false;
    size_t length = (size_t)(colon - address);
    bool brackets = address[0] == '[' && address[length - 1] == ']';
    if (brackets) address++, length -= 2;
    if (length == 0 || length > 255) return false;
    snprintf(host, 256, "%.*s", (int)length, address);
    snprintf(port, 16, "%s", colon + 1);
    return true;
}

/* A broadcast has to be asked for; a group's datagrams stay in this network, as the system has it. */
static int open_socket(const struct addrinfo *a)
{
    int yes = 1;
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes);
    if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) return fd;
    close(fd);
    return -1;
}

static int connect_to(const char *host, const char *port)
{
    struct addrinfo wanted = {.ai_socktype = SOCK_DGRAM}, *found = NULL;
    if (getaddrinfo(host, port, &wanted, &found) != 0) return -1;
    int fd = -1;
    for (struct addrinfo *a = found; a != NULL && fd < 0; a = a->ai_next) fd = open_socket(a);
    freeaddrinfo(found);
    return fd;
}

et_status osc_open(osc **out, const char *address, osc_style style, et_error *error)
{
    char host[256], port[16];
    if (!split(address, host, port))
        return error_set(error, ET_ERROR_ARGUMENT, "OSC address '%.100s': must be HOST:PORT, as localhost:9000", address);
    int fd = connect_to(host, port);
    if (fd < 0) return error_set(error, ET_ERROR_ARGUMENT, "OSC address '%.100s': there is no such host or port", address);
    osc *o = malloc(sizeof *o);
    if (o == NULL) {
        close(fd);
        return error_set(error, ET_ERROR_MEMORY, "no memory for OSC");
    }
    o->socket = fd;
    o->style = style;
    *out = o;
    return ET_OK;
}

void osc_close(osc *o)
{
    if (o == NULL) return;
    close(o->socket);
    free(o);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------------- */

/* A string, its end, and zeros up to a multiple of four. */
static size_t put_text(unsigned char *bytes, const char *text)
{
    size_t length = strlen(text), padded = (length / 4 + 1) * 4;
    memset(bytes, 0, padded);
    memcpy(bytes, text, length);
    return padded;
}

static size_t put_word(unsigned char *bytes, uint32_t word)
{
    for (int i = 0; i < 4; i++) bytes[i] = (unsigned char)(word >> (24 - 8 * i));
    return 4;
}

static size_t put_argument(unsigned char *bytes, const osc_argument *a)
{
    uint32_t bits;
    if (a->type == 's') return put_text(bytes, a->text);
    if (a->type == 'i') return put_word(bytes, (uint32_t)a->whole);
    memcpy(&bits, &a->number, sizeof bits);
    return put_word(bytes, bits);
}

void osc_add(osc_packet *p, bool in_bundle, const char *path, const osc_argument *arguments, int count)
{
    char types[16] = ",";
    size_t needed = strlen(path) + 4 + 16 + 4;
    for (int i = 0; i < count; i++) needed += arguments[i].type == 's' ? strlen(arguments[i].text) + 4 : 4;
    if (count > 14 || p->size + needed > sizeof p->bytes) return;
    for (int i = 0; i < count; i++) types[i + 1] = arguments[i].type;
    size_t begin = p->size + (in_bundle ? 4 : 0), end = begin;
    end += put_text(p->bytes + end, path);
    end += put_text(p->bytes + end, types);
    for (int i = 0; i < count; i++) end += put_argument(p->bytes + end, &arguments[i]);
    if (in_bundle) put_word(p->bytes + p->size, (uint32_t)(end - begin));
    p->size = end;
}

/* Seconds since 1900 and their fraction, as NTP has them. */
void osc_begin_bundle(osc_packet *p, double seconds)
{
    double whole = floor(seconds);
    p->size = put_text(p->bytes, "#bundle");
    p->size += put_word(p->bytes + p->size, (uint32_t)(int64_t)(whole + SECONDS_1900_TO_1970));
    p->size += put_word(p->bytes + p->size, (uint32_t)((seconds - whole) * 4294967296.0));
}

/* ---- sending ----------------------------------------------------------------------------------------------------------- */

static void send_packet(osc *o, const osc_packet *p)
{
    ssize_t sent = send(o->socket, p->bytes, p->size, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent;
}

static void send_message(osc *o, const char *path, const osc_argument *arguments, int count)
{
    osc_packet p = {.size = 0};
    osc_add(&p, false, path, arguments, count);
    send_packet(o, &p);
}

static void add_float(osc_packet *p, const char *path, float number)
{
    if (!isnan(number)) osc_add(p, true, path, &(osc_argument){.type = 'f', .number = number}, 1);
}

static void add_whole(osc_packet *p, const char *path, int32_t whole)
{
    osc_add(p, true, path, &(osc_argument){.type = 'i', .whole = whole}, 1);
}

static void add_more(osc_packet *p, const emotion_more *more)
{
    if (more->columns & COLUMN_ERROR) {
        add_float(p, "/emotrack/valence_error", more->error[0]);
        add_float(p, "/emotrack/arousal_error", more->error[1]);
    }
    if (more->columns & COLUMN_KEY) add_whole(p, "/emotrack/key", more->harmony.key);
    if (more->columns & COLUMN_MODE) add_float(p, "/emotrack/mode", more->harmony.majorness);
    if (more->columns & COLUMN_TEMPO) add_float(p, "/emotrack/tempo", more->harmony.tempo_bpm);
    if (more->columns & COLUMN_PULSE) add_float(p, "/emotrack/pulse", more->harmony.pulse);
}

static void send_full(osc *o, const et_emotion *e, const emotion_more *more, const float mapped[2])
{
    struct timespec now;
    osc_packet p;
    clock_gettime(CLOCK_REALTIME, &now);
    osc_begin_bundle(&p, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
    add_float(&p, "/emotrack/time", (float)e->time_s);
    add_float(&p, "/emotrack/valence", mapped[0]);
    add_float(&p, "/emotrack/arousal", mapped[1]);
    add_float(&p, "/emotrack/context", e->context_s);
    add_float(&p, "/emotrack/level", e->level_dbfs);
    add_whole(&p, "/emotrack/flags", (int32_t)e->flags);
    add_more(&p, more);
    send_packet(o, &p);
}

void osc_answer(osc *o, const et_emotion *e, const emotion_more *more, const float mapped[2])
{
    const osc_argument both[2] = {{.type = 'f', .number = mapped[0]}, {.type = 'f', .number = mapped[1]}};
    switch (o->style) {
    case OSC_PAIR: send_message(o, "/emotrack/emotion", both, 2); break;
    case OSC_SINGLE:
        send_message(o, "/emotrack/valence", &both[0], 1);
        send_message(o, "/emotrack/arousal", &both[1], 1);
        break;
    case OSC_WEKINATOR: send_message(o, "/wek/inputs", both, 2); break;
    case OSC_FULL: send_full(o, e, more, mapped); break;
    }
}

void osc_status(osc *o, const char *word)
{
    if (o->style != OSC_WEKINATOR) send_message(o, "/emotrack/status", &(osc_argument){.type = 's', .text = word}, 1);
}
