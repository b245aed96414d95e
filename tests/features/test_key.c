#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "features/key.h"

/* Tonic, third and fifth, then the scale's other degrees, more softly. */
static void make_key(int key, float chroma[CHROMA_COUNT])
{
    static const float major[] = {1, 0, .4f, 0, .8f, .5f, 0, .9f, 0, .4f, 0, .3f};
    static const float minor[] = {1, 0, .4f, .8f, 0, .5f, 0, .9f, .4f, 0, 0, .3f};
    for (int i = 0; i < CHROMA_COUNT; i++) chroma[(i + key) % CHROMA_COUNT] = (key < CHROMA_COUNT ? major : minor)[i];
}

static void every_key_is_found(void **state)
{
    (void)state;
    for (int key = 0; key < KEY_COUNT; key++) {
        float chroma[CHROMA_COUNT];
        make_key(key, chroma);
        key_fit fit = key_find(chroma);
        assert_int_equal(fit.key, key);
        assert_true(fit.clarity > 0.8f && fit.clarity <= 1.0f);
        assert_true(key < CHROMA_COUNT ? fit.majorness > 0.1f : fit.majorness < -0.1f);
    }
}

static void scale_and_offset_of_the_chroma_change_nothing(void **state)
{
    (void)state;
    float chroma[CHROMA_COUNT];
    make_key(15, chroma);
    key_fit plain = key_find(chroma);
    for (int i = 0; i < CHROMA_COUNT; i++) chroma[i] = 0.01f * chroma[i] + 0.5f;
    key_fit faint = key_find(chroma);
    assert_int_equal(faint.key, plain.key);
    assert_float_equal(faint.clarity, plain.clarity, 1e-4);
    assert_float_equal(faint.majorness, plain.majorness, 1e-4);
}

static void equal_values_fit_no_key(void **state)
{
    (void)state;
    float chroma[CHROMA_COUNT];
    for (int i = 0; i < CHROMA_COUNT; i++) chroma[i] = 0.7f;
    key_fit fit = key_find(chroma);
    assert_true(fit.clarity == 0.0f && fit.majorness == 0.0f);
}

static void names_are_told_from_the_tonic(void **state)
{
    (void)state;
    assert_string_equal(key_name(0), "C major");
    assert_string_equal(key_name(9), "A major");
    assert_string_equal(key_name(12), "C minor");
    assert_string_equal(key_name(23), "B minor");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_found),
        cmocka_unit_test(scale_and_offset_of_the_chroma_change_nothing),
        cmocka_unit_test(equal_values_fit_no_key),
        cmocka_unit_test(names_are_told_from_the_tonic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
