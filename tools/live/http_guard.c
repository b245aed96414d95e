#include "live/http_guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes as long for a near miss as for a wide one. */
static bool same(const char *token, const char *given, size_t length)
{
    unsigned difference = strlen(token) != length;
    for (size_t i = 0; token[i] != '\0'; i++)
        difference |= (unsigned char)token[i] ^ (unsigned char)(i < length ? given[i] : 0);
    return difference == 0;
}

static bool query_has(const char *query, const char *token)
{
    static const char name[] = "token=";
    for (const char *part = query; part != NULL && *part != '\0'; part += *part == '&') {
        size_t length = strcspn(part, "&");
        if (strncmp(part, name, sizeof name - 1) == 0 && same(token, part + sizeof name - 1, length - (sizeof name - 1)))
            return true;
        part += length;
    }
    return false;
}

static bool has_token(const char *token, const http_caller *caller)
{
    static const char bearer[] = "Bearer ";
    const char *a = caller->authorization;
    if (query_has(caller->query, token)) return true;
    return a != NULL && strncmp(a, bearer, sizeof bearer - 1) == 0 &&
           same(token, a + sizeof bearer - 1, strlen(a) - (sizeof bearer - 1));
}

/* A host's name without its port. */
static void name_of(const char *host, char *name, size_t room)
{
    size_t length = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    snprintf(name, room, "%.*s", (int)(length < room ? length : room - 1), host);
}

bool http_is_own(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
}

static bool is_same_site(const char *origin, const char *host)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t length = strlen(schemes[i]);
        if (strncmp(origin, schemes[i], length) == 0 && strcmp(origin + length, host) == 0) return true;
    }
    return false;
}

const char *http_refusal(const char *token, const http_caller *caller)
{
    char name[256];
    const char *host = caller->host != NULL ? caller->host : "";
    if (caller->origin != NULL && !is_same_site(caller->origin, host)) return "asked for by a page of another site";
    if (token != NULL) return has_token(token, caller) ? NULL : "needs ?token=... as it was given to --http-token";
    name_of(host, name, sizeof name);
    return http_is_own(name) ? NULL : "asked for under a name that is not this machine's own";
}

bool http_split(const char *address, char *host, size_t room, unsigned *port)
{
    const char *colon = strrchr(address, ':'), *digits = colon != NULL ? colon + 1 : address;
    size_t length = colon != NULL ? (size_t)(colon - address) : 0, count = strspn(digits, "0123456789");
    if (count == 0 || count > 5 || digits[count] != '\0' || length >= room || (colon != NULL && length == 0)) return false;
    unsigned long number = strtoul(digits, NULL, 10);
    snprintf(host, room, "%.*s", (int)length, address);
    if (length == 0 || strcmp(host, "localhost") == 0) snprintf(host, room, "127.0.0.1");
    *port = (unsigned)number;
    return number <= 65535 && host[strspn(host, "0123456789.")] == '\0';
}
