#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "live/mapping.h"
#include "model/model_file.h"

static et_emotion at(double time_s, double valence, double arousal, uint32_t flags)
{
    return (et_emotion){.time_s = time_s, .valence = (float)valence, .arousal = (float)arousal, .flags = flags};
}

static mapping of(mapping_options options)
{
    if (options.gain[0] == 0) options.gain[0] = options.gain[1] = 1;
    return (mapping){.options = options};
}

#define assert_near(a, b) assert_true(fabs((double)(a) - (b)) < 1e-6)

static void nothing_asked_changes_nothing(void **state)
{
    (void)state;
    float out[2];
    mapping m = of((mapping_options){.hold_s = -1});
    mapping_step(&m, &(et_emotion){.time_s = 1, .valence = .3f, .arousal = NAN, .flags = ET_FLAG_SILENCE}, out);
    assert_true(out[0] == .3f && isnan(out[1]));
}

static void gain_offset_and_range(void **state)
{
    (void)state;
    float out[2];
    mapping m = of((mapping_options){.range = MAPPING_UNIT, .hold_s = -1, .gain = {2, -1}, .offset = {.1, 0}});
    et_emotion e = at(1, .2, .5, 0);
    mapping_step(&m, &e, out);
    assert_near(out[0], (.5 + 1) / 2);
    assert_near(out[1], (-.5 + 1) / 2);
    e = at(2, .9, -.9, 0);
    mapping_step(&m, &e, out);
    assert_near(out[0], 1); /* never outside */
}

static void smoothing_goes_by_time_not_by_step(void **state)
{
    (void)state;
    for (int steps = 10; steps <= 1000; steps *= 10) {
        float out[2];
        mapping m = of((mapping_options){.hold_s = -1, .smooth_s = 2});
        et_emotion e = at(0, 0, 0, 0);
        mapping_step(&m, &e, out);
        for (int i = 1; i <= steps; i++) {
            e = at(2. * i / steps, 1, -1, 0);
            mapping_step(&m, &e, out);
        }
        assert_true(fabs((double)out[0] - (1 - exp(-1))) < 1e-5 && fabs((double)out[1] + (1 - exp(-1))) < 1e-5);
    }
}

static void silence_holds_then_lets_go(void **state)
{
    (void)state;
    float out[2];
    mapping m = of((mapping_options){.hold_s = 1, .decay_s = 2});
    et_emotion e = at(0, .8, .8, 0);
    mapping_step(&m, &e, out);
    e = at(1, .8, .8, ET_FLAG_SILENCE);
    mapping_step(&m, &e, out);
    assert_near(out[0], .8f);
    e = at(3, .8, .8, ET_FLAG_SILENCE);
    mapping_step(&m, &e, out);
    assert_near(out[0], .8f * exp(-1));
    e = at(3.01, .8, .8, 0);
    mapping_step(&m, &e, out);
    assert_near(out[0], .8f);
}

static void a_switch_changes_only_well_beyond_the_middle(void **state)
{
    (void)state;
    const double values[] = {.1, -.1, -.25, .1, .19, .21, -.19}, wanted[] = {1, 1, 0, 0, 0, 1, 1};
    mapping m = of((mapping_options){.switches = true, .switch_width = .2, .range = MAPPING_UNIT});
    mapping full = of((mapping_options){.switches = true, .switch_width = .2});
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        float out[2];
        et_emotion e = at((double)i, (float)values[i], NAN, 0);
        mapping_step(&m, &e, out);
        assert_near(out[0], wanted[i]);
        assert_true(isnan(out[1]));
        mapping_step(&full, &e, out);
        assert_near(out[0], 2 * wanted[i] - 1);
    }
}

static void ranks_lie_on_the_table(void **state)
{
    (void)state;
    percentiles p = {.count = 5, .value = {{-.4f, -.2f, 0, .1f, .1f}}};
    const double wanted[][2] = {{-1, 0}, {-.4, 0}, {-.3, .125}, {-.2, .25}, {.05, .625}, {.1, 1}, {1, 1}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_near(percentiles_rank(&p, 0, (double)(float)wanted[i][0]), wanted[i][1]);
    percentiles flat = {.count = 2, .value = {{.5f, .5f}}}; /* no step to stand on: all of it is below */
    assert_near(percentiles_rank(&flat, 0, .5), 0);
}

static void a_models_table_is_read_or_refused(void **state)
{
    (void)state;
    et_model model = {.name = "m", .metadata = json_object()};
    percentiles p;
    et_error error;
    assert_int_equal(percentiles_read(&p, &model, &error), ET_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "--range 0..1"));
    static const char *const wrong[] = {"3",
                                        "{}",
                                        "{\"valence\":[1],\"arousal\":[1]}",
                                        "{\"valence\":[0,1],\"arousal\":[1,0]}",
                                        "{\"valence\":[0,1],\"arousal\":[0,.5,1]}",
                                        "{\"valence\":[0,1],\"arousal\":[0,\"1\"]}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_object_set_new(model.metadata, "percentiles", json_loads(wrong[i], JSON_DECODE_ANY, NULL));
        assert_int_equal(percentiles_read(&p, &model, &error), ET_ERROR_FORMAT);
        assert_int_equal(p.count, 0);
    }
    json_object_set_new(model.metadata, "percentiles",
                        json_loads("{\"valence\":[-1,0,1],\"arousal\":[-0.5,0,0.5]}", 0, NULL));
    assert_int_equal(percentiles_read(&p, &model, &error), ET_OK);
    assert_int_equal(p.count, 3);
    float out[2];
    mapping m = {.options = {.range = MAPPING_PERCENTILE, .hold_s = -1, .gain = {1, 1}}, .table = p};
    et_emotion e = at(0, .5, .5, 0);
    mapping_step(&m, &e, out);
    assert_near(out[0], .75);
    assert_near(out[1], 1);
    json_decref(model.metadata);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_asked_changes_nothing),
        cmocka_unit_test(gain_offset_and_range),
        cmocka_unit_test(smoothing_goes_by_time_not_by_step),
        cmocka_unit_test(silence_holds_then_lets_go),
        cmocka_unit_test(a_switch_changes_only_well_beyond_the_middle),
        cmocka_unit_test(ranks_lie_on_the_table),
        cmocka_unit_test(a_models_table_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
