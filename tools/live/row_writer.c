#include "live/row_writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct text {
    char *bytes;
    size_t size, room;
} text;

struct row_writer {
    output *to; /* the thread's alone until it has ended */
    FILE *stream;
    char *composed;
    size_t composed_size, most_waiting;
    pthread_t thread;
    bool running;
    pthread_mutex_t lock; /* of the rest */
    pthread_cond_t changed;
    text waiting;
    bool ends, reader_gone;
    et_status status;
    et_error error;
};

static void fail(row_writer *w, const et_error *error)
{
    if (w->status == ET_OK) w->error = *error;
    w->status = w->error.status;
}

static void *write_all(void *context)
{
    row_writer *w = context;
    text writing = {0};
    et_error error;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->waiting.size == 0 && !w->ends) pthread_cond_wait(&w->changed, &w->lock);
        if (w->waiting.size == 0) break;
        text taken = w->waiting;
        w->waiting = writing;
        pthread_mutex_unlock(&w->lock);
        fwrite(taken.bytes, 1, taken.size, output_stream(w->to));
        et_status status = output_flush(w->to, &error);
        bool wanted = output_wanted(w->to);
        taken.size = 0;
        writing = taken;
        pthread_mutex_lock(&w->lock);
        if (status != ET_OK) fail(w, &error);
        w->reader_gone = !wanted;
        if (status != ET_OK || !wanted) break;
    }
    pthread_mutex_unlock(&w->lock);
    free(writing.bytes);
    return NULL;
}

/* Signals are for the thread that looks at keys. */
static bool start(row_writer *w)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    w->running = pthread_create(&w->thread, NULL, write_all, w) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return w->running;
}

static void end(row_writer *w)
{
    pthread_mutex_lock(&w->lock);
    w->ends = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
    if (w->running) pthread_join(w->thread, NULL);
    if (w->stream != NULL) fclose(w->stream);
    free(w->composed);
    free(w->waiting.bytes);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
}

et_status row_writer_create(row_writer **out, output *to, size_t most_waiting, et_error *error)
{
    row_writer *w = calloc(1, sizeof *w);
    if (w != NULL) {
        w->to = to;
        w->most_waiting = most_waiting;
        pthread_mutex_init(&w->lock, NULL);
        pthread_cond_init(&w->changed, NULL);
        w->stream = open_memstream(&w->composed, &w->composed_size);
        if (w->stream != NULL && start(w)) {
            *out = w;
            return ET_OK;
        }
        end(w);
        free(w);
    }
    output_abandon(to);
    return error_set(error, ET_ERROR_MEMORY, "no memory for the rows");
}

FILE *row_writer_stream(row_writer *w)
{
    return w->stream;
}

/* Under the lock. */
static void append(row_writer *w)
{
    text *t = &w->waiting;
    size_t needed = t->size + w->composed_size;
    et_error error;
    if (needed > w->most_waiting) {
        error_set(&error, ET_ERROR_LIMIT,
                  "nobody has read the rows for so long that %zu MB of them wait: no more are written",
                  w->most_waiting >> 20);
        fail(w, &error);
        return;
    }
    if (needed > t->room) {
        char *bytes = realloc(t->bytes, 2 * needed);
        if (bytes == NULL) {
            error_set(&error, ET_ERROR_MEMORY, "no memory for the rows that nobody has read yet: no more are written");
            fail(w, &error);
            return;
        }
        t->bytes = bytes;
        t->room = 2 * needed;
    }
    memcpy(t->bytes + t->size, w->composed, w->composed_size);
    t->size = needed;
}

et_status row_writer_pass(row_writer *w, et_error *error)
{
    fflush(w->stream);
    pthread_mutex_lock(&w->lock);
    if (w->composed_size > 0 && w->status == ET_OK && !w->reader_gone) append(w);
    pthread_cond_signal(&w->changed);
    et_status status = w->status;
    if (status != ET_OK && error != NULL) *error = w->error;
    pthread_mutex_unlock(&w->lock);
    rewind(w->stream);
    return status;
}

bool row_writer_wanted(row_writer *w)
{
    pthread_mutex_lock(&w->lock);
    bool wanted = !w->reader_gone;
    pthread_mutex_unlock(&w->lock);
    return wanted;
}

et_status row_writer_close(row_writer *w, et_error *error)
{
    et_status passed = row_writer_pass(w, error);
    end(w);
    if (passed == ET_OK && w->status != ET_OK) {
        passed = w->status;
        if (error != NULL) *error = w->error;
    }
    et_status closed = output_close(w->to, passed == ET_OK ? error : NULL);
    free(w);
    return passed != ET_OK ? passed : closed;
}

void row_writer_abandon(row_writer *w)
{
    if (w == NULL) return;
    end(w);
    output_abandon(w->to);
    free(w);
}
