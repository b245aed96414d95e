#include "live/osc.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"

enum { MOST_PATH = 63 };

struct osc {
    int socket;
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

static int connect_to(const char *host, const char *port)
{
    struct addrinfo wanted = {.ai_socktype = SOCK_DGRAM}, *found = NULL;
    if (getaddrinfo(host, port, &wanted, &found) != 0) return -1;
    int fd = -1;
    for (struct addrinfo *a = found; a != NULL && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

et_status osc_open(osc **out, const char *address, et_error *error)
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
    *out = o;
    return ET_OK;
}

void osc_close(osc *o)
{
    if (o == NULL) return;
    close(o->socket);
    free(o);
}

/* A string, its end, and zeros up to a multiple of four. */
static size_t put_text(unsigned char *bytes, const char *text)
{
    size_t length = strlen(text), padded = (length / 4 + 1) * 4;
    memset(bytes, 0, padded);
    memcpy(bytes, text, length);
    return padded;
}

static size_t put_float(unsigned char *bytes, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 4; i++) bytes[i] = (unsigned char)(bits >> (24 - 8 * i));
    return 4;
}

size_t osc_message(unsigned char bytes[96], const char *path, float x, float y)
{
    char cut[MOST_PATH + 1];
    snprintf(cut, sizeof cut, "%s", path);
    size_t used = put_text(bytes, cut);
    used += put_text(bytes + used, ",ff");
    used += put_float(bytes + used, x);
    return used + put_float(bytes + used, y);
}

void osc_send(osc *o, const char *path, float x, float y)
{
    unsigned char bytes[96];
    size_t count = osc_message(bytes, path, x, y);
    ssize_t sent = send(o->socket, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent;
}
