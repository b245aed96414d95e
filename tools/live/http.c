#include "live/http.h"

#include <civetweb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/error.h"
#include "live/http_files.h"
#include "live/http_guard.h"
#include "live/http_state.h"

#define LEAST_S (1 / 60.0) /* between two answers to one reader */
#define SECURITY                                                                                                           \
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"                       \
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' " \
    "ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
enum { MOST_READERS = 48, MOST_MESSAGE = 1024, ROW_ROOM = 1024, SEND_BYTES = 16384, DESCRIPTORS = 1024 };

struct http {
    struct mg_context *context;
    http_state *state;
    char *token;
    char url[320];
    bool library; /* civetweb's own, to be ended */
    atomic_int readers;
};

/* One WebSocket: civetweb's thread takes what comes, ours sends. */
typedef struct socket_reader {
    http *h;
    struct mg_connection *connection;
    http_reader reader;
    pthread_t thread;
} socket_reader;

static size_t row_of(char row[ROW_ROOM], const http_row *answer)
{
    FILE *stream = fmemopen(row, ROW_ROOM, "w");
    if (stream == NULL) return 0;
    emotion_row(stream, ROWS_JSONL, NULL, &answer->emotion, &answer->more);
    long length = ftell(stream);
    fclose(stream);
    return length > 0 ? (size_t)length - 1 : 0; /* without the line's end */
}

static const char *refusal(const http *h, const struct mg_connection *c)
{
    const http_caller caller = {.host = mg_get_header(c, "Host"),
                                .origin = mg_get_header(c, "Origin"),
                                .query = mg_get_request_info(c)->query_string,
                                .authorization = mg_get_header(c, "Authorization")};
    return http_refusal(h->token, &caller);
}

static void rest(void)
{
    const struct timespec least = {.tv_nsec = (long)(LEAST_S * 1e9)};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &least, NULL);
}

/* ---- WebSocket --------------------------------------------------------------------------------------------------------- */

static bool send_text(socket_reader *r, const char *text, size_t length)
{
    return mg_websocket_write(r->connection, MG_WEBSOCKET_OPCODE_TEXT, text, length) > 0;
}

static bool send_history(socket_reader *r)
{
    char *history = http_state_history(r->h->state);
    bool sent = history == NULL || send_text(r, history, strlen(history));
    free(history);
    return sent;
}

/* A ping after each message comes back when the reader has it: what waits in the system's buffers stays small. */
static bool send_news(socket_reader *r, const http_news *news)
{
    static const char before[] = "{\"facts\":";
    char text[HTTP_FACTS_ROOM + sizeof before + 1];
    if (news->has_facts) {
        int length = snprintf(text, sizeof text, "%s%s}", before, news->facts);
        if (!send_text(r, text, (size_t)length)) return false;
    }
    if (news->has_answer && !send_text(r, text, row_of(text, &news->answer))) return false;
    http_state_ping(r->h->state, &r->reader);
    return mg_websocket_write(r->connection, MG_WEBSOCKET_OPCODE_PING, "", 0) > 0;
}

static void *send_all(void *context)
{
    socket_reader *r = context;
    http_news news;
    bool goes_on = send_history(r);
    while (goes_on && http_state_await(r->h->state, &r->reader, &news)) {
        if (!news.has_answer && !news.has_facts) continue;
        goes_on = send_news(r, &news);
        rest();
    }
    return NULL;
}

static int on_connect(const struct mg_connection *c, void *context)
{
    http *h = context;
    if (refusal(h, c) != NULL) return 1;
    if (atomic_fetch_add(&h->readers, 1) < MOST_READERS) return 0;
    atomic_fetch_sub(&h->readers, 1);
    return 1;
}

static void on_ready(struct mg_connection *c, void *context)
{
    socket_reader *r = calloc(1, sizeof *r);
    if (r == NULL) return;
    r->h = context;
    r->connection = c;
    if (pthread_create(&r->thread, NULL, send_all, r) != 0) {
        free(r);
        return;
    }
    mg_set_user_connection_data(c, r);
}

