/* The memory against sequences of rows whose right answer is known in closed form. The ear's network is a double that passes
 * the means through, so that differences can be computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "track/memory.h"

static network_config configuration;

const network_config *network_configuration(const network *net)
{
    (void)net;
    return &configuration;
}

void network_scaled(const network *net, const float *row, float *out)
{
    (void)net;
    memcpy(out, row, sizeof(float) * (size_t)configuration.columns);
}

int network_column(const network *net, int j)
{
    (void)net;
    return j;
}

static const memory_constants usual = {.time_constant_s = 12, .change_window_s = 4, .threshold = 1.5, .silence_reset_s = 2};

static memory *made_of(memory_constants c, double hop_s, int columns)
{
    memory *m;
    et_error error;
    configuration.columns_in = 260;
    configuration.columns = columns;
    if (memory_create(&m, &c, NULL, NULL, hop_s, &error) != ET_OK) fail_msg("%s", error.message);
    return m;
}

static memory *made(memory_constants c, double hop_s)
{
    return made_of(c, hop_s, 72);
}

static float push(memory *m, float value, bool silent)
{
    float row[FUNCTIONAL_COUNT], out[FUNCTIONAL_COUNT];
    for (int i = 0; i < FUNCTIONAL_COUNT; i++) row[i] = value;
    memory_push(m, row, silent, out);
    return out[7];
}

static void near(const char *what, double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance)) fail_msg("%s: %.9g, expected %.9g +- %g", what, got, expected, tolerance);
}

static void a_young_memory_is_the_plain_mean(void **state)
{
    (void)state;
    memory *m = made(usual, 0.5);
    float mean = 0;
    for (int i = 1; i <= 20; i++) mean = push(m, 0.01f * (float)i, false);
    near("mean of .01 .. .20", (double)mean, 0.105, 1e-6);
    near("age", memory_age_s(m), 10, 1e-9);
    memory_destroy(m);
}

static void an_old_memory_forgets_with_its_time_constant(void **state)
{
    (void)state;
    memory_constants deaf = usual;
    deaf.change_window_s = 0;
    memory *m = made(deaf, 0.01);
    float mean = 0;
    for (int i = 0; i < 20000; i++) push(m, 0, false);
    for (int i = 0; i < 1200; i++) mean = push(m, 1, false);
    near("one time constant after a step", (double)mean, 1 - exp(-1), 1e-4);
    memory_destroy(m);
}

static void a_change_is_heard_and_begins_afresh(void **state)
{
    (void)state;
    memory *m = made(usual, 0.01);
    float mean = 0;
    for (int i = 0; i < 6000; i++) push(m, 0, false);
    /* 8 t/4 - 8 (1 - exp(-t/12)) is compared every 0.5 s and first exceeds 1.5 at t = 1.5 s: of the ear's later 2 s, three
     * quarters are the new music */
    for (int i = 0; i < 149; i++) mean = push(m, 8, false);
    assert_true(mean < 2);
    mean = push(m, 8, false);
    near("fresh mean", (double)mean, 8 * 0.75, 0.1);
    near("fresh age", memory_age_s(m), 2, 1e-9);
    for (int i = 0; i < 200; i++) mean = push(m, 8, false);
    near("2 s later", (double)mean, (2 * 8 * 0.75 + 2 * 8) / 4, 0.1);
    memory_destroy(m);
}

/* The first eight columns alone are compared: the mean square is over them. */
static void columns_without_a_deviation_are_not_compared(void **state)
{
    (void)state;
    float deviation[72] = {1, 1, 1, 1, 1, 1, 1, 1}, row[FUNCTIONAL_COUNT] = {0}, out[FUNCTIONAL_COUNT];
    memory *m;
    configuration.columns_in = 260, configuration.columns = 72;
    assert_int_equal(memory_create(&m, &usual, NULL, deviation, 0.5, NULL), ET_OK);
    for (int k = 0; k < 40; k++) memory_push(m, row, false, out);
    for (int i = 8; i < FUNCTIONAL_COUNT; i++) row[i] = 50;
    for (int k = 0; k < 40; k++) memory_push(m, row, false, out);
    near("age after a change that is not compared", memory_age_s(m), 40, 1e-9);
    for (int i = 0; i < 8; i++) row[i] = 4;
    for (int k = 0; k < 20; k++) memory_push(m, row, false, out);
    assert_true(memory_age_s(m) <= 12);
    memory_destroy(m);
}

