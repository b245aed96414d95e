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

static void messages_follow_the_standard(void **state)
{
    (void)state;
    unsigned char bytes[96];
    assert_int_equal(osc_message(bytes, "/emotrack/emotion", .5f, -.25f), 32);
    assert_memory_equal(bytes, wanted, 32);
    assert_int_equal(osc_message(bytes, "/abc", 0, 0), 8 + 4 + 8);
    assert_int_equal(osc_message(bytes, "/ab", 0, 0), 4 + 4 + 8);
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
    assert_int_equal(osc_open(&o, address, NULL), ET_OK);
    osc_send(o, "/emotrack/emotion", .5f, -.25f);
    struct timeval patience = {.tv_sec = 5};
    setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    unsigned char bytes[96];
    assert_int_equal(recv(receiver, bytes, sizeof bytes, 0), 32);
    assert_memory_equal(bytes, wanted, 32);
    close(receiver);
    osc_send(o, "/emotrack/emotion", 0, 0); /* nobody listens any more */
    osc_send(o, "/emotrack/emotion", 0, 0);
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
        if (osc_open(&o, wrong[i], &error) != ET_ERROR_ARGUMENT) fail_msg("'%s' was taken", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_follow_the_standard),
        cmocka_unit_test(datagrams_arrive),
        cmocka_unit_test(wrong_addresses_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