static int on_message(struct mg_connection *c, int bits, char *bytes, size_t length, void *context)
{
    http *h = context;
    socket_reader *r = mg_get_user_connection_data(c);
    int kind = bits & 0xf;
    if (r == NULL || kind == MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE || length > MOST_MESSAGE) return 0;
    if (kind == MG_WEBSOCKET_OPCODE_PONG) http_state_pong(h->state, &r->reader);
    if (kind == MG_WEBSOCKET_OPCODE_PING) mg_websocket_write(c, MG_WEBSOCKET_OPCODE_PONG, bytes, length);
    if (kind == MG_WEBSOCKET_OPCODE_TEXT) http_state_ask(h->state, bytes, length);
    return 1;
}

static void on_close(const struct mg_connection *c, void *context)
{
    http *h = context;
    socket_reader *r = mg_get_user_connection_data(c);
    atomic_fetch_sub(&h->readers, 1);
    if (r == NULL) return;
    http_state_end(h->state, &r->reader);
    pthread_join(r->thread, NULL);
    free(r);
}

/* ---- plain requests ---------------------------------------------------------------------------------------------------- */

static int answer(struct mg_connection *c, const char *status, const char *type, const void *bytes, size_t length)
{
    bool body = strcmp(mg_get_request_info(c)->request_method, "HEAD") != 0;
    mg_printf(c, "HTTP/1.1 %s\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: %zu\r\n%sConnection: close\r\n\r\n",
              status, type, length, SECURITY);
    if (body) mg_write(c, bytes, length);
    return atoi(status);
}

static int answer_words(struct mg_connection *c, const char *status, const char *words)
{
    return answer(c, status, "text/plain", words, strlen(words));
}

static int answer_newest(http *h, struct mg_connection *c)
{
    http_row newest;
    char row[ROW_ROOM];
    if (!http_state_newest(h->state, &newest)) return answer(c, "204 No Content", "application/json", "", 0);
    size_t length = row_of(row, &newest);
    row[length++] = '\n';
    return answer(c, "200 OK", "application/json", row, length);
}

static bool send_part(struct mg_connection *c, const char *text)
{
    size_t length = strlen(text);
    return mg_write(c, text, length) == (int)length;
}

static bool send_event(struct mg_connection *c, const http_news *news)
{
    char row[ROW_ROOM];
    if (news->has_facts && !(send_part(c, "event: facts\ndata: ") && send_part(c, news->facts) && send_part(c, "\n\n")))
        return false;
    if (!news->has_answer) return news->has_facts || send_part(c, ":\n\n"); /* a comment: is anybody there? */
    row[row_of(row, &news->answer)] = '\0';
    return send_part(c, "data: ") && send_part(c, row) && send_part(c, "\n\n");
}

/* civetweb's threads have 100 kB for their stack: news are kept elsewhere. */
static int answer_events(http *h, struct mg_connection *c)
{
    http_reader reader = {0};
    http_news *news = malloc(sizeof *news);
    if (news != NULL && atomic_fetch_add(&h->readers, 1) < MOST_READERS) {
        send_part(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n" SECURITY
                     "Connection: close\r\n\r\n");
        while (http_state_await(h->state, &reader, news) && send_event(c, news)) rest();
    } else {
        answer_words(c, "503 Service Unavailable", "too many readers\n");
    }
    if (news != NULL) atomic_fetch_sub(&h->readers, 1);
    free(news);
    return 200;
}

static int on_request(struct mg_connection *c, void *context)
{
    http *h = context;
    const struct mg_request_info *about = mg_get_request_info(c);
    const char *path = about->local_uri;
    const char *refused = refusal(h, c);
    if (strcmp(about->request_method, "GET") != 0 && strcmp(about->request_method, "HEAD") != 0)
        return answer_words(c, "405 Method Not Allowed", "only GET\n");
    const http_file *file = http_file_find(path);
    if (refused != NULL && (file == NULL || file->is_page)) { /* script and style are no secret, and carry no token */
        char words[256];
        snprintf(words, sizeof words, "emotrack: %s\n", refused);
        return answer_words(c, "403 Forbidden", words);
    }
    if (file != NULL) return answer(c, "200 OK", file->type, file->bytes, file->size);
    if (strcmp(path, "/emotion") == 0) return answer_newest(h, c);
    if (strcmp(path, "/events") == 0) return answer_events(h, c);
    return answer_words(c, "404 Not Found", "there is /, /emotion, /events and /ws\n");
}

/* ---- the server -------------------------------------------------------------------------------------------------------- */

