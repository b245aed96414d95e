#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plot/plot_annotation.h"

static void envelope_holds_any_length(void **state)
{
    (void)state;
    static envelope e;
    static float block[2 * 10000];
    envelope_begin(&e, 44100);
    for (int k = 0; k < 600; k++) {
        for (int i = 0; i < 20000; i++) block[i] = i % 2 ? 0.25f : -0.5f;
        if (k == 300) block[777] = 0.9f;
        envelope_push(&e, block, 10000, 2);
    }
    assert_int_equal(e.frames, 6000000);
    assert_int_equal(e.bins, (e.frames + e.frames_per_bin - 1) / e.frames_per_bin);
    double highest = 0;
    size_t where = 0;
    for (size_t i = 0; i < e.bins; i++) {
        assert_true(e.low[i] == -0.5);
        if (e.high[i] <= highest) continue;
        highest = e.high[i];
        where = i;
    }
    assert_true(fabs(highest - 0.9) < 1e-6);
    assert_int_equal(where, (3000000 + 777 / 2) / e.frames_per_bin);
}

static void annotation_is_one_svg(void **state)
{
    (void)state;
    static envelope sound;
    float samples[441] = {0.3f, -0.6f};
    et_emotion rows[60];
    envelope_begin(&sound, 44100);
    for (int i = 0; i < 3000; i++) envelope_push(&sound, samples, 441, 1);
    for (int i = 0; i < 60; i++)
        rows[i] = (et_emotion){.time_s = 1 + 0.5 * i,
                               .valence = sinf(0.1f * (float)i),
                               .arousal = cosf(0.07f * (float)i),
                               .flags = i > 40 && i < 50 ? ET_FLAG_SILENCE : 0};
    const char *path = getenv("EMOTRACK_TEST_PLOT") ? getenv("EMOTRACK_TEST_PLOT") : "test_annotation.svg";
    et_error error = {0};
    assert_int_equal(plot_annotation(path, "a <song> & more", rows, 60, &sound, NULL, &error), ET_OK);
    static char text[400000];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(text, "a &lt;song&gt; &amp; more"));
    assert_non_null(strstr(text, "silence"));
    assert_null(strstr(text, "clipped"));
    assert_null(strstr(text, "nan"));
    assert_string_equal(text + strlen(text) - 7, "</svg>\n");
    if (getenv("EMOTRACK_TEST_PLOT") == NULL) remove(path);
}

static void nothing_to_draw_is_an_error(void **state)
{
    (void)state;
    static envelope sound;
    envelope_begin(&sound, 44100);
    et_error error = {0};
    assert_int_equal(plot_annotation("never.svg", "x", NULL, 0, &sound, NULL, &error), ET_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envelope_holds_any_length),
        cmocka_unit_test(annotation_is_one_svg),
        cmocka_unit_test(nothing_to_draw_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
