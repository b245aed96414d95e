#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>
#include <soxr.h>

#include "audio/resampler.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define COUNTS_ALLOCATIONS 0
#else
#define COUNTS_ALLOCATIONS 1
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
static size_t allocations;

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    allocations++;
    return __libc_realloc(old, size);
}
#endif

static const double rates_hz[] = {4000,  8000,  11025, 12000, 16000, 22050,  24000,  32000,  44099.5,
                                  44101, 47999, 48000, 88200, 96000, 176400, 192000, 384000, 768000};
enum { RATES = sizeof rates_hz / sizeof *rates_hz };

static uint32_t next_random(uint32_t *state)
{
    return (*state = *state * 1664525u + 1013904223u) >> 8;
}

static float *noise(size_t samples)
{
    float *x = malloc(samples * sizeof *x);
    assert_non_null(x);
    uint32_t random = 3;
    for (size_t i = 0; i < samples; i++) x[i] = (float)next_random(&random) / (1 << 23) - 1;
    return x;
}

/* The whole stream in blocks of 1 .. `most` frames, flushed. `out` has room for all. */
static size_t convert(resampler *r, const float *x, unsigned channels, size_t frames, size_t most, float *out)
{
    float *block = malloc(resampler_room(r) * sizeof *block);
    uint32_t random = (uint32_t)most;
    size_t made = 0, some, not_finite;
    for (size_t at = 0; at < frames;) {
        size_t n = 1 + next_random(&random) % most;
        if (n > frames - at) n = frames - at;
        some = resampler_push(r, x + at * channels, n, block, &not_finite);
        assert_true(some <= resampler_room(r));
        assert_int_equal(not_finite, 0);
        memcpy(out + made, block, some * sizeof *out);
        made += some;
        at += n;
    }
    while ((some = resampler_flush(r, block)) > 0) {
        memcpy(out + made, block, some * sizeof *out);
        made += some;
    }
    free(block);
    return made;
}

static void mono_at_44100_passes_untouched(void **state)
{
    (void)state;
    enum { FRAMES = 30000 };
    float *x = noise(FRAMES), *y = malloc(FRAMES * sizeof *y);
    resampler *r;
    assert_int_equal(resampler_create(&r, 44100, 1, NULL), ET_OK);
    assert_int_equal(convert(r, x, 1, FRAMES, resampler_block(r), y), FRAMES);
    assert_memory_equal(x, y, FRAMES * sizeof *x);
    assert_true(resampler_delay_s(r) == 0);
    resampler_destroy(r);
    free(x);
    free(y);
}

static void channels_become_their_mean(void **state)
{
    (void)state;
    const float x[] = {.5f, .25f, -.75f, 1, -1, 0, .125f, .125f, .125f};
    float out[1024];
    size_t not_finite;
    resampler *r;
    assert_int_equal(resampler_create(&r, 44100, 3, NULL), ET_OK);
    assert_int_equal(resampler_push(r, x, 3, out, &not_finite), 3);
    assert_true(out[0] == 0 && out[1] == 0 && out[2] == .125f);
    assert_int_equal(resampler_push(r, NULL, 100, out, &not_finite), 100);
    for (int i = 0; i < 100; i++) assert_true(out[i] == 0);
    resampler_destroy(r);
}

static void what_is_not_finite_counts_as_zero(void **state)
{
    (void)state;
    const float x[] = {NAN, .5f, INFINITY, -INFINITY, .25f, .75f};
    float out[1024];
    size_t not_finite;
    resampler *r;
    assert_int_equal(resampler_create(&r, 44100, 2, NULL), ET_OK);
    assert_int_equal(resampler_push(r, x, 3, out, &not_finite), 3);
    assert_int_equal(not_finite, 3);
    assert_true(out[0] == .25f && out[1] == 0 && out[2] == .5f);
    resampler_destroy(r);
}

static void block_sizes_and_resets_change_no_bit(void **state)
{
    (void)state;
    for (int k = 0; k < RATES; k++) {
        size_t frames = (size_t)rates_hz[k] + 77, room = 2 * RESAMPLER_HZ;
        float *x = noise(frames * 2), *first = malloc(room * sizeof *x), *other = malloc(room * sizeof *x);
        resampler *r;
        assert_int_equal(resampler_create(&r, rates_hz[k], 2, NULL), ET_OK);
        size_t made = convert(r, x, 2, frames, resampler_block(r), first);
        assert_int_equal(made, llround((double)frames * RESAMPLER_HZ / rates_hz[k]));
        for (size_t most = 1; most <= 1000; most = most * 9 + 1) {
            assert_int_equal(resampler_reset(r), ET_OK);
            assert_int_equal(convert(r, x, 2, frames, most, other), made);
            for (size_t i = 0; i < made; i++)
                if (memcmp(&first[i], &other[i], sizeof *first) != 0)
                    fail_msg("%g Hz, blocks of 1 .. %zu: sample %zu: %.9g, wanted %.9g", rates_hz[k], most, i,
                             (double)other[i], (double)first[i]);
        }
        resampler_destroy(r);
        free(x);
        free(first);
        free(other);
    }
}

