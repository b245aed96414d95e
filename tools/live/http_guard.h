/** Who may read the page of `live --http`. Another site's script in the same browser may not, by Origin and by Host (which
 *  names another site's name that was pointed at this machine); other machines need the token. */
#ifndef EMOTRACK_TOOLS_LIVE_HTTP_GUARD_H
#define EMOTRACK_TOOLS_LIVE_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/** What a request says of itself; NULL where it does not. */
typedef struct http_caller {
    const char *host, *origin, *query, *authorization;
} http_caller;

/** @param token  NULL where this machine's own readers need none
 *  @return NULL: it may; else why not, in words */
const char *http_refusal(const char *token, const http_caller *caller);

/** "PORT", "HOST:PORT" apart; HOST becomes 127.0.0.1 where it is not given or is localhost.
 *  @return false if it is neither, or PORT is not 0 .. 65535 */
bool http_split(const char *address, char *host, size_t room, unsigned *port);

/** Whether only this machine can reach the host. */
bool http_is_own(const char *host);

#endif
