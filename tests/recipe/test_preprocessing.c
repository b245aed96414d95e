#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "data/degradation.h"
#include "data/song_features.h"
#include "features/families.h"
#include "recipe/preprocessing.h"

enum { ROWS = 50, COLUMNS = 3 };

static network *small_network(int features)
{
    network_config config;
    assert_true(network_defaults(&config, "bilstm"));
    config.columns = COLUMNS, config.features = features, config.projection = features < COLUMNS, config.relative = false;
    config.window = 2, config.hidden = 2;
    network *net = NULL;
    assert_int_equal(network_create(&net, &config, NULL), ET_OK);
    network_initialise(net, 1);
    return net;
}

static void near(const char *what, double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within)) fail_msg("%s: %.9g, wanted %.9g", what, found, wanted);
}

/* Column 4 is never negative: log(x + median / 10). Column 9 goes below zero: as it is. */
static void scales_as_its_header_says(void **state)
{
    (void)state;
    static float row[ROWS][FUNCTIONAL_COUNT];
    random_numbers r = random_stream(2, RANDOM_SAMPLE, 0);
    for (int i = 0; i < ROWS; i++)
        for (int c = 0; c < FUNCTIONAL_COUNT; c++) row[i][c] = (float)random_normal(&r);
    for (int i = 0; i < ROWS; i++) row[i][4] = (float)(i + 1); /* median 25.5 */
    network *net = small_network(COLUMNS);
    const int chosen[COLUMNS] = {4, 9, 200};
    assert_int_equal(preprocessing_fit_scaling(net, chosen, &row[0][0], ROWS, SCALING_Z_SCORE, 2, NULL), ET_OK);
    double mean = 0, square = 0, logs[ROWS];
    for (int i = 0; i < ROWS; i++) mean += (logs[i] = log(i + 1 + 2.55)) / ROWS;
    for (int i = 0; i < ROWS; i++) square += (logs[i] - mean) * (logs[i] - mean) / ROWS;
    float out[COLUMNS];
    for (int i = 0; i < ROWS; i++) {
        network_scaled(net, row[i], out);
        near("log column", (double)out[0], fmax(-2, fmin(2, (logs[i] - mean) / sqrt(square))), 1e-4);
        for (int c = 0; c < COLUMNS; c++) assert_true(fabsf(out[c]) <= 2);
    }
    network_destroy(net);
}

static void range_scaling_goes_from_0_to_1(void **state)
{
    (void)state;
    static float row[ROWS][FUNCTIONAL_COUNT];
    random_numbers r = random_stream(2, RANDOM_SAMPLE, 0);
    for (int i = 0; i < ROWS; i++)
        for (int c = 0; c < FUNCTIONAL_COUNT; c++) row[i][c] = (float)random_normal(&r);
    for (int i = 0; i < ROWS; i++) row[i][4] = (float)(3 + i);
    network *net = small_network(COLUMNS);
    const int chosen[COLUMNS] = {4, 9, 200};
    assert_int_equal(preprocessing_fit_scaling(net, chosen, &row[0][0], ROWS, SCALING_MIN_MAX, 0, NULL), ET_OK);
    float out[COLUMNS], least = 1, most = 0;
    for (int i = 0; i < ROWS; i++) {
        network_scaled(net, row[i], out);
        near("column", (double)out[0], i / (ROWS - 1.0), 1e-6);
        least = fminf(least, out[1]), most = fmaxf(most, out[1]);
    }
    near("least", (double)least, 0, 1e-6);
    near("largest", (double)most, 1, 1e-6);
    float beyond[FUNCTIONAL_COUNT] = {0};
    beyond[4] = 3 + 2 * (ROWS - 1);
    network_scaled(net, beyond, out);
    near("beyond what was seen", (double)out[0], 2, 1e-6);
    network_destroy(net);
}

static void names_a_column_that_never_changes(void **state)
{
    (void)state;
    static float row[ROWS][FUNCTIONAL_COUNT];
    for (int i = 0; i < ROWS; i++) row[i][0] = row[i][1] = (float)i;
    network *net = small_network(COLUMNS);
    const int chosen[COLUMNS] = {0, 1, 2};
    et_error error;
    assert_int_equal(preprocessing_fit_scaling(net, chosen, &row[0][0], ROWS, SCALING_Z_SCORE, 2, &error), ET_ERROR_FORMAT);
    assert_non_null(strstr(error.message, functional_name(2)));
    network_destroy(net);
}

/* What preprocessing projects is what the network's own projection gives: variance along the first component is the largest. */
static void projection_keeps_what_varies(void **state)
{
    (void)state;
    float scaled[ROWS][COLUMNS], out[2];
    random_numbers r = random_stream(3, RANDOM_SAMPLE, 0);
    double explained, first = 0, second = 0;
    for (int i = 0; i < ROWS; i++) {
        double a = random_normal(&r), b = random_normal(&r);
        scaled[i][0] = (float)(3 * a), scaled[i][1] = (float)(-3 * a), scaled[i][2] = (float)b;
    }
    network *net = small_network(2);
    assert_int_equal(preprocessing_fit_projection(net, &scaled[0][0], ROWS, &explained, NULL), ET_OK);
    near("explained", explained, 1, 1e-6);
    for (int i = 0; i < ROWS; i++) {
        preprocessing_project(net, scaled[i], 1, out);
        first += (double)(out[0] * out[0]), second += (double)(out[1] * out[1]);
    }
    assert_true(first > 10 * second);
    network_destroy(net);
}

