#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "audio/ring.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define STREAM_FRAMES 4000000u
#else
#define STREAM_FRAMES 50000000u /* of two channels: 100 million samples */
#endif
enum { CHANNELS = 2, BLOCK = 3000, RING = 4096 };

/* A sample that says its place in the stream: exact in a float below 2^24, and different in each channel. */
static float sample_at(uint64_t frame, unsigned channel)
{
    return (float)((frame * 2 + channel) & 0xffffff);
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

typedef struct stream {
    ring *ring;
    bool waits; /* the producer waits for room, so nothing may be lost */
    atomic_bool done;
    uint64_t found_room; /* frames, by the producer's count; read after the join */
} stream;

static void *produce(void *argument)
{
    stream *s = argument;
    static float block[BLOCK * CHANNELS];
    uint32_t random = 12345;
    for (uint64_t frame = 0; frame < STREAM_FRAMES;) {
        size_t frames = next_random(&random) % BLOCK;
        if (frames > STREAM_FRAMES - frame) frames = STREAM_FRAMES - frame;
        for (size_t i = 0; i < frames; i++)
            for (unsigned c = 0; c < CHANNELS; c++) block[i * CHANNELS + c] = sample_at(frame + i, c);
        while (s->waits && ring_waiting(s->ring) + frames > RING) sched_yield();
        s->found_room += ring_push(s->ring, block, frames);
        frame += frames;
    }
    atomic_store(&s->done, true);
    return NULL;
}

static void check_block(const float *block, size_t frames, uint64_t at)
{
    for (size_t i = 0; i < frames; i++)
        for (unsigned c = 0; c < CHANNELS; c++)
            if (block[i * CHANNELS + c] != sample_at(at + i, c))
                fail_msg("frame %llu, channel %u: %.0f, pushed %.0f", (unsigned long long)(at + i), c,
                         (double)block[i * CHANNELS + c], (double)sample_at(at + i, c));
}

/* Takes the whole stream and checks that each frame comes once, at its place, or is counted as lost there. */
static void consume(stream *s, uint64_t *heard, uint64_t *lost)
{
    static float block[BLOCK * CHANNELS];
    uint32_t random = 54321;
    *heard = *lost = 0;
    for (;;) {
        bool done = atomic_load(&s->done);
        uint64_t gap;
        size_t got = ring_pop(s->ring, block, 1 + next_random(&random) % BLOCK, &gap);
        if (gap > 0) assert_int_equal(got, 0);
        check_block(block, got, *heard + *lost);
        *heard += got;
        *lost += gap;
        if (done && got == 0 && gap == 0) return;
        if (got == 0 && gap == 0) sched_yield();
    }
}

static void run_two_threads(bool waits)
{
    stream s = {.waits = waits};
    assert_int_equal(ring_create(&s.ring, RING - 7, CHANNELS, NULL), ET_OK);
    pthread_t producer;
    assert_int_equal(pthread_create(&producer, NULL, produce, &s), 0);
    uint64_t heard, lost;
    consume(&s, &heard, &lost);
    pthread_join(producer, NULL);
    assert_int_equal(heard, s.found_room);
    assert_int_equal(heard + ring_lost(s.ring), STREAM_FRAMES);
    /* Frames lost after the last one that found room have no place to be told at. */
    assert_true(lost <= ring_lost(s.ring));
    if (waits) assert_int_equal(ring_lost(s.ring), 0);
    assert_int_equal(ring_waiting(s.ring), 0);
    ring_destroy(s.ring);
}

static void loses_nothing_while_there_is_room(void **state)
{
    (void)state;
    run_two_threads(true);
}

static void counts_what_it_loses_at_its_place(void **state)
{
    (void)state;
    run_two_threads(false);
}

static void tells_each_gap_where_it_was(void **state)
{
    (void)state;
    ring *r;
    assert_int_equal(ring_create(&r, 4, 1, NULL), ET_OK);
    const float first[] = {0, 1, 2, 3, 4, 5}, second[] = {6, 7, 8, 9};
    assert_int_equal(ring_push(r, first, 6), 4); /* 4 and 5 are lost */
    float got[8];
    uint64_t lost;
    assert_int_equal(ring_pop(r, got, 2, &lost), 2);
    assert_int_equal(ring_push(r, second, 4), 2); /* 6 and 7 fit, 8 and 9 are lost */
    ring_push_lost(r, 5);
    assert_int_equal(ring_pop(r, got, 8, &lost), 2);
    assert_true(got[0] == 2 && got[1] == 3 && lost == 0);
    assert_int_equal(ring_pop(r, got, 8, &lost), 0);
    assert_int_equal(lost, 2);
    assert_int_equal(ring_pop(r, got, 8, &lost), 2);
    assert_true(got[0] == 6 && got[1] == 7);
    assert_int_equal(ring_pop(r, got, 8, &lost), 0);
    assert_int_equal(lost, 0); /* 8, 9 and five more: told when the next frame has found room */
    assert_int_equal(ring_push(r, first, 1), 1);
    assert_int_equal(ring_pop(r, got, 8, &lost), 0);
    assert_int_equal(lost, 7);
    assert_int_equal(ring_pop(r, got, 8, &lost), 1);
    assert_int_equal(ring_lost(r), 9);
    ring_destroy(r);
}

/* A consumer that reads one frame at a time from a full ring makes a gap for each: more than the ring can remember. */
static void stays_exact_with_more_gaps_than_it_can_note(void **state)
{
    (void)state;
    enum { FRAMES = 1024 };
    ring *r;
    assert_int_equal(ring_create(&r, FRAMES, 1, NULL), ET_OK);
    float block[FRAMES];
    uint64_t next = 0, at = 0, lost;
    for (int i = 0; i < FRAMES; i++) block[i] = (float)next++;
    ring_push(r, block, FRAMES);
    for (int i = 0; i < 2000; i++) {
        float one;
        size_t got = ring_pop(r, &one, 1, &lost);
        if (got == 1) assert_true((uint64_t)one == at);
        at += got + lost;
        const float two[] = {(float)next, (float)(next + 1)};
        next += 2;
        ring_push(r, two, 2);
    }
    size_t got;
    while ((got = ring_pop(r, block, FRAMES, &lost)) > 0 || lost > 0) {
        for (size_t i = 0; i < got; i++) assert_true((uint64_t)block[i] == at + i);
        at += got + lost;
    }
    float last = (float)next;
    assert_int_equal(ring_push(r, &last, 1), 1);
    ring_pop(r, block, 1, &lost);
    assert_int_equal(at + lost, next);
    ring_destroy(r);
}

static void refuses_sizes_out_of_range(void **state)
{
    (void)state;
    ring *r;
    et_error error;
    assert_int_equal(ring_create(&r, 0, 1, &error), ET_ERROR_ARGUMENT);
    assert_int_equal(ring_create(&r, (1u << 26) + 1, 1, &error), ET_ERROR_ARGUMENT);
    assert_int_equal(ring_create(&r, 16, 0, &error), ET_ERROR_ARGUMENT);
    assert_int_equal(ring_create(&r, 16, 257, &error), ET_ERROR_ARGUMENT);
    assert_int_equal(ring_create(&r, 1u << 26, 256, &error), ET_ERROR_LIMIT);
    ring_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loses_nothing_while_there_is_room), cmocka_unit_test(counts_what_it_loses_at_its_place),
        cmocka_unit_test(tells_each_gap_where_it_was),       cmocka_unit_test(stays_exact_with_more_gaps_than_it_can_note),
        cmocka_unit_test(refuses_sizes_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
