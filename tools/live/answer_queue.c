#include "live/answer_queue.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/error.h"

struct answer_queue {
    size_t mask;
    _Atomic size_t pushed, popped; /* since the beginning; they may wrap */
    live_answer answers[];
};

et_status answer_queue_create(answer_queue **out, size_t answers, et_error *error)
{
    size_t room = 1;
    while (room < answers) room *= 2;
    answer_queue *q = calloc(1, sizeof *q + room * sizeof q->answers[0]);
    if (q == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory for a queue of %zu answers", room);
    q->mask = room - 1;
    *out = q;
    return ET_OK;
}

void answer_queue_destroy(answer_queue *q)
{
    free(q);
}

bool answer_queue_push(answer_queue *q, const live_answer *answer)
{
    size_t at = atomic_load_explicit(&q->pushed, memory_order_relaxed);
    if (at - atomic_load_explicit(&q->popped, memory_order_acquire) > q->mask) return false;
    q->answers[at & q->mask] = *answer;
    atomic_store_explicit(&q->pushed, at + 1, memory_order_release);
    return true;
}

bool answer_queue_pop(answer_queue *q, live_answer *answer)
{
    size_t at = atomic_load_explicit(&q->popped, memory_order_relaxed);
    if (at == atomic_load_explicit(&q->pushed, memory_order_acquire)) return false;
    *answer = q->answers[at & q->mask];
    atomic_store_explicit(&q->popped, at + 1, memory_order_release);
    return true;
}
