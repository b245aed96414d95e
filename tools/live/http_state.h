/** What the threads of the page share: the newest answer, the facts around it, ten minutes of history, and what was asked for.
 *  Any thread; each call holds one lock for as long as it copies. */
#ifndef EMOTRACK_TOOLS_LIVE_HTTP_STATE_H
#define EMOTRACK_TOOLS_LIVE_HTTP_STATE_H

#include "live/http.h"

enum { HTTP_FACTS_ROOM = 16384 };

typedef struct http_state http_state;

typedef struct http_row {
    et_emotion emotion;
    emotion_more more;
} http_row;

/** One who reads. All zero at first. */
typedef struct http_reader {
    uint64_t answers, facts; /* what it has seen */
    unsigned unanswered;     /* pings that are on their way: a reader that is asleep leaves them there */
    bool ends;
} http_reader;

/** What it has not seen yet. */
typedef struct http_news {
    bool has_answer, has_facts;
    http_row answer;
    char facts[HTTP_FACTS_ROOM];
} http_news;

/** @return NULL if memory ran out */
http_state *http_state_create(void);
void http_state_destroy(http_state *s);

void http_state_answer(http_state *s, const et_emotion *emotion, const emotion_more *more);

/** @param json  shorter than HTTP_FACTS_ROOM, or it is dropped */
void http_state_facts(http_state *s, const char *json);

/** @return false before the first answer */
bool http_state_newest(http_state *s, http_row *row);

/** {"history":[[time_s,valence,arousal,flags,valence_error,arousal_error],...]} of the last ten minutes, five a second; to be
 *  freed. NULL: no memory. */
char *http_state_history(http_state *s);

/** Waits for news, at most a second; longer than that while the reader has not answered its pings.
 *  @param news  may have nothing in it after a second
 *  @return false if the reader or all ends */
bool http_state_await(http_state *s, http_reader *reader, http_news *news);

/** A ping was sent, or came back. */
void http_state_ping(http_state *s, http_reader *reader);
void http_state_pong(http_state *s, http_reader *reader);

/** This reader ends; NULL: all do. */
void http_state_end(http_state *s, http_reader *reader);

/** Reads {"do": ...}; what is not understood, or is too much at once, is dropped. */
void http_state_ask(http_state *s, const char *json, size_t length);
bool http_state_take(http_state *s, http_request *request);

#endif
