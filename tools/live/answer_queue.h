/** Queue of answers from the thread that computes to the one that shows: one producer, one consumer, no locks. It drops
 *  nothing: a full queue says so. */
#ifndef EMOTRACK_TOOLS_LIVE_ANSWER_QUEUE_H
#define EMOTRACK_TOOLS_LIVE_ANSWER_QUEUE_H

#include "emotrack.h"

typedef struct answer_queue answer_queue;

/** An answer, and how long it took from its last sample on. */
typedef struct live_answer {
    et_emotion emotion;
    et_harmony harmony;
    float buffer_s;    /* from the moment of recording until the thread took the sample: device, driver, ring */
    float computing_s; /* from there to the answer */
} live_answer;

/** @param answers  at least so many fit; 1 .. 2^24, rounded up to a power of two
 *  @return ET_OK, ET_ERROR_MEMORY */
et_status answer_queue_create(answer_queue **out, size_t answers, et_error *error);

/** NULL is allowed. */
void answer_queue_destroy(answer_queue *q);

/** Producer. @return false, and nothing is taken, when it is full */
bool answer_queue_push(answer_queue *q, const live_answer *answer);

/** Consumer: the oldest. @return false when there is none */
bool answer_queue_pop(answer_queue *q, live_answer *answer);

#endif
