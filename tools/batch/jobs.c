#include "batch/jobs.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "base/workers.h"

enum { THREADS_MOST = 256 };

/* Text that waits for slower tasks before it, above which no further task begins. */
static const size_t WAITING_MOST = (size_t)64 << 20;

void jobs_run(int count, int jobs, void (*task)(void *context, int i), void *context)
{
    workers *crew = NULL;
    int threads = jobs < count ? jobs : count;
    while (threads > 1 && workers_create(&crew, threads < THREADS_MOST ? threads : THREADS_MOST, NULL) != ET_OK)
        threads /= 2;
    if (crew)
        workers_run(crew, task, context, count);
    else
        for (int i = 0; i < count; i++) task(context, i);
    workers_destroy(crew);
}

int jobs_processors(void)
{
    cpu_set_t mine;
    if (sched_getaffinity(0, sizeof mine, &mine) != 0) return 1;
    int count = CPU_COUNT(&mine);
    return count > 0 ? count : 1;
}

/* ---- order ---------------------------------------------------------------------------------------------------------- */

typedef struct slot {
    FILE *stream; /* a memory stream: only the task writes to it */
    char *text;
    size_t size;
    bool ended;
} slot;

struct ordered {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    output *to;
    int first, count; /* first: the task whose text passes at once */
    size_t waiting;
    et_error error;
    slot slots[];
};

et_status ordered_create(ordered **out, output *to, int count, et_error *error)
{
    ordered *o = calloc(1, sizeof *o + sizeof(slot) * (size_t)count);
    if (!o) return error_set(error, ET_ERROR_MEMORY, "no memory for %d sounds", count);
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->moved, NULL);
    o->to = to;
    o->count = count;
    *out = o;
    return ET_OK;
}

static void free_slot(slot *s)
{
    if (s->stream) fclose(s->stream);
    free(s->text);
    s->stream = NULL;
    s->text = NULL;
    s->size = 0;
}

void ordered_destroy(ordered *o)
{
    if (!o) return;
    for (int i = 0; i < o->count; i++) free_slot(&o->slots[i]);
    pthread_cond_destroy(&o->moved);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

FILE *ordered_begin(ordered *o, int i)
{
    pthread_mutex_lock(&o->lock);
    while (o->waiting > WAITING_MOST && i != o->first) pthread_cond_wait(&o->moved, &o->lock);
    FILE *stream = o->slots[i].stream = open_memstream(&o->slots[i].text, &o->slots[i].size);
    if (!stream) error_set(&o->error, ET_ERROR_MEMORY, "no memory for the rows");
    pthread_mutex_unlock(&o->lock);
    return stream;
}

static bool is_wanted(const ordered *o)
{
    return o->error.status == ET_OK && output_wanted(o->to);
}

static void write_text(ordered *o, const slot *s)
{
    if (s->size == 0 || !is_wanted(o)) return;
    fwrite(s->text, 1, s->size, output_stream(o->to));
    output_flush(o->to, &o->error);
}

bool ordered_pass(ordered *o, int i)
{
    slot *s = &o->slots[i];
    if (fflush(s->stream) != 0) return false;
    pthread_mutex_lock(&o->lock);
    if (i == o->first) {
        write_text(o, s);
        fseeko(s->stream, 0, SEEK_SET);
    }
    bool wanted = is_wanted(o);
    pthread_mutex_unlock(&o->lock);
    return wanted;
}

void ordered_end(ordered *o, int i)
{
    slot *mine = &o->slots[i];
    pthread_mutex_lock(&o->lock);
    if (mine->stream && fflush(mine->stream) != 0) error_set(&o->error, ET_ERROR_MEMORY, "no memory for the rows");
    mine->ended = true;
    if (i != o->first) o->waiting += mine->size;
    for (; o->first < o->count && o->slots[o->first].ended; o->first++) {
        slot *s = &o->slots[o->first];
        write_text(o, s);
        if (o->first != i) o->waiting -= s->size;
        free_slot(s);
    }
    pthread_cond_broadcast(&o->moved);
    pthread_mutex_unlock(&o->lock);
}

et_status ordered_status(const ordered *o, et_error *error)
{
    if (o->error.status == ET_OK) return ET_OK;
    return error_set(error, o->error.status, "%s", o->error.message);
}
