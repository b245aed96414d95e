/** Preprocessing: columns relative to the mean RMS energy, choice, logarithm, scaling, clipping, projection. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "features/names.h"
#include "model/network.h"

enum { ROW = FUNCTIONAL_COUNT, CHOSEN = 6, FEATURES = 3 };

static network *make_preprocessing(void)
{
    network_config config;
    network_defaults(&config, "bilstm");
    config.columns_in = ROW;
    config.columns = CHOSEN;
    config.features = FEATURES;
    config.window = 2;
    config.hidden = 2;
    network *net = NULL;
    et_error error = {0};
    if (network_create(&net, &config, &error) != ET_OK) fail_msg("%s", error.message);
    network_initialise(net, 1);
    return net;
}

static float *tensor(network *net, const char *name)
{
    const network_tensor *t = network_tensor_find(net, name);
    if (!t) fail_msg("no tensor %s", name);
    return network_parameters(net) + t->offset;
}

static void draw_row(float *row)
{
    for (int j = 0; j < ROW; j++) row[j] = 0.1f + (float)((j * 7919) % 1000) / 500;
}

static int mean_of(const char *name)
{
    int column = functional_find(name);
    if (column < 0) fail_msg("no column %s", name);
    return column;
}

/* Each family's power, by name: the known physics, not the code's table. */
static double expected_power(const char *name)
{
    if (strstr(name, "RMSenergy") || strstr(name, "spectralFlux")) return 1;
    if (strstr(name, "fband") || strstr(name, "spectralSlope")) return 2;
    if (strstr(name, "audspec_lengthL1norm")) return 0.66;
    return 0;
}

static void powers_follow_the_names(void **state)
{
    (void)state;
    network *net = make_preprocessing();
    int dependent = 0;
    for (int j = 0; j < ROW; j++) {
        double expected = expected_power(functional_name(j));
        dependent += expected != 0;
        if (fabs((double)tensor(net, "relative.power")[j] - expected) > 1e-6)
            fail_msg("column %d, %s: power %g, expected %g", j, functional_name(j), (double)tensor(net, "relative.power")[j],
                     expected);
    }
    assert_int_equal(dependent, 2 * 12); /* six descriptors and their deltas, mean and deviation */
    network_destroy(net);
}

static void columns_are_what_the_formula_says(void **state)
{
    (void)state;
    network *net = make_preprocessing();
    float row[ROW], out[CHOSEN];
    draw_row(row);
    const int chosen[CHOSEN] = {mean_of("pcm_fftMag_spectralSlope_sma_amean"),
                                mean_of("audspec_lengthL1norm_sma_de_stddev"),
                                mean_of("pcm_zcr_sma_amean"),
                                mean_of("pcm_RMSenergy_sma_stddev"),
                                mean_of("pcm_fftMag_mfcc_sma[3]_amean"),
                                mean_of("F0final_sma_amean")};
    const float log_offset[CHOSEN] = {-1, 0.25f, -1, 0, -1, 0.5f}, clip[CHOSEN] = {0, 0, 2, 3, 0.5f, 0};
    double rms = (double)row[functional_mean(DESCRIPTOR_RMS)];
    for (int j = 0; j < CHOSEN; j++) {
        tensor(net, "columns.index")[j] = (float)chosen[j];
        tensor(net, "scaling.log_offset")[j] = log_offset[j];
        tensor(net, "scaling.mean")[j] = 0.1f * (float)j;
        tensor(net, "scaling.deviation")[j] = 0.3f + 0.1f * (float)j;
        tensor(net, "scaling.clip")[j] = clip[j];
    }
    network_refresh(net);
    network_scaled(net, row, out);
    for (int j = 0; j < CHOSEN; j++) {
        double x = (double)row[chosen[j]] / pow(rms, expected_power(functional_name(chosen[j])));
        if (log_offset[j] >= 0) x = log(x + (double)log_offset[j]);
        x = (x - 0.1 * j) / (0.3 + 0.1 * j);
        if (clip[j] > 0) x = fmin(fmax(x, -(double)clip[j]), (double)clip[j]);
        if (fabs((double)out[j] - x) > 1e-5 * fmax(1, fabs(x)))
            fail_msg("column %s: %g, the formula gives %g", functional_name(chosen[j]), (double)out[j], x);
    }
    network_destroy(net);
}

static void gain_changes_nothing_and_silence_is_finite(void **state)
{
    (void)state;
    network *net = make_preprocessing();
    float row[ROW], quiet[ROW], out[CHOSEN], quiet_out[CHOSEN];
    draw_row(row);
    const char *const names[CHOSEN] = {"pcm_fftMag_fband250-650_sma_amean",   "audspec_lengthL1norm_sma_amean",
                                       "pcm_fftMag_spectralFlux_sma_stddev",  "pcm_RMSenergy_sma_de_stddev",
                                       "pcm_fftMag_spectralSlope_sma_stddev", "pcm_fftMag_fband1000-4000_sma_de_amean"};
    for (int j = 0; j < CHOSEN; j++) tensor(net, "columns.index")[j] = (float)mean_of(names[j]);
    const double gain = pow(10, -24 / 20.0);
    for (int j = 0; j < ROW; j++) quiet[j] = (float)((double)row[j] * pow(gain, expected_power(functional_name(j))));
    network_scaled(net, row, out);
    network_scaled(net, quiet, quiet_out);
    for (int j = 0; j < CHOSEN; j++)
        if (fabsf(out[j] - quiet_out[j]) > 1e-4f * fabsf(out[j]))
            fail_msg("%s: %g, at -24 dB %g", names[j], (double)out[j], (double)quiet_out[j]);
    memset(quiet, 0, sizeof quiet);
    network_scaled(net, quiet, quiet_out);
    for (int j = 0; j < CHOSEN; j++) assert_true(isfinite(quiet_out[j]));
    network_destroy(net);
}

/* The slot of a network whose first layer is the LSTM's input, W = rows of the identity: shows the projection. */
static void projection_is_linear(void **state)
{
    (void)state;
    network *net = make_preprocessing();
    float row[ROW], scaled[CHOSEN], *weight = tensor(net, "projection.weight"), *mean = tensor(net, "projection.mean");
    draw_row(row);
    for (int i = 0; i < FEATURES * CHOSEN; i++) weight[i] = (float)(i % 5) - 2;
    for (int i = 0; i < CHOSEN; i++) mean[i] = 0.01f * (float)i;
    float *input = tensor(net, "lstm1.forward.weight_input");
    for (int g = 0; g < 8; g++)
        for (int f = 0; f < FEATURES; f++) input[g * FEATURES + f] = g == f;
    memset(tensor(net, "lstm1.forward.bias"), 0, 8 * sizeof(float));
    network_refresh(net);
    network_work *work = NULL;
    assert_int_equal(network_work_create(&work, net, 1, NULL), ET_OK);
    float *slot = malloc(network_slot_size(net) * sizeof *slot);
    network_frame(net, work, row, slot);
    network_scaled(net, row, scaled);
    for (int f = 0; f < FEATURES; f++) {
        double expected = 0;
        for (int j = 0; j < CHOSEN; j++) expected += (double)weight[f * CHOSEN + j] * ((double)scaled[j] - 0.01 * j);
        if (fabs((double)slot[f] - expected) > 1e-4) fail_msg("feature %d: %g, expected %g", f, (double)slot[f], expected);
    }
    free(slot);
    network_work_destroy(work);
    network_destroy(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_follow_the_names),
        cmocka_unit_test(columns_are_what_the_formula_says),
        cmocka_unit_test(gain_changes_nothing_and_silence_is_finite),
        cmocka_unit_test(projection_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