static void a_small_change_is_no_new_song(void **state)
{
    (void)state;
    memory *m = made(usual, 0.01);
    for (int i = 0; i < 2000; i++) push(m, 0, false);
    for (int i = 0; i < 2000; i++) push(m, 1.4f, false);
    near("age", memory_age_s(m), 40, 1e-6);
    memory_destroy(m);
}

static void silence_holds_and_a_long_one_begins_afresh(void **state)
{
    (void)state;
    memory *m = made(usual, 0.01);
    float held = 0;
    for (int i = 0; i < 1000; i++) held = push(m, 1, false);
    for (int i = 0; i < 90; i++) assert_true(push(m, 0, true) == held);
    push(m, 1, false);
    near("age after a pause of 1.9 s", memory_age_s(m), 10.01, 1e-9);
    for (int i = 0; i < 101; i++) assert_true(push(m, 0, true) == held);
    near("first row after 2 s of silence", (double)push(m, 0.5f, false), 0.5, 0);
    near("age after silence", memory_age_s(m), 0.01, 1e-9);
    memory_destroy(m);
}

static void silence_from_the_start_is_forgotten_with_the_first_sound(void **state)
{
    (void)state;
    memory *m = made(usual, 0.01);
    near("only silence", (double)push(m, -1, true), -1, 0);
    for (int i = 0; i < 20; i++) push(m, -1, true);
    near("first sound", (double)push(m, 1, false), 1, 0);
    memory_destroy(m);
}

/* A peek says what a push would; it leaves no trace. */
static void a_peek_is_a_push_that_is_forgotten(void **state)
{
    (void)state;
    memory_constants c = usual;
    c.change_window_s = 0;
    memory *m = made(c, 0.05);
    float row[FUNCTIONAL_COUNT], peeked[FUNCTIONAL_COUNT], pushed[FUNCTIONAL_COUNT];
    for (int n = 0; n < 600; n++) {
        bool silent = n / 100 % 3 == 1;
        for (int i = 0; i < FUNCTIONAL_COUNT; i++) row[i] = 100;
        memory_peek(m, row, !silent, peeked);
        for (int i = 0; i < FUNCTIONAL_COUNT; i++) row[i] = silent ? 0 : (float)((n * 7 + i) % 11);
        memory_peek(m, row, silent, peeked);
        memory_push(m, row, silent, pushed);
        for (int i = 0; i < FUNCTIONAL_COUNT; i++) near("peek", (double)peeked[i], (double)pushed[i], 1e-5);
    }
    memory_destroy(m);
}

/* A stream of scenes: values that wander slowly within a scene and jump between scenes. */
static float scene(int hop)
{
    static const float level[] = {0, 3, 2.8f, -1, 4, 4.2f, -2, 0.5f};
    double t = hop * 0.01;
    return level[(int)(t / 17) % 8] + 0.3f * (float)sin(t * 0.9) + 0.2f * (float)sin(t * 2.3);
}

static void both_rates_remember_the_same(void **state)
{
    (void)state;
    memory *fine = made(usual, 0.05), *grid = made(usual, 0.5);
    double fine_sum = 0, squares = 0;
    float fine_out = 0;
    float recent[100] = {0};
    int compared = 0;
    for (int hop = 0; hop < 20000; hop++) {
        recent[hop % 100] = scene(hop);
        fine_sum = 0;
        for (int i = 0; i < 100; i++) fine_sum += (double)recent[i];
        float row = (float)(fine_sum / (hop < 99 ? hop + 1 : 100));
        if ((hop + 1) % 5 != 0) continue;
        fine_out = push(fine, row, false);
        if ((hop + 1) % 50 != 0 || hop < 99) continue;
        double d = fabs((double)(fine_out - push(grid, row, false)));
        squares += d * d;
        compared++;
    }
    /* values span 6 deviations and change 11 times; a fresh start may come one comparison (0.5 s) apart */
    near("root mean square between the rates", sqrt(squares / compared), 0, 0.3);
    memory_destroy(fine);
    memory_destroy(grid);
}

