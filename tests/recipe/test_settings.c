/* The table of settings: every entry can be said, is heard, counts, and refuses what it does not take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "recipe/settings.h"

enum { MOST = 128 };

static const char *text[MOST];

static void apply(pipeline_options *o)
{
    et_error error = {0};
    if (settings_apply(o, text, &error) != ET_OK) fail_msg("%s", error.message);
}

static void clear(void)
{
    assert_true(settings_count() < MOST);
    memset(text, 0, sizeof text);
}

/* What a setting says of itself sets it to the same, for either recipe. */
static void texts_come_back_as_they_were(void **state)
{
    (void)state;
    static const char *const recipes[] = {"music", "seed"};
    static char room[MOST][SETTING_TEXT_MOST];
    for (int r = 0; r < 2; r++) {
        pipeline_options o, again;
        clear();
        text[0] = recipes[r], text[1] = "cnnbilstm";
        apply(&o);
        for (int i = 0; i < settings_count(); i++) setting_text(&settings_table[i], &o, room[i]), text[i] = room[i];
        assert_string_equal(text[0], recipes[r]);
        apply(&again);
        for (int i = 0; i < settings_count(); i++) {
            char then[SETTING_TEXT_MOST];
            setting_text(&settings_table[i], &again, then);
            assert_string_equal(then, room[i]);
        }
        assert_int_equal(settings_digest(DIGEST_START, &o), settings_digest(DIGEST_START, &again));
    }
}

/** Another value than the setting has. */
static void other_value(const setting *s, const char *now, char out[SETTING_TEXT_MOST])
{
    const char *words = s->kind == SETTING_FLAG || s->kind == SETTING_UNLESS ? "true|false" : s->words;
    double value = strtod(now, NULL), middle = s->high < 1000 ? (s->low + s->high) / 2 : s->low + 100;
    switch (s->kind) {
    case SETTING_INTEGER:
    case SETTING_SEED: snprintf(out, SETTING_TEXT_MOST, "%.0f", value == s->high ? s->low : value + 1); break;
    case SETTING_NUMBER:
    case SETTING_FLOAT: snprintf(out, SETTING_TEXT_MOST, "%g", value == middle ? s->low : middle); break;
    case SETTING_NETWORK: snprintf(out, SETTING_TEXT_MOST, "%s", "cnn"); break;
    case SETTING_FAMILIES: snprintf(out, SETTING_TEXT_MOST, "%s", "descriptors,harmony"); break;
    default:
        if (strncmp(words, now, strlen(now)) == 0) words += strcspn(words, "|") + 1;
        snprintf(out, SETTING_TEXT_MOST, "%.*s", (int)strcspn(words, "|"), words);
    }
}

static void each_setting_is_heard_and_counts(void **state)
{
    (void)state;
    pipeline_options plain, changed;
    clear();
    apply(&plain);
    for (int i = 0; i < settings_count(); i++) {
        const setting *s = &settings_table[i];
        char now[SETTING_TEXT_MOST], other[SETTING_TEXT_MOST], then[SETTING_TEXT_MOST];
        if (s->low == s->high && (s->kind == SETTING_NUMBER || s->kind == SETTING_INTEGER)) continue; /* one value alone */
        setting_text(s, &plain, now);
        other_value(s, now, other);
        clear();
        text[i] = other;
        apply(&changed);
        setting_text(s, &changed, then);
        if (strcmp(then, other) != 0) fail_msg("%s: set to %s, it is %s", s->name, other, then);
        if (settings_digest(DIGEST_START, &plain) == settings_digest(DIGEST_START, &changed))
            fail_msg("%s does not count", s->name);
    }
}

static void names_stand_once_and_all_are_in_the_object(void **state)
{
    (void)state;
    pipeline_options o;
    clear();
    apply(&o);
    json_t *all = settings_json(&o);
    assert_int_equal(json_object_size(all), settings_count());
    assert_string_equal(json_string_value(json_object_get(all, "network")), "dselfattention");
    assert_true(json_is_false(json_object_get(all, "absolute")));
    json_decref(all);
}

static void what_it_does_not_take_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *says;
    } cases[] = {
        {"rate", "0", "--rate takes a number from 1e-08 to 1, not '0'"},
        {"rate", "nan", "not 'nan'"},
        {"hidden", "2.5", "--hidden takes a whole number from 1 to 1024, not '2.5'"},
        {"hidden", "", "not ''"},
        {"loss", "mae", "--loss is one of mse|ccc|mix, not 'mae'"},
        {"absolute", "maybe", "--absolute is one of true|false"},
        {"family", "eyes", "--family takes descriptors, ear, harmony"},
        {"network", "resnet", "there is no network 'resnet'; known: dselfattention"},
        {"recipe", "soup", "--recipe is one of music|seed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pipeline_options o;
        et_error error = {0};
        clear();
        for (int k = 0; settings_table[k].name; k++)
            if (strcmp(settings_table[k].name, cases[i].name) == 0) text[k] = cases[i].value;
        assert_int_equal(settings_apply(&o, text, &error), ET_ERROR_ARGUMENT);
        if (!strstr(error.message, cases[i].says)) fail_msg("%s %s: %s", cases[i].name, cases[i].value, error.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_come_back_as_they_were),
        cmocka_unit_test(each_setting_is_heard_and_counts),
        cmocka_unit_test(names_stand_once_and_all_are_in_the_object),
        cmocka_unit_test(what_it_does_not_take_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