static void usable_columns_leave_the_energy_out(void **state)
{
    (void)state;
    bool known[ROW_COLUMNS];
    int out[ROW_COLUMNS];
    for (int c = 0; c < ROW_COLUMNS; c++) known[c] = true;
    assert_int_equal(preprocessing_usable_columns(known, false, out), ROW_COLUMNS);
    assert_int_equal(preprocessing_usable_columns(known, true, out), ROW_COLUMNS - 2);
    for (int i = 0; i < ROW_COLUMNS - 2; i++) assert_true(out[i] != functional_mean(DESCRIPTOR_RMS));
    known[7] = false;
    assert_int_equal(preprocessing_usable_columns(known, true, out), ROW_COLUMNS - 3);
}

/* A filter of the ear that never fires moves by rounding alone; a descriptor may be small. */
static void dead_columns_of_the_ear_fall_out(void **state)
{
    (void)state;
    static float row[3][ROW_COLUMNS];
    int chosen[4] = {0, 1, ROW_EAR, ROW_EAR + 1};
    for (int r = 0; r < 3; r++)
        row[r][0] = 1e-6f * (float)r, row[r][ROW_EAR] = 1e-5f * (float)r, row[r][ROW_EAR + 1] = (float)r;
    assert_int_equal(preprocessing_moving_columns(chosen, 4, &row[0][0], 3, ROW_COLUMNS), 2);
    assert_int_equal(chosen[0], 0);
    assert_int_equal(chosen[1], ROW_EAR + 1);
}

static void degradations_do_what_they_say(void **state)
{
    (void)state;
    enum { N = 44100 };
    static float clean[N], heard[N];
    degradation d;
    assert_int_equal(degradation_find(&d, "nonsense", NULL), ET_ERROR_ARGUMENT);
    for (int i = 0; i < N; i++) clean[i] = 0.7f * (float)sin(2 * 3.14159265358979 * 50 * i / N);
    memcpy(heard, clean, sizeof heard);
    assert_int_equal(degradation_find(&d, "quiet12", NULL), ET_OK);
    degradation_apply(&d, heard, N);
    near("-12 dB", (double)(heard[221] / clean[221]), pow(10, -12 / 20.0), 1e-6);
    memcpy(heard, clean, sizeof heard);
    assert_int_equal(degradation_find(&d, "clip6", NULL), ET_OK);
    degradation_apply(&d, heard, N);
    float most = 0;
    for (int i = 0; i < N; i++) most = fmaxf(most, fabsf(heard[i]));
    near("clipped", (double)most, 1, 0);
    memcpy(heard, clean, sizeof heard);
    assert_int_equal(degradation_find(&d, "phone", NULL), ET_OK);
    degradation_apply(&d, heard, N);
    double left = 0;
    for (int i = N / 2; i < N; i++) left = fmax(left, fabs((double)heard[i]));
    if (!(left < 0.7 * 0.001))
        fail_msg("50 Hz on the telephone: %.5f of 0.7 left", left); /* 4th order from 300 Hz: -62 dB */
}

/* Rows of samples: 2.3 s give rows at 0, 0.5 and 1 s; half a second gives one row. The cache gives the same rows again. */
static void sound_becomes_rows(void **state)
{
    (void)state;
    static float samples[101430];
    random_numbers r = random_stream(4, RANDOM_SAMPLE, 0);
    for (int i = 0; i < 101430; i++) samples[i] = 0.1f * (float)random_normal(&r);
    feature_options o = {.pitch_lag_frames = 10, .rasta_start = RASTA_START_STEADY, .threads = 1};
    float *rows;
    int count;
    assert_int_equal(samples_rows(&rows, &count, samples, 101430, &o, NULL), ET_OK);
    assert_int_equal(count, 3);
    free(rows);
    assert_int_equal(samples_rows(&rows, &count, samples, 22050, &o, NULL), ET_OK);
    assert_int_equal(count, 1);
    free(rows);
    et_error error;
    assert_int_equal(samples_rows(&rows, &count, samples, 100, &o, &error), ET_ERROR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scales_as_its_header_says),           cmocka_unit_test(range_scaling_goes_from_0_to_1),
        cmocka_unit_test(names_a_column_that_never_changes),   cmocka_unit_test(projection_keeps_what_varies),
        cmocka_unit_test(usable_columns_leave_the_energy_out), cmocka_unit_test(dead_columns_of_the_ear_fall_out),
        cmocka_unit_test(degradations_do_what_they_say),       cmocka_unit_test(sound_becomes_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
