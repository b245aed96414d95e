/** The page of `emotrack live --http`, served by civetweb on threads of its own. The session hands over the newest answer and
 *  the facts around it, and takes what the page's reader asks for; both only copy under a short lock, so nobody who reads
 *  slowly, or not at all, holds the session.
 *
 *      GET /             the page, with /live.js and /live.css
 *      GET /emotion      the newest answer, as a JSON line; 204 before the first
 *      GET /events       answers as server-sent events; facts as events named "facts"
 *      GET /ws           WebSocket: answers, {"facts": ...}, once {"history": ...}; takes {"do": ...}
 *
 *  Who does not give the token has to come from the page itself: the names that it calls us by, in Host and Origin, must be
 *  those of this machine. */
#ifndef EMOTRACK_TOOLS_LIVE_HTTP_H
#define EMOTRACK_TOOLS_LIVE_HTTP_H

#include "cli/emotion_rows.h"

typedef struct http http;

/** @param address  [HOST:]PORT; HOST is 127.0.0.1 unless given; PORT 0 takes a free one
 *  @param token    who may read, where the address is not this machine's own; else NULL
 *  @return ET_OK; ET_ERROR_ARGUMENT (not of this form, no token), ET_ERROR_DEVICE (the port is taken ...),
 *          ET_ERROR_MEMORY, ET_ERROR_UNSUPPORTED (built without civetweb) */
et_status http_open(http **out, const char *address, const char *token, et_error *error);

/** Ends all connections. NULL is allowed. */
void http_close(http *h);

/** Where the page is, for a browser on this machine. */
const char *http_url(const http *h);

/** The newest answer, and what is known beside it. */
void http_answer(http *h, const et_emotion *emotion, const emotion_more *more);

/** What is around it, a JSON object of at most 16 kB. */
void http_facts(http *h, const char *json);

typedef enum http_verb { HTTP_MARK, HTTP_RECORD, HTTP_STOP_RECORD, HTTP_INPUT, HTTP_MODEL } http_verb;

typedef struct http_request {
    http_verb verb;
    char name[512]; /* of the input or model */
} http_request;

/** What a reader asks for next. @return false when there is nothing */
bool http_take(http *h, http_request *request);

#endif
