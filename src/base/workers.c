#include "base/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/error.h"

/* Looks at the flag so often before sleeping: jobs follow each other within microseconds in training. */
enum { PATIENCE = 4000 };

struct workers {
    int threads, started;
    pthread_t *thread;
    pthread_mutex_t lock;
    pthread_cond_t begin, end;
    atomic_uint job;    /* number of the present job */
    atomic_int next;    /* part to take */
    atomic_int working; /* threads still at the present job */
    bool stop;
    void (*part)(void *context, int i);
    void *context;
    int parts;
};

static void work(workers *w)
{
    for (int i = atomic_fetch_add(&w->next, 1); i < w->parts; i = atomic_fetch_add(&w->next, 1)) w->part(w->context, i);
}

static void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* Waits for a job after `seen`; false when there will be none. */
static bool await_job(workers *w, unsigned seen)
{
    for (int i = 0; i < PATIENCE && atomic_load(&w->job) == seen; i++) pause_briefly();
    pthread_mutex_lock(&w->lock);
    while (atomic_load(&w->job) == seen && !w->stop) pthread_cond_wait(&w->begin, &w->lock);
    bool stop = w->stop;
    pthread_mutex_unlock(&w->lock);
    return !stop;
}

static void *run_thread(void *argument)
{
    workers *w = argument;
    for (unsigned seen = 0; await_job(w, seen); seen++) {
        work(w);
        pthread_mutex_lock(&w->lock);
        if (atomic_fetch_sub(&w->working, 1) == 1) pthread_cond_signal(&w->end);
        pthread_mutex_unlock(&w->lock);
    }
    return NULL;
}

et_status workers_create(workers **out, int threads, et_error *error)
{
    if (threads < 1 || threads > 256)
        return error_set(error, ET_ERROR_ARGUMENT, "threads: %d asked for; 1 to 256 are possible", threads);
    workers *w = calloc(1, sizeof *w);
    if (w) w->thread = calloc((size_t)threads, sizeof *w->thread);
    if (!w || !w->thread) {
        free(w);
        return error_set(error, ET_ERROR_MEMORY, "threads: no memory for %d", threads);
    }
    w->threads = threads;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->begin, NULL);
    pthread_cond_init(&w->end, NULL);
    while (w->started < threads - 1 && pthread_create(&w->thread[w->started], NULL, run_thread, w) == 0) w->started++;
    int started = w->started + 1;
    if (started < threads) {
        workers_destroy(w);
        return error_set(error, ET_ERROR_MEMORY, "threads: the system gives no more than %d; ask for fewer", started);
    }
    *out = w;
    return ET_OK;
}

void workers_destroy(workers *w)
{
    if (!w) return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->begin);
    pthread_mutex_unlock(&w->lock);
    for (int i = 0; i < w->started; i++) pthread_join(w->thread[i], NULL);
    pthread_cond_destroy(&w->end);
    pthread_cond_destroy(&w->begin);
    pthread_mutex_destroy(&w->lock);
    free(w->thread);
    free(w);
}

void workers_run(workers *w, void (*part)(void *context, int i), void *context, int parts)
{
    w->part = part;
    w->context = context;
    w->parts = parts;
    atomic_store(&w->next, 0);
    if (w->started == 0 || parts == 1) {
        work(w);
        return;
    }
    pthread_mutex_lock(&w->lock);
    atomic_store(&w->working, w->started);
    atomic_fetch_add(&w->job, 1);
    pthread_cond_broadcast(&w->begin);
    pthread_mutex_unlock(&w->lock);
    work(w);
    for (int i = 0; i < PATIENCE && atomic_load(&w->working) > 0; i++) pause_briefly();
    pthread_mutex_lock(&w->lock);
    while (atomic_load(&w->working) > 0) pthread_cond_wait(&w->end, &w->lock);
    pthread_mutex_unlock(&w->lock);
}
