#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live/osc.h"

/* Open Sound Control 1.0: strings end with a zero and are padded to four bytes, numbers are big-endian. */
static const unsigned char wanted[] =
    "/emotrack/emotion\0\0\0,ff\0\x3f\x00\x00\x00\xbe\x80\x00"; /* the last zero is the array's */
static const osc_argument both[2] = {{.type = 'f', .number = .5f}, {.type = 'f', .number = -.25f}};

static void messages_follow_the_standard(void **state)
{
    (void)state;
    osc_packet p = {.size = 0};
    osc_add(&p, false, "/emotrack/emotion", both, 2);
    assert_int_equal(p.size, 32);
    assert_memory_equal(p.bytes, wanted, 32);
    p.size = 0;
    osc_add(&p, false, "/abc", both, 2);
    assert_int_equal(p.size, 8 + 4 + 8);
    p.size = 0;
    osc_add(&p, false, "/ab", &(osc_argument){.type = 's', .text = "word"}, 1);
    assert_int_equal(p.size, 4 + 4 + 8);
    assert_memory_equal(p.bytes, "/ab\0,s\0\0word\0\0\0", 16);
}

static void bundles_have_a_time_tag_and_sizes(void **state)
{
    (void)state;
    osc_packet p;
    osc_begin_bundle(&p, .5); /* half a second into 1970 */
    osc_add(&p, true, "/ab", &(osc_argument){.type = 'i', .whole = -2}, 1);
    assert_int_equal(p.size, 16 + 4 + 12);
    assert_memory_equal(p.bytes, "#bundle\0\x83\xaa\x7e\x80\x80\0\0\0\0\0\0\x0c/ab\0,i\0\0\xff\xff\xff\xfe", 32);
    for (int i = 0; i < 100; i++) osc_add(&p, true, "/ab", both, 2); /* what has no room is left out whole */
    assert_true(p.size <= OSC_BYTES && (p.size - 32) % 20 == 0);
}

static void datagrams_arrive(void **state)
{
    (void)state;
    int receiver = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    if (receiver < 0 || bind(receiver, (struct sockaddr *)&here, sizeof here) != 0) {
        print_message("skipped: no UDP socket can be opened here\n");
        skip();
    }
    getsockname(receiver, (struct sockaddr *)&here, &size);
    char address[64];
    snprintf(address, sizeof address, "127.0.0.1:%d", ntohs(here.sin_port));
    osc *o;
    assert_int_equal(osc_open(&o, address, OSC_PAIR, NULL), ET_OK);
    const et_emotion emotion = {0};
    const emotion_more none = {0};
    osc_answer(o, &emotion, &none, (float[2]){.5f, -.25f});
    struct timeval patience = {.tv_sec = 5};
    setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    unsigned char bytes[96];
    assert_int_equal(recv(receiver, bytes, sizeof bytes, 0), 32);
    assert_memory_equal(bytes, wanted, 32);
    close(receiver);
    osc_answer(o, &emotion, &none, (float[2]){0}); /* nobody listens any more */
    osc_answer(o, &emotion, &none, (float[2]){0});
    osc_close(o);
}

static void wrong_addresses_are_refused(void **state)
{
    (void)state;
    osc *o;
    et_error error;
    const char *const wrong[] = {
        "", "localhost", ":9000", "localhost:", "localhost:noport", "[]:9000", "127.0.0.1:99999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (osc_open(&o, wrong[i], OSC_PAIR, &error) != ET_ERROR_ARGUMENT) fail_msg("'%s' was taken", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_follow_the_standard),
        cmocka_unit_test(bundles_have_a_time_tag_and_sizes),
        cmocka_unit_test(datagrams_arrive),
        cmocka_unit_test(wrong_addresses_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
