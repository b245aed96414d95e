#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "live/midi.h"

/* A device in place of a real one: it keeps what it is told, may sleep, and may go. */
static struct {
    pthread_mutex_t lock;
    unsigned char bytes[3000];
    size_t count;
    int opened, closed;
    bool there, asleep;
} device = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool take(midi_port *port, const unsigned char *bytes, size_t count)
{
    (void)port;
    pthread_mutex_lock(&device.lock);
    bool there = device.there, asleep = device.asleep;
    if (there && device.count + count <= sizeof device.bytes) {
        memcpy(device.bytes + device.count, bytes, count);
        device.count += count;
    }
    pthread_mutex_unlock(&device.lock);
    if (asleep) usleep(300000);
    return there;
}

static void leave(midi_port *port)
{
    (void)port;
    device.closed++;
}

static et_status find(midi_port **out, const char *name, et_error *error)
{
    static midi_port port = {take, leave};
    assert_string_equal(name, "double");
    pthread_mutex_lock(&device.lock);
    bool there = device.there;
    device.opened += there;
    pthread_mutex_unlock(&device.lock);
    *out = there ? &port : NULL;
    if (!there && error != NULL) *error = (et_error){ET_ERROR_DEVICE, "there is none"};
    return there ? ET_OK : ET_ERROR_DEVICE;
}

static void set(bool there, bool asleep)
{
    pthread_mutex_lock(&device.lock);
    device.there = there;
    device.asleep = asleep;
    pthread_mutex_unlock(&device.lock);
}

static midi *open_double(bool fine)
{
    midi *m;
    device.count = 0;
    device.opened = device.closed = 0;
    set(true, false);
    const midi_options options = {.name = "double", .controller = {20, 21}, .channel = 3, .fine = fine};
    assert_int_equal(midi_open(&m, &options, find, NULL), ET_OK);
    return m;
}

static void await_bytes(size_t count)
{
    for (int i = 0; i < 12000; i++) {
        pthread_mutex_lock(&device.lock);
        bool good = device.count >= count;
        pthread_mutex_unlock(&device.lock);
        if (good) return;
        usleep(5000);
    }
    fail_msg("%zu bytes did not come, only %zu", count, device.count);
}

static void tell(const unsigned char *wanted, size_t count, midi *m)
{
    await_bytes(count);
    midi_close(m);
    assert_int_equal(device.count, count);
    assert_memory_equal(device.bytes, wanted, count);
    assert_int_equal(device.closed, device.opened);
}

static void control_changes_are_seven_bits_and_only_what_changed(void **state)
{
    (void)state;
    midi *m = open_double(false);
    midi_send(m, (float[2]){0, 1});
    await_bytes(6);
    midi_send(m, (float[2]){.001f, 2}); /* rounds to the same, and is limited */
    midi_send(m, (float[2]){NAN, NAN}); /* leaves both */
    midi_send(m, (float[2]){.5f, 1});
    const unsigned char wanted[] = {0xb2, 20, 0, 0xb2, 21, 127, 0xb2, 20, 64};
    tell(wanted, sizeof wanted, m);
}

static void fourteen_bits_are_pairs_the_upper_first(void **state)
{
    (void)state;
    midi *m = open_double(true);
    midi_send(m, (float[2]){.5f, 1});
    const unsigned char wanted[] = {0xb2, 20, 64, 0xb2, 52, 0, 0xb2, 21, 127, 0xb2, 53, 127};
    tell(wanted, sizeof wanted, m);
}

static int last_valence(void)
{
    int last = -1;
    pthread_mutex_lock(&device.lock);
    for (size_t i = 0; i + 3 <= device.count; i += 3)
        if (device.bytes[i + 1] == 20) last = device.bytes[i + 2];
    pthread_mutex_unlock(&device.lock);
    return last;
}

static void a_device_that_sleeps_holds_nobody_and_hears_the_newest(void **state)
{
    (void)state;
    midi *m = open_double(false);
    set(true, true);
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i <= 1000; i++)
        midi_send(m, (float[2]){(float)i / 1000, 0}); /* one after the other would take minutes */
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true(end.tv_sec - begin.tv_sec < 100);
    set(true, false);
    for (int i = 0; i < 12000 && last_valence() != 127; i++) usleep(5000);
    midi_close(m);
    assert_int_equal(last_valence(), 127);
    assert_in_range(device.count, 6, 300);
}

static void a_device_that_goes_and_comes_is_told_again(void **state)
{
    (void)state;
    midi *m = open_double(false);
    midi_send(m, (float[2]){0, 0});
    await_bytes(6);
    set(false, false);
    midi_send(m, (float[2]){1, 0});
    for (int i = 0; i < 12000 && !midi_gone(m); i++) usleep(5000);
    assert_true(midi_gone(m));
    set(true, false);
    const unsigned char wanted[] = {0xb2, 20, 0, 0xb2, 21, 0, 0xb2, 20, 127, 0xb2, 21, 0};
    await_bytes(sizeof wanted); /* without another midi_send */
    for (int i = 0; i < 12000 && midi_gone(m); i++) usleep(5000);
    assert_false(midi_gone(m));
    tell(wanted, sizeof wanted, m);
    assert_int_equal(device.opened, 2);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    midi *m;
    et_error error;
    midi_options o = {.name = "double", .controller = {20, 120}, .channel = 1};
    assert_int_equal(midi_open(&m, &o, find, &error), ET_ERROR_ARGUMENT);
    o.controller[1] = 32, o.fine = true;
    assert_int_equal(midi_open(&m, &o, find, &error), ET_ERROR_ARGUMENT);
    o.controller[1] = 31;
    set(false, false);
    assert_int_equal(midi_open(&m, &o, find, &error), ET_ERROR_DEVICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_changes_are_seven_bits_and_only_what_changed),
        cmocka_unit_test(fourteen_bits_are_pairs_the_upper_first),
        cmocka_unit_test(a_device_that_sleeps_holds_nobody_and_hears_the_newest),
        cmocka_unit_test(a_device_that_goes_and_comes_is_told_again),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