static void a_day_does_not_drift(void **state)
{
    (void)state;
    memory_constants c = usual;
    c.change_window_s = 0;
    memory *m = made(c, 0.5);
    float mean = 0;
    for (int i = 0; i < 172800; i++) mean = push(m, 0.1f, false);
    assert_true(mean == 0.1f);
    memory_destroy(m);
}

static void no_memory_passes_rows_through_and_reset_is_new(void **state)
{
    (void)state;
    memory_constants c = {0};
    memory *m = made(c, 0.01);
    for (int i = 0; i < 10; i++) assert_true(push(m, (float)i, false) == (float)i);
    memory_destroy(m);
    m = made(usual, 0.01);
    for (int i = 0; i < 777; i++) push(m, 5, false);
    memory_reset(m);
    assert_true(push(m, -3, false) == -3);
    memory_destroy(m);
}

/* ---- rows of all families: the ear's columns and their tail ------------------------------------------------------------- */

enum { FRAMES_MOST = 4000, EAR_SECOND = 63 };

/* What the ear hears in a frame of 16 ms; some music. */
static double heard_in(int frame)
{
    return 3 * sin(frame * 0.01) + sin(frame * 0.11) + frame * 0.002;
}

static double mean_of_frames(int first, int end)
{
    double sum = 0;
    for (int f = first; f < end; f++) sum += heard_in(f);
    return sum / (end - first);
}

/* A row as of the half second that ended last; `level` in all other columns. */
static void ear_row_at(double time_s, float level, float row[ROW_WIDTH])
{
    int frames = (int)(floor(time_s / 0.5 + 1e-9) * 0.5 * 62.5), finals = frames - EAR_LOOK_AHEAD_FRAMES;
    double tail = mean_of_frames(finals > 0 ? finals : 0, frames), final = tail;
    if (finals > 0) final = mean_of_frames(finals > EAR_SECOND ? finals - EAR_SECOND : 0, finals);
    for (int c = 0; c < ROW_WIDTH; c++) row[c] = level;
    for (int c = 0; c < EAR_COLUMNS; c++) row[ROW_EAR + c] = (float) final, row[ROW_TAIL + c] = (float)tail;
}

static memory *made_of_all(memory_constants c, double hop_s, int columns)
{
    memory *m;
    et_error error;
    configuration.columns_in = ROW_COLUMNS, configuration.columns = columns;
    if (memory_create(&m, &c, NULL, NULL, hop_s, &error) != ET_OK) fail_msg("%s", error.message);
    return m;
}

static const memory_constants patient = {.time_constant_s = 3600};

static void the_ear_is_heard_as_in_a_file_that_ended_there(void **state)
{
    (void)state;
    memory *grid = made_of_all(patient, 0.5, 1), *fine = made_of_all(patient, 0.05, 1);
    float row[ROW_WIDTH], out[REMEMBERED_MOST];
    for (int i = 10; i <= 600; i++) {
        double time_s = i * 0.05;
        int frames = (int)(floor(time_s / 0.5 + 1e-9) * 0.5 * 62.5);
        double whole = mean_of_frames(0, frames), tolerance = time_s <= 1.51 ? 0.02 : 0.35; /* the music spans 8 */
        ear_row_at(time_s, 1, row);
        memory_push(fine, row, false, out);
        if (i >= 20) near("the ear in a tracker", (double)out[ROW_EAR + 7], whole, tolerance + 0.15);
        near("harmony", (double)out[ROW_HARMONY], 1, 1e-6);
        if (i % 10 != 0 || i < 20) continue;
        memory_push(grid, row, false, out);
        near("the ear on the grid", (double)out[ROW_EAR + 7], whole, tolerance);
    }
    memory_destroy(grid);
    memory_destroy(fine);
}