/* The peer: libsoxr's one-shot conversion at the highest quality. Both filters differ near half the rate only, so a tone in
 * the middle must come out the same, in place and size. */
static void a_tone_stays_the_tone(void **state)
{
    (void)state;
    for (int k = 0; k < RATES; k++) {
        size_t frames = (size_t)rates_hz[k], room = 2 * RESAMPLER_HZ, in, made;
        float *x = malloc(frames * sizeof *x), *y = malloc(room * sizeof *y), *peer = malloc(room * sizeof *y);
        for (size_t i = 0; i < frames; i++) x[i] = .5f * (float)sin(2 * M_PI * 997 * (double)i / rates_hz[k]);
        resampler *r;
        assert_int_equal(resampler_create(&r, rates_hz[k], 1, NULL), ET_OK);
        size_t count = convert(r, x, 1, frames, 500, y);
        soxr_quality_spec_t best = soxr_quality_spec(SOXR_VHQ, 0);
        soxr_oneshot(rates_hz[k], RESAMPLER_HZ, 1, x, frames, &in, peer, room, &made, NULL, &best, NULL);
        for (size_t i = 3000; i + 3000 < count && i + 3000 < made; i++) {
            double tone = .5 * sin(2 * M_PI * 997 * (double)i / RESAMPLER_HZ);
            if (fabs(y[i] - tone) > 2e-5 || fabs(y[i] - peer[i]) > 2e-5)
                fail_msg("%g Hz: sample %zu: %.7f, tone %.7f, peer %.7f", rates_hz[k], i, (double)y[i], tone,
                         (double)peer[i]);
        }
        resampler_destroy(r);
        free(x);
        free(y);
        free(peer);
    }
}

static void pushing_allocates_nothing(void **state)
{
    (void)state;
#if COUNTS_ALLOCATIONS
    for (int k = 0; k < RATES; k++) {
        float *x = noise(1024 * 2);
        resampler *r;
        assert_int_equal(resampler_create(&r, rates_hz[k], 2, NULL), ET_OK);
        float *out = malloc(resampler_room(r) * sizeof *out);
        uint32_t random = 1;
        size_t before = allocations, not_finite;
        for (double done = 0; done < 20 * rates_hz[k];) {
            size_t frames = next_random(&random) % 1025;
            resampler_push(r, frames % 7 ? x : NULL, frames, out, &not_finite);
            done += (double)frames;
        }
        while (resampler_flush(r, out) > 0) continue;
        if (allocations != before) fail_msg("%g Hz: %zu allocations", rates_hz[k], allocations - before);
        resampler_destroy(r);
        free(out);
        free(x);
    }
#else
    skip();
#endif
}

static void the_delay_is_what_it_says(void **state)
{
    (void)state;
    for (int k = 0; k < RATES; k++) {
        resampler *r;
        assert_int_equal(resampler_create(&r, rates_hz[k], 1, NULL), ET_OK);
        float *x = noise(64), *out = malloc(resampler_room(r) * sizeof *out);
        size_t heard = 0, made = 0, not_finite;
        while ((double)heard < 2 * rates_hz[k]) {
            made += resampler_push(r, x, 64, out, &not_finite);
            heard += 64;
            double behind_s = (double)heard / rates_hz[k] - (double)made / RESAMPLER_HZ;
            if (behind_s > resampler_delay_s(r) + .0006)
                fail_msg("%g Hz: %.1f ms behind, said %.1f ms", rates_hz[k], behind_s * 1e3, resampler_delay_s(r) * 1e3);
        }
        print_message("%8g Hz: delay at most %.1f ms\n", rates_hz[k], resampler_delay_s(r) * 1e3);
        resampler_destroy(r);
        free(x);
        free(out);
    }
}

static void refuses_what_is_out_of_range(void **state)
{
    (void)state;
    resampler *r;
    et_error error;
    assert_int_equal(resampler_create(&r, 3999, 1, &error), ET_ERROR_ARGUMENT);
    assert_int_equal(resampler_create(&r, 768001, 1, &error), ET_ERROR_ARGUMENT);
    assert_int_equal(resampler_create(&r, NAN, 1, &error), ET_ERROR_ARGUMENT);
    assert_int_equal(resampler_create(&r, 44100, 0, &error), ET_ERROR_ARGUMENT);
    assert_int_equal(resampler_create(&r, 44100, 257, &error), ET_ERROR_ARGUMENT);
    resampler_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mono_at_44100_passes_untouched),
        cmocka_unit_test(channels_become_their_mean),
        cmocka_unit_test(what_is_not_finite_counts_as_zero),
        cmocka_unit_test(block_sizes_and_resets_change_no_bit),
        cmocka_unit_test(a_tone_stays_the_tone),
        cmocka_unit_test(pushing_allocates_nothing),
        cmocka_unit_test(the_delay_is_what_it_says),
        cmocka_unit_test(refuses_what_is_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
