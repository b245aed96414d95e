/* Push and poll never allocate, lock or call the system. This program brings its own malloc and pthread_mutex_lock, which
 * count while sound is pushed; libraries find them too. With the argument `mark` it makes two getppid calls around the
 * pushing, and test_system_calls.sh counts what strace sees between them. */
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "../model/music_model.h"

static atomic_bool watching;
static atomic_long allocations, locks;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_MALLOC 0
#else
#define OWN_MALLOC 1
#endif

#if OWN_MALLOC
#pragma GCC visibility push(default)
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static void count(void)
{
    if (atomic_load(&watching)) atomic_fetch_add(&allocations, 1);
}

void *malloc(size_t n)
{
    count();
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    count();
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    count();
    return __libc_realloc(p, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
    count();
    return __libc_memalign(alignment, n);
}

int posix_memalign(void **p, size_t alignment, size_t n)
{
    count();
    *p = __libc_memalign(alignment, n);
    return *p ? 0 : 12;
}

void *memalign(size_t alignment, size_t n)
{
    count();
    return __libc_memalign(alignment, n);
}

void free(void *p)
{
    if (p) count();
    __libc_free(p);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    static int (*real_lock)(pthread_mutex_t *);
    if (!real_lock) *(void **)&real_lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
    if (atomic_load(&watching)) atomic_fetch_add(&locks, 1);
    return real_lock(mutex);
}
#pragma GCC visibility pop
#endif

/* Whether the counting works at all, in a library too: a test that cannot fail is none. */
static bool counters_count(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    atomic_store(&watching, true);
    char *volatile p = strdup("a library allocates");
    free(p);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    atomic_store(&watching, false);
    bool works = allocations == 2 && locks == 1;
    allocations = locks = 0;
    return works;
}

static size_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static int track(const et_model *model, const sound *music, double rate_hz, unsigned channels, bool mark)
{
    et_tracker *tracker;
    et_error error;
    et_emotion emotion = {0};
    int answers = 0;
    size_t before = bytes_in_use();
    et_tracker_options options = {.rate_hz = rate_hz, .channels = channels, .harmony = channels > 1};
    if (et_tracker_create(&tracker, model, &options, &error) != ET_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    size_t bytes = bytes_in_use() - before;
    if (mark) getppid();
    atomic_store(&watching, true);
    for (size_t at = 0, block = 100; (at + block) * channels <= music->frames;
         at += block, block = 100 + (block * 7) % 3001) {
        et_tracker_push(tracker, music->samples + at * channels, block);
        if (at % 5 == 0) et_tracker_push_lost(tracker, 1000);
        while (et_tracker_poll(tracker, &emotion)) answers++;
    }
    et_tracker_flush(tracker);
    while (et_tracker_poll(tracker, &emotion)) answers++;
    atomic_store(&watching, false);
    if (mark) getppid();
    et_tracker_destroy(tracker);
    printf("%g Hz, %u channels: %d answers, %ld allocations, %ld locks; %zu bytes of state\n", rate_hz, channels, answers,
           atomic_load(&allocations), atomic_load(&locks), bytes);
    return answers < 100 || allocations != 0 || locks != 0 ||
           bytes >= (model->ear        ? 8000000
                     : options.harmony ? 3000000
                                       : 2000000);
}

int main(int argc, char **argv)
{
    bool mark = argc > 1 && strcmp(argv[1], "mark") == 0;
    if (!OWN_MALLOC && !mark) {
        printf("skipped: a sanitizer has its own malloc\n");
        return 77;
    }
    if (OWN_MALLOC && !counters_count()) {
        printf("allocations or locks are not counted\n");
        return 1;
    }
    et_model *model = music_model(2);
    sound music = sound_of(GOLDEN_AUDIO "/music_44k.wav");
    et_model *hearing = hearing_music_model(2, EAR_FILE);
    int failed = track(hearing, &music, 44100, 1, mark);
    model_destroy(hearing);
    if (!mark)
        failed |= track(model, &music, 44100, 1, mark) | track(model, &music, 48000, 2, mark) |
                  track(model, &music, 16000, 1, mark);
    free(music.samples);
    model_destroy(model);
    return failed;
}