static void a_stretch_of_rows_is_what_a_memory_holds(void **state)
{
    (void)state;
    static float rows[40 * ROW_WIDTH];
    memory *m = made_of_all(patient, 0.5, 1);
    float out[REMEMBERED_MOST], stretch[ROW_COLUMNS];
    for (int k = 0; k < 40; k++) {
        ear_row_at(0.5 * k + 1, (float)(k % 7), rows + k * ROW_WIDTH);
        memory_push(m, rows + k * ROW_WIDTH, false, out);
        compose_rows(rows, 0, k + 1, true, ROW_COLUMNS, stretch);
        for (int c = 0; c < ROW_COLUMNS; c++) near("stretch", (double)stretch[c], (double)out[c], 1e-4);
    }
    /* within the stream the tail alone speaks of a memory's first two seconds */
    compose_rows(rows, 20, 24, false, ROW_COLUMNS, stretch);
    near("fresh", (double)stretch[ROW_EAR], (double)rows[23 * ROW_WIDTH + ROW_TAIL], 1e-6);
    compose_rows(rows, 20, 26, false, ROW_COLUMNS, stretch);
    near("3 s", (double)stretch[ROW_EAR], mean_of_frames((int)(11 * 62.5), (int)(13.5 * 62.5)), 0.7);
    memory_destroy(m);
}

static void a_change_forgets_what_the_ear_heard_before(void **state)
{
    (void)state;
    memory *m = made_of_all(usual, 0.5, 72);
    float row[ROW_WIDTH], out[REMEMBERED_MOST];
    for (int k = 0; k < 60; k++) {
        ear_row_at(0.5 * k + 1, 0, row);
        memory_push(m, row, false, out);
    }
    for (int k = 60; memory_age_s(m) > 5 && k < 70; k++) {
        ear_row_at(0.5 * k + 1, 8, row);
        memory_push(m, row, false, out);
    }
    assert_true(memory_age_s(m) < 5);
    near("the tail alone", (double)out[ROW_EAR], (double)row[ROW_TAIL], 1e-6);
    memory_destroy(m);
}

static void a_peek_at_all_families_is_a_push(void **state)
{
    (void)state;
    memory *m = made_of_all(usual, 0.05, 72);
    float row[ROW_WIDTH], peeked[REMEMBERED_MOST], pushed[REMEMBERED_MOST];
    for (int i = 10; i < 400; i++) {
        bool silent = i / 60 % 3 == 1;
        ear_row_at(i * 0.05, (float)(i % 11) / 10, row);
        memory_peek(m, row, silent, peeked);
        memory_push(m, row, silent, pushed);
        for (int c = 0; c < ROW_COLUMNS; c++) near("peek", (double)peeked[c], (double)pushed[c], 1e-5);
    }
    memory_destroy(m);
}

static void wrong_constants_are_refused(void **state)
{
    (void)state;
    memory_constants wrong[] = {usual, usual, usual, usual};
    wrong[0].time_constant_s = NAN;
    wrong[1].change_window_s = 31;
    wrong[2].threshold = -1;
    wrong[3].silence_reset_s = INFINITY;
    for (int i = 0; i < 4; i++) {
        memory *m;
        et_error error;
        assert_int_equal(memory_create(&m, &wrong[i], NULL, NULL, 0.01, &error), ET_ERROR_ARGUMENT);
        assert_null(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_young_memory_is_the_plain_mean),
        cmocka_unit_test(an_old_memory_forgets_with_its_time_constant),
        cmocka_unit_test(a_change_is_heard_and_begins_afresh),
        cmocka_unit_test(a_small_change_is_no_new_song),
        cmocka_unit_test(columns_without_a_deviation_are_not_compared),
        cmocka_unit_test(silence_holds_and_a_long_one_begins_afresh),
        cmocka_unit_test(silence_from_the_start_is_forgotten_with_the_first_sound),
        cmocka_unit_test(a_peek_is_a_push_that_is_forgotten),
        cmocka_unit_test(both_rates_remember_the_same),
        cmocka_unit_test(a_day_does_not_drift),
        cmocka_unit_test(no_memory_passes_rows_through_and_reset_is_new),
        cmocka_unit_test(the_ear_is_heard_as_in_a_file_that_ended_there),
        cmocka_unit_test(a_stretch_of_rows_is_what_a_memory_holds),
        cmocka_unit_test(a_change_forgets_what_the_ear_heard_before),
        cmocka_unit_test(a_peek_at_all_families_is_a_push),
        cmocka_unit_test(wrong_constants_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
