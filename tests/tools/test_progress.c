#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/progress.h"
#include "cli/text.h"

static const char *text(const progress_state *p, double elapsed_s, bool with_bar)
{
    static char line[512];
    progress_text(line, sizeof line, p, elapsed_s, with_bar);
    return line;
}

static void names_what_is_done_of_all_and_the_time_left(void **state)
{
    (void)state;
    progress_state p = {
        .what = "annotate", .total = 1000, .done = 250, .items = 20, .items_done = 5, .note = "390x real time"};
    assert_string_equal(text(&p, 60, true),
                        "annotate [######..................]  25%  5 of 20 sounds  3:00 left  390x real time");
    assert_string_equal(text(&p, 60, false), "annotate  25%  5 of 20 sounds  3:00 left  390x real time");
    progress_state epochs = {.what = "train", .unit = "epochs", .total = 40, .done = 30};
    assert_string_equal(text(&epochs, 3000, false), "train  75%  30 of 40 epochs  16:40 left");
    progress_state open = {.what = "live", .unit = "songs", .done = 3};
    assert_string_equal(text(&open, 100, true), "live 3 songs");
}

/* The first block of the first of many sounds says nothing of how long all will take. */
static void no_time_is_told_before_there_is_something_to_judge_it_by(void **state)
{
    (void)state;
    progress_state p = {.what = "annotate", .total = 1e9, .done = 1000, .items = 4000};
    assert_null(strstr(text(&p, 1, true), "left"));
    assert_null(strstr(text(&p, 30, true), "left"));
    p.items_done = 1, p.done = 250000;
    assert_null(strstr(text(&p, 2, true), "left"));
    assert_non_null(strstr(text(&p, 10, true), "11:06:30 left"));
}

static void a_long_line_is_cut(void **state)
{
    (void)state;
    char line[20];
    progress_state p = {
        .what = "annotate", .total = 1, .done = 1, .items = 1000000, .items_done = 999999, .note = "a note that is long"};
    progress_text(line, sizeof line, &p, 100, true);
    assert_true(strlen(line) < sizeof line);
}

static void what_is_shown_steers_no_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } cases[] = {{"plain caf\xc3\xa9 \xe2\x82\xac", "plain caf\xc3\xa9 \xe2\x82\xac"},
                 {"\033]0;title\007\r\n\t", "\\x1b]0;title\\x07\\x0d\\x0a\\x09"},
                 {"\x7f\xc2\x9b"
                  "31m \x9b \xff",
                  "\\x7f\\x9b31m \\x9b \\xff"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[200], cut[6];
        assert_string_equal(text_shown(out, sizeof out, cases[i].text), cases[i].shown);
        assert_true(strlen(text_shown(cut, sizeof cut, cases[i].text)) < sizeof cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_what_is_done_of_all_and_the_time_left),
        cmocka_unit_test(no_time_is_told_before_there_is_something_to_judge_it_by),
        cmocka_unit_test(a_long_line_is_cut),
        cmocka_unit_test(what_is_shown_steers_no_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
