#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "live/view.h"

enum { MOST_ROWS = 200, MOST_BYTES = 2000 };

/* A page as a terminal shows it: its lines without what moves the cursor. */
typedef struct page {
    char line[MOST_ROWS][MOST_BYTES];
    int lines;
} page;

static page *read_page(canvas *c)
{
    page *p = calloc(1, sizeof *p);
    size_t length, used = 0;
    const char *bytes = canvas_bytes(c, &length);
    assert_true(length > 3 && strncmp(bytes, "\033[H", 3) == 0);
    for (size_t i = 3; i < length; i++) {
        if (bytes[i] == '\033') {
            assert_true(strncmp(bytes + i, "\033[K", 3) == 0);
            i += 2;
        } else if (bytes[i] == '\n') {
            p->lines++;
            used = 0;
            assert_true(p->lines < MOST_ROWS);
        } else if (bytes[i] != '\r') {
            assert_true(used + 1 < MOST_BYTES);
            p->line[p->lines][used++] = bytes[i];
        }
    }
    p->lines++;
    return p;
}

static int characters(const char *line)
{
    int count = 0;
    for (; *line != '\0'; line++) count += (*line & 0xc0) != 0x80;
    return count;
}

static const live_facts facts = {.model = "music",
                                 .input = "pulse",
                                 .rate_hz = 48000,
                                 .channels = 2,
                                 .heard_s = 3723.5,
                                 .buffer_s = .0103,
                                 .computing_s = .0005,
                                 .look_ahead_s = .18,
                                 .worst_s = .0129,
                                 .lost = 7,
                                 .overruns = 2,
                                 .record = "x.wav"};

static page *draw(const live_view *v, const live_facts *f, int rows, int columns, bool utf8)
{
    canvas *c = canvas_create(utf8);
    assert_true(canvas_begin(c, rows, columns));
    live_view_draw(v, f, c);
    page *p = read_page(c);
    canvas_destroy(c);
    return p;
}

static void add(live_view *v, double seconds, double valence, double arousal)
{
    for (int i = 0; i < (int)(seconds * 100); i++) {
        et_emotion e = {.time_s = i * .01, .valence = (float)valence, .arousal = (float)arousal, .level_dbfs = -23.4f};
        live_view_add(v, &e);
    }
}

static bool shows(const page *p, const char *words)
{
    for (int i = 0; i < p->lines; i++)
        if (strstr(p->line[i], words) != NULL) return true;
    return false;
}

static void every_fact_is_readable_in_80_by_24(void **state)
{
    (void)state;
    live_view *v = live_view_create();
    add(v, 10, .5, -.25);
    page *p = draw(v, &facts, 24, 80, false);
    assert_int_equal(p->lines, 24);
    const char *const words[] = {"music",
                                 "pulse",
                                 "48000 Hz",
                                 "2 ch",
                                 "* rec",
                                 "1:02:03",
                                 "valence +0.50",
                                 "arousal -0.25",
                                 "excited",
                                 "calm",
                                 "unpleasant",
                                 "pleasant",
                                 "last minute",
                                 "-23.4 dBFS",
                                 "10.3 ms",
                                 "0.50",
                                 "12.9",
                                 "180 ms",
                                 "7 frames in 2 overruns",
                                 "Ctrl-C"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!shows(p, words[i])) fail_msg("80 x 24 does not show '%s'", words[i]);
    free(p);
    live_view_destroy(v);
}

/* Where the point is: row and column of the 'O'. */
static void find_point(const page *p, int *row, int *column)
{
    for (*row = 1; *row < p->lines - 5; (*row)++)
        for (*column = 0; *column < 38 && p->line[*row][*column] != '\0'; (*column)++)
            if (p->line[*row][*column] == 'O') return;
    fail_msg("no point");
}

static void the_point_stands_where_the_emotion_is(void **state)
{
    (void)state;
    const struct {
        double valence, arousal;
        int row, column;
    } places[] = {{-1, -1, 17, 2}, {1, 1, 2, 37}, {-1, 1, 2, 2}, {1, -1, 17, 37}, {0, 0, 10, 20}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        live_view *v = live_view_create();
        add(v, .2, places[i].valence, places[i].arousal);
        page *p = draw(v, &facts, 24, 80, false);
        int row = 0, column = 0;
        find_point(p, &row, &column);
        if (abs(row - places[i].row) > 1 || abs(column - places[i].column) > 1)
            fail_msg("%g, %g stands at %d, %d", places[i].valence, places[i].arousal, row, column);
        free(p);
        live_view_destroy(v);
    }
}

static void every_size_fits(void **state)
{
    (void)state;
    live_view *v = live_view_create();
    add(v, 70, .9, .9);
    live_facts long_words = facts;
    long_words.input =
        "a device with a name that is longer than any line \xc3\xa4\xe2\x82\xac\xff\xf0\x9f\x8e\xb5 of the terminal";
    long_words.message = long_words.input;
    const int sizes[][2] = {{24, 80}, {1, 1}, {3, 20}, {9, 39}, {10, 40}, {11, 200}, {60, 40}, {50, 160}, {200, 500}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int utf8 = 0; utf8 < 2; utf8++) {
            page *p = draw(v, &long_words, sizes[i][0], sizes[i][1], utf8);
            assert_int_equal(p->lines, sizes[i][0]);
            for (int k = 0; k < p->lines; k++) {
                assert_true(characters(p->line[k]) <= sizes[i][1]);
                if (!utf8) assert_int_equal(characters(p->line[k]), strlen(p->line[k]));
            }
            free(p);
        }
    live_view_destroy(v);
}

static void what_is_no_number_leaves_a_gap(void **state)
{
    (void)state;
    live_view *v = live_view_create();
    page *p = draw(v, &facts, 24, 80, true);
    assert_true(shows(p, "valence --"));
    free(p);
    add(v, 5, NAN, .3);
    p = draw(v, &facts, 24, 80, true);
    assert_true(shows(p, "valence --") && shows(p, "arousal +0.30"));
    free(p);
    live_view_destroy(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fact_is_readable_in_80_by_24),
        cmocka_unit_test(the_point_stands_where_the_emotion_is),
        cmocka_unit_test(every_size_fits),
        cmocka_unit_test(what_is_no_number_leaves_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
