#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "live/http_guard.h"

static void addresses_are_a_port_or_a_host_and_a_port(void **state)
{
    (void)state;
    char host[32];
    unsigned port;
    assert_true(http_split("8080", host, sizeof host, &port));
    assert_string_equal(host, "127.0.0.1");
    assert_int_equal(port, 8080);
    assert_true(http_split("localhost:1", host, sizeof host, &port));
    assert_string_equal(host, "127.0.0.1");
    assert_true(http_split("0.0.0.0:65535", host, sizeof host, &port));
    assert_string_equal(host, "0.0.0.0");
    static const char *const wrong[] = {"",
                                        ":",
                                        ":80",
                                        "80:",
                                        "0.0.0.0",
                                        "x",
                                        "-1",
                                        "65536",
                                        "1.2.3.4:80r",
                                        "stage.example:80",
                                        "1.2.3.4:80,0.0.0.0:81",
                                        "123456789012345678901234567890123:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(http_split(wrong[i], host, sizeof host, &port));
}

static void without_a_token_only_this_machine_under_its_own_name(void **state)
{
    (void)state;
    static const char *const own[] = {"localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) assert_null(http_refusal(NULL, &(http_caller){.host = own[i]}));
    static const char *const others[] = {"stage.example", "stage.example:8080", "localhost.example", "10.0.0.1", "",
                                         "[::2]"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_non_null(http_refusal(NULL, &(http_caller){.host = others[i]}));
    assert_non_null(http_refusal(NULL, &(http_caller){0}));
}

static void an_origin_must_be_the_host_itself(void **state)
{
    (void)state;
    static const char host[] = "localhost:8080";
    assert_null(http_refusal(NULL, &(http_caller){.host = host, .origin = "http://localhost:8080"}));
    static const char *const others[] = {"null",
                                         "http://localhost",
                                         "http://localhost:8081",
                                         "http://elsewhere.example",
                                         "",
                                         "http://localhost:8080.elsewhere.example"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_non_null(http_refusal(NULL, &(http_caller){.host = host, .origin = others[i]}));
    assert_non_null(
        http_refusal("open-sesame", &(http_caller){.host = host, .origin = "null", .query = "token=open-sesame"}));
}

static void the_token_must_be_whole(void **state)
{
    (void)state;
    static const char token[] = "open-sesame", host[] = "stage.example";
    static const char *const right[] = {"token=open-sesame", "a=b&token=open-sesame", "token=open-sesame&a=b"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_null(http_refusal(token, &(http_caller){.host = host, .query = right[i]}));
    static const char *const wrong[] = {
        "", "token=", "token", "token=open-sesam", "token=open-sesame2", "xtoken=open-sesame", "token=open-sesam&e", "&&&"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_non_null(http_refusal(token, &(http_caller){.host = "localhost", .query = wrong[i]}));
    assert_null(http_refusal(token, &(http_caller){.authorization = "Bearer open-sesame"}));
    assert_non_null(http_refusal(token, &(http_caller){.authorization = "Basic open-sesame"}));
    assert_non_null(http_refusal(token, &(http_caller){.authorization = "Bearer "}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_a_port_or_a_host_and_a_port),
        cmocka_unit_test(without_a_token_only_this_machine_under_its_own_name),
        cmocka_unit_test(an_origin_must_be_the_host_itself),
        cmocka_unit_test(the_token_must_be_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
