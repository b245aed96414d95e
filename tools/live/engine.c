#include "live/engine.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "audio/ring.h"
#include "base/error.h"

#define SOUND_S 20.0 /* of sound may wait to be written */
enum {
    ANSWERS = 1 << 16, /* that may wait to be shown */
    PRIORITY = 10      /* any real-time priority is above all usual work; below what audio servers use */
};
#define WAIT_S .1 /* without sound: for the stop, and the end of the duration */

struct live_engine {
    capture *from;
    et_tracker *tracker;
    answer_queue *answers;
    ring *sound; /* NULL unless sound is kept */
    size_t sound_frames;
    float *block;
    size_t block_frames; /* one hop */
    uint64_t end;        /* frame to end at */
    double end_s;        /* and time, by capture_clock_s */
    int bell;            /* rung when answers wait */
    pthread_t thread;
    bool running;
    const char *priority_problem;
    uint64_t taken; /* frames of the stream, lost ones included */

    atomic_bool stop, ended;
    atomic_bool abandoned; /* nobody takes answers any more */
    _Atomic uint64_t frames, lost, overruns;
};

/* When the frame `at` of the stream was recorded, by the clock of capture_clock_s. */
static double recorded_s(const live_engine *e, double at)
{
    double newest_s = capture_newest_s(e->from), rate_hz = capture_rate_hz(e->from);
    double behind = (double)capture_waiting(e->from) + (double)e->taken - at;
    return newest_s - behind / rate_hz;
}

/* Nothing is dropped between the threads: where the other one is behind by so much, sound waits in the capture's ring. */
static void await_room(const live_engine *e, size_t size)
{
    static const struct timespec wait = {.tv_nsec = 10000000};
    while (ring_waiting(e->sound) >= size && !atomic_load(&e->abandoned)) nanosleep(&wait, NULL);
}

static void give_answer(const live_engine *e, const live_answer *answer)
{
    static const struct timespec wait = {.tv_nsec = 10000000};
    while (!answer_queue_push(e->answers, answer) && !atomic_load(&e->abandoned)) nanosleep(&wait, NULL);
}

static void ring_bell(const live_engine *e)
{
    eventfd_write(e->bell, 1);
}

static void give_answers(live_engine *e, double taken_s)
{
    live_answer a = {0};
    bool any = false;
    while (et_tracker_poll_harmony(e->tracker, &a.emotion, &a.harmony)) {
        double heard_s = recorded_s(e, a.emotion.time_s * capture_rate_hz(e->from));
        a.buffer_s = (float)fmax(0, taken_s - heard_s);
        a.computing_s = (float)fmax(0, capture_clock_s() - taken_s);
        give_answer(e, &a);
        any = true;
    }
    if (any) ring_bell(e);
}

/* Lost sound is silence that the tracker flags; as much of it at once as it has room for. */
static void hear_lost(live_engine *e, uint64_t lost)
{
    atomic_fetch_add(&e->overruns, 1);
    atomic_fetch_add(&e->lost, lost);
    if (e->sound != NULL) ring_push_lost(e->sound, lost);
    while (lost > 0) {
        double now_s = capture_clock_s();
        size_t some = lost < e->block_frames ? (size_t)lost : e->block_frames;
        et_tracker_push_lost(e->tracker, some);
        e->taken += some;
        lost -= some;
        give_answers(e, now_s);
    }
}

static void hear(live_engine *e, size_t frames, double now_s)
{
    if (e->sound != NULL) {
        await_room(e, e->sound_frames - frames);
        ring_push(e->sound, e->block, frames);
    }
    et_tracker_push(e->tracker, e->block, frames); /* samples that are not finite are flagged in the answers */
    e->taken += frames;
    give_answers(e, now_s);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void *compute(void *context)
{
    live_engine *e = context;
    while (!atomic_load_explicit(&e->stop, memory_order_relaxed) && e->taken < e->end && capture_clock_s() < e->end_s) {
        uint64_t lost = 0;
        size_t frames = capture_read(e->from, e->block, (size_t)smaller(e->block_frames, e->end - e->taken), &lost);
        if (lost > 0)
            hear_lost(e, smaller(lost, e->end - e->taken));
        else if (frames > 0)
            hear(e, frames, capture_clock_s());
        else if (capture_ended(e->from))
            break;
        else
            capture_wait(e->from, fmin(WAIT_S, fmax(0, e->end_s - capture_clock_s())));
        atomic_store_explicit(&e->frames, e->taken, memory_order_relaxed);
    }
    double now_s = capture_clock_s();
    et_tracker_flush(e->tracker);
    give_answers(e, now_s);
    atomic_store(&e->ended, true);
    ring_bell(e);
    return NULL;
}

static int start_thread(live_engine *e, int policy)
{
    pthread_attr_t attributes;
    struct sched_param parameters = {.sched_priority = policy == SCHED_FIFO ? PRIORITY : 0};
    pthread_attr_init(&attributes);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, policy);
    pthread_attr_setschedparam(&attributes, &parameters);
    int failure = pthread_create(&e->thread, &attributes, compute, e);
    pthread_attr_destroy(&attributes);
    return failure;
}

