#include "audio/ring.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { MOST_FRAMES = 1 << 26, MOST_CHANNELS = 256, MOST_SAMPLES = 1 << 28, GAPS = 256, CACHE_LINE = 64 };

/* `count` frames were lost where `frame` frames had found room. */
typedef struct gap {
    uint64_t frame;
    uint64_t count;
} gap;

/* Counters of frames and gaps only grow; a place in the ring is the counter modulo its size. Each side owns a cache line and
 * keeps there the last value that it saw of the other's counter. */
struct ring {
    _Alignas(CACHE_LINE) _Atomic uint64_t written;
    _Atomic uint64_t gaps_written;
    _Atomic uint64_t lost;
    uint64_t read_seen;
    uint64_t pending; /* lost since the last frame that found room; becomes a gap as soon as the next one does */

    _Alignas(CACHE_LINE) _Atomic uint64_t read;
    _Atomic uint64_t gaps_read;
    uint64_t written_seen;

    _Alignas(CACHE_LINE) gap gaps[GAPS];
    size_t size; /* frames, a power of two */
    unsigned channels;
    float *samples;
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

et_status ring_create(ring **out, size_t frames, unsigned channels, et_error *error)
{
    if (frames < 1 || frames > MOST_FRAMES)
        return error_set(error, ET_ERROR_ARGUMENT, "ring of %zu frames: allowed are 1 .. %d", frames, MOST_FRAMES);
    if (channels < 1 || channels > MOST_CHANNELS)
        return error_set(error, ET_ERROR_ARGUMENT, "ring of %u channels: allowed are 1 .. %d", channels, MOST_CHANNELS);
    size_t size = 1;
    while (size < frames) size *= 2;
    if (size * channels > MOST_SAMPLES)
        return error_set(error, ET_ERROR_LIMIT, "ring of %zu frames of %u channels: more than %d samples", size, channels,
                         MOST_SAMPLES);
    ring *r = aligned_alloc(CACHE_LINE, sizeof *r);
    float *samples = malloc(size * channels * sizeof *samples);
    if (r == NULL || samples == NULL) {
        free(samples);
        free(r);
        return error_set(error, ET_ERROR_MEMORY, "no memory for a ring of %zu frames", size);
    }
    memset(r, 0, sizeof *r);
    memset(samples, 0, size * channels * sizeof *samples); /* every page is there before the audio callback needs it */
    r->size = size;
    r->channels = channels;
    r->samples = samples;
    *out = r;
    return ET_OK;
}

void ring_destroy(ring *r)
{
    if (r == NULL) return;
    free(r->samples);
    free(r);
}

static void copy_in(ring *r, uint64_t place, const float *samples, size_t frames)
{
    size_t start = place & (r->size - 1);
    size_t first = smaller(frames, r->size - start);
    memcpy(r->samples + start * r->channels, samples, first * r->channels * sizeof *samples);
    memcpy(r->samples, samples + first * r->channels, (frames - first) * r->channels * sizeof *samples);
}

static void copy_out(const ring *r, uint64_t place, float *samples, size_t frames)
{
    size_t start = place & (r->size - 1);
    size_t first = smaller(frames, r->size - start);
    memcpy(samples, r->samples + start * r->channels, first * r->channels * sizeof *samples);
    memcpy(samples + first * r->channels, r->samples, (frames - first) * r->channels * sizeof *samples);
}

/* Tells the consumer of the frames lost before `written`; false while too many gaps wait already. */
static bool publish_gap(ring *r, uint64_t written)
{
    uint64_t n = atomic_load_explicit(&r->gaps_written, memory_order_relaxed);
    if (n - atomic_load_explicit(&r->gaps_read, memory_order_acquire) == GAPS) return false;
    r->gaps[n % GAPS] = (gap){.frame = written, .count = r->pending};
    atomic_store_explicit(&r->gaps_written, n + 1, memory_order_release);
    r->pending = 0;
    return true;
}

void ring_push_lost(ring *r, uint64_t frames)
{
    r->pending += frames;
    atomic_fetch_add_explicit(&r->lost, frames, memory_order_relaxed);
}

size_t ring_push(ring *r, const float *samples, size_t frames)
{
    uint64_t written = atomic_load_explicit(&r->written, memory_order_relaxed);
    size_t room = r->size - (size_t)(written - r->read_seen);
    if (room < frames) {
        r->read_seen = atomic_load_explicit(&r->read, memory_order_acquire);
        room = r->size - (size_t)(written - r->read_seen);
    }
    size_t taken = smaller(frames, room);
    if (taken > 0 && r->pending > 0 && !publish_gap(r, written)) taken = 0;
    if (taken > 0) {
        copy_in(r, written, samples, taken);
        atomic_store_explicit(&r->written, written + taken, memory_order_release);
    }
    if (taken < frames) ring_push_lost(r, frames - taken);
    return taken;
}

size_t ring_pop(ring *r, float *samples, size_t frames, uint64_t *lost)
{
    *lost = 0;
    uint64_t read = atomic_load_explicit(&r->read, memory_order_relaxed);
    if (r->written_seen - read < frames) r->written_seen = atomic_load_explicit(&r->written, memory_order_acquire);
    size_t given = smaller(frames, (size_t)(r->written_seen - read));
    /* A gap is published before the frames behind it: all that lie before `written_seen` are visible here. */
    uint64_t n = atomic_load_explicit(&r->gaps_read, memory_order_relaxed);
    if (n != atomic_load_explicit(&r->gaps_written, memory_order_acquire)) {
        const gap *next = &r->gaps[n % GAPS];
        if (next->frame == read) {
            *lost = next->count;
            atomic_store_explicit(&r->gaps_read, n + 1, memory_order_release);
            return 0;
        }
        given = smaller(given, (size_t)(next->frame - read));
    }
    copy_out(r, read, samples, given);
    atomic_store_explicit(&r->read, read + given, memory_order_release);
    return given;
}

size_t ring_waiting(const ring *r)
{
    /* `read` first: it never passes a `written` that is loaded later. */
    uint64_t read = atomic_load_explicit(&r->read, memory_order_acquire);
    uint64_t waiting = atomic_load_explicit(&r->written, memory_order_acquire) - read;
    return smaller((size_t)waiting, r->size);
}

uint64_t ring_lost(const ring *r)
{
    return atomic_load_explicit(&r->lost, memory_order_relaxed);
}
