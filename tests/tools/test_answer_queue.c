#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "live/answer_queue.h"

enum { ROOM = 8, MANY = 200000 };

static void a_full_queue_says_so_and_keeps_what_it_has(void **state)
{
    (void)state;
    answer_queue *q;
    live_answer a = {0};
    assert_int_equal(answer_queue_create(&q, ROOM, NULL), ET_OK);
    assert_false(answer_queue_pop(q, &a));
    for (int i = 0; i < ROOM; i++) {
        a.emotion.time_s = i;
        assert_true(answer_queue_push(q, &a));
    }
    assert_false(answer_queue_push(q, &a));
    for (int i = 0; i < ROOM; i++) {
        assert_true(answer_queue_pop(q, &a));
        assert_true(a.emotion.time_s == i);
    }
    assert_false(answer_queue_pop(q, &a));
    answer_queue_destroy(q);
}

static void *push_many(void *context)
{
    for (int i = 0; i < MANY; i++) {
        live_answer a = {.emotion = {.time_s = i, .flags = (uint32_t)i}, .computing_s = (float)i};
        while (!answer_queue_push(context, &a)) sched_yield();
    }
    return NULL;
}

static void between_two_threads_answers_stay_whole_and_in_order(void **state)
{
    (void)state;
    answer_queue *q;
    pthread_t producer;
    assert_int_equal(answer_queue_create(&q, ROOM, NULL), ET_OK);
    assert_int_equal(pthread_create(&producer, NULL, push_many, q), 0);
    for (int i = 0; i < MANY;) {
        live_answer a;
        if (!answer_queue_pop(q, &a)) {
            sched_yield();
            continue;
        }
        assert_true(a.emotion.time_s == i && a.emotion.flags == (uint32_t)i && a.computing_s == (float)i);
        i++;
    }
    pthread_join(producer, NULL);
    answer_queue_destroy(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_queue_says_so_and_keeps_what_it_has),
        cmocka_unit_test(between_two_threads_answers_stay_whole_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