/* Signals are for the main thread, which waits for them. */
static struct mg_context *start(http *h, const char *ports, struct mg_error_data *problem)
{
    const char *options[] = {"listening_ports",
                             ports,
                             "num_threads",
                             "60",
                             "request_timeout_ms",
                             "5000",
                             "websocket_timeout_ms",
                             "20000",
                             "max_request_size",
                             "8192",
                             "access_control_allow_origin",
                             "",
                             "tcp_nodelay",
                             "1",
                             NULL};
    struct mg_callbacks none = {0};
    struct mg_init_data init = {.callbacks = &none, .user_data = h, .configuration_options = options};
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct mg_context *context = mg_start2(&init, problem);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return context;
}

/* The system would keep megabytes for a reader of /events that sleeps: minutes of old answers when it wakes. civetweb has no
 * option for it; what it accepts takes after the socket that it listens on. */
static void keep_little(unsigned port)
{
    const int bytes = SEND_BYTES;
    for (int fd = 0; fd < DESCRIPTORS; fd++) {
        struct sockaddr_in about = {0};
        int listens = 0;
        socklen_t size = sizeof about, one = sizeof listens;
        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &one) != 0 || !listens) continue;
        if (getsockname(fd, (struct sockaddr *)&about, &size) == 0 && ntohs(about.sin_port) == port)
            setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    }
}

static et_status serve(http *h, const char *host, unsigned port, et_error *error)
{
    char ports[300], words[256] = "";
    struct mg_error_data problem = {.text = words, .text_buffer_size = sizeof words};
    snprintf(ports, sizeof ports, "%s:%u", host, port);
    h->context = start(h, ports, &problem);
    if (h->context == NULL)
        return error_set(error, ET_ERROR_DEVICE, "no page at %s: %s; is the port taken?", ports,
                         words[0] != '\0' ? words : "the address cannot be listened to");
    mg_set_websocket_handler(h->context, "/ws", on_connect, on_ready, on_message, on_close, h);
    mg_set_request_handler(h->context, "**", on_request, h);
    struct mg_server_port listening[1] = {0};
    if (mg_get_server_ports(h->context, 1, listening) > 0) port = (unsigned)listening[0].port;
    keep_little(port);
    bool all = strcmp(host, "0.0.0.0") == 0;
    snprintf(h->url, sizeof h->url, "http://%s:%u/%s%s", all ? "127.0.0.1" : host, port, h->token != NULL ? "?token=" : "",
             h->token != NULL ? h->token : "");
    return ET_OK;
}

et_status http_open(http **out, const char *address, const char *token, et_error *error)
{
    char host[256];
    unsigned port;
    if (!http_split(address, host, sizeof host, &port))
        return error_set(error, ET_ERROR_ARGUMENT, "--http '%.100s': must be PORT or HOST:PORT, as 8080 or 0.0.0.0:8080",
                         address);
    if (token == NULL && !http_is_own(host))
        return error_set(error, ET_ERROR_ARGUMENT,
                         "--http '%.100s': other machines could read it; give them a word by --http-token", address);
    if (token != NULL && (strlen(token) < 8 || strlen(token) > 100 || strcspn(token, "&#?%+ /\\\"<>") != strlen(token)))
        return error_set(error, ET_ERROR_ARGUMENT, "--http-token: 8 to 100 letters, digits, '-' and the like");
    http *h = calloc(1, sizeof *h);
    if (h != NULL) h->state = http_state_create();
    if (h != NULL && token != NULL) h->token = strdup(token);
    if (h == NULL || h->state == NULL || (token != NULL && h->token == NULL)) {
        http_close(h);
        return error_set(error, ET_ERROR_MEMORY, "no memory for the page");
    }
    mg_init_library(0);
    h->library = true;
    et_status status = serve(h, host, port, error);
    if (status != ET_OK) {
        http_close(h);
        return status;
    }
    *out = h;
    return ET_OK;
}

void http_close(http *h)
{
    if (h == NULL) return;
    if (h->context != NULL) {
        http_state_end(h->state, NULL);
        mg_stop(h->context);
    }
    if (h->library) mg_exit_library();
    http_state_destroy(h->state);
    free(h->token);
    free(h);
}

const char *http_url(const http *h)
{
    return h->url;
}

void http_answer(http *h, const et_emotion *emotion, const emotion_more *more)
{
    http_state_answer(h->state, emotion, more);
}

void http_facts(http *h, const char *json)
{
    http_state_facts(h->state, json);
}

bool http_take(http *h, http_request *request)
{
    return http_state_take(h->state, request);
}