static et_status start(live_engine *e, et_error *error)
{
    int failure = start_thread(e, SCHED_FIFO);
    if (failure != 0) {
        e->priority_problem = failure == EPERM ? "not allowed; an rtprio line in /etc/security/limits.conf allows it"
                                               : "this system does not offer it";
        failure = start_thread(e, SCHED_OTHER);
    }
    if (failure != 0)
        return error_set(error, ET_ERROR_MEMORY, "the thread that computes does not start: %s", strerror(failure));
    e->running = true;
    return ET_OK;
}

et_status live_engine_start(live_engine **out, capture *from, et_tracker *tracker, double duration_s, bool keeps_sound,
                            et_error *error)
{
    double rate_hz = capture_rate_hz(from);
    unsigned channels = capture_channels(from);
    live_engine *e = calloc(1, sizeof *e);
    if (e == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory for the thread that computes");
    e->from = from;
    e->tracker = tracker;
    e->block_frames = (size_t)ceil(rate_hz / 100);
    e->end = duration_s > 0 ? (uint64_t)llround(duration_s * rate_hz) : UINT64_MAX;
    e->end_s = duration_s > 0 ? capture_clock_s() + duration_s : INFINITY;
    e->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    e->block = calloc(e->block_frames * channels, sizeof *e->block);
    et_status status =
        e->block == NULL || e->bell < 0 ? error_set(error, ET_ERROR_MEMORY, "no memory for a block of sound") : ET_OK;
    if (status == ET_OK) status = answer_queue_create(&e->answers, ANSWERS, error);
    e->sound_frames = (size_t)(SOUND_S * rate_hz);
    if (status == ET_OK && keeps_sound) status = ring_create(&e->sound, e->sound_frames, channels, error);
    if (status == ET_OK) status = start(e, error);
    if (status != ET_OK) {
        live_engine_destroy(e);
        return status;
    }
    *out = e;
    return ET_OK;
}

const char *live_engine_priority_problem(const live_engine *e)
{
    return e->priority_problem;
}

int live_engine_descriptor(const live_engine *e)
{
    return e->bell;
}

void live_engine_heed(live_engine *e)
{
    eventfd_t rung;
    eventfd_read(e->bell, &rung);
}

bool live_engine_answer(live_engine *e, live_answer *answer)
{
    return answer_queue_pop(e->answers, answer);
}

size_t live_engine_sound(live_engine *e, float *samples, size_t frames, uint64_t *lost)
{
    return ring_pop(e->sound, samples, frames, lost);
}

uint64_t live_engine_frames(const live_engine *e)
{
    return atomic_load(&e->frames);
}

uint64_t live_engine_lost(const live_engine *e)
{
    return atomic_load(&e->lost);
}

uint64_t live_engine_overruns(const live_engine *e)
{
    return atomic_load(&e->overruns);
}

bool live_engine_ended(const live_engine *e)
{
    return atomic_load(&e->ended);
}

void live_engine_stop(live_engine *e)
{
    atomic_store(&e->stop, true);
}

void live_engine_destroy(live_engine *e)
{
    if (e == NULL) return;
    atomic_store(&e->abandoned, true);
    atomic_store(&e->stop, true);
    if (e->running) pthread_join(e->thread, NULL);
    answer_queue_destroy(e->answers);
    ring_destroy(e->sound);
    if (e->bell >= 0) close(e->bell);
    free(e->block);
    free(e);
}
