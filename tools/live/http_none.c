/** In http.c's place where civetweb was not there to build with. */
#include "base/error.h"
#include "live/http.h"

et_status http_open(http **out, const char *address, const char *token, et_error *error)
{
    (void)token;
    *out = NULL;
    return error_set(error, ET_ERROR_UNSUPPORTED, "--http %.100s: this program was built without libcivetweb-dev", address);
}

void http_close(http *h)
{
    (void)h;
}

const char *http_url(const http *h)
{
    (void)h;
    return "";
}

void http_answer(http *h, const et_emotion *emotion, const emotion_more *more)
{
    (void)h, (void)emotion, (void)more;
}

void http_facts(http *h, const char *json)
{
    (void)h, (void)json;
}

bool http_take(http *h, http_request *request)
{
    (void)h, (void)request;
    return false;
}
