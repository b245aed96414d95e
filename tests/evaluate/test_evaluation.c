#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "evaluate/evaluation.h"

static void near(const char *what, double found, double wanted)
{
    if (!(fabs(found - wanted) <= 1e-12)) fail_msg("%s: %.17g, wanted %.17g", what, found, wanted);
}

/* Answers every half second from 1 s on: row k is k / 10 for valence, and the same times `arousal` for arousal. */
static void add(evaluation *j, song *s, int rows, double arousal)
{
    double end[16], answer[16][TARGETS];
    for (int k = 0; k < rows; k++) {
        end[k] = row_end_s(k);
        answer[k][TARGET_VALENCE] = k / 10.0, answer[k][TARGET_AROUSAL] = arousal * k / 10.0;
    }
    assert_int_equal(evaluation_add(j, s, end, (const double(*)[TARGETS])answer, rows, 0, NULL), ET_OK);
}

/* r inside the songs: valence 1, -1 and undefined (its labels stand still); arousal 1 and 0 (its answers stand still). */
static void within_songs_is_the_mean_of_r(void **state)
{
    (void)state;
    double times[3] = {2, 3, 4};
    float labels[3][3][TARGETS];
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            labels[i][k][TARGET_VALENCE] = i == 0 ? 0.1f * (float)k : i == 1 ? -0.1f * (float)k : 0.3f;
            labels[i][k][TARGET_AROUSAL] = i == 2 ? 0.2f : 0.25f * (float)k;
        }
    evaluation j = {0};
    for (int i = 0; i < 3; i++) {
        song s = {.id = "s", .labels = 3, .label_time_s = times, .label = labels[i]};
        add(&j, &s, 9, i == 1 ? 0 : 1);
    }
    score s;
    assert_int_equal(score_of(&s, &j, (const double[]){NAN, NAN}, NULL), ET_OK);
    assert_int_equal(s.within_songs[TARGET_VALENCE], 2);
    near("valence", s.within_r[TARGET_VALENCE], 0);
    assert_int_equal(s.within_songs[TARGET_AROUSAL], 2);
    near("arousal", s.within_r[TARGET_AROUSAL], 0.5);
    evaluation_free(&j);
}

static void onsets_are_the_answers_of_the_first_seconds(void **state)
{
    (void)state;
    float label[1][TARGETS] = {{0.25f, 0.5f}}, other[1][TARGETS] = {{0.75f, 0}};
    song clip = {.id = "a", .labels = 1, .label = label}, brief = {.id = "b", .labels = 1, .label = other};
    evaluation j = {0};
    add(&j, &clip, 12, 2);
    add(&j, &brief, 3, 2); /* 2 s of sound */
    const double wanted[4] = {0, 0.2, 0.4, 0.8};
    for (int i = 0; i < 4; i++) {
        near("valence", j.onset[0][i][TARGET_VALENCE], wanted[i]);
        near("arousal", j.onset[0][i][TARGET_AROUSAL], 2 * wanted[i]);
        if (i < 2) near("of two seconds", j.onset[1][i][TARGET_VALENCE], wanted[i]);
        if (i >= 2) assert_true(isnan(j.onset[1][i][TARGET_VALENCE]));
    }
    score s;
    assert_int_equal(score_of(&s, &j, (const double[]){NAN, NAN}, NULL), ET_OK);
    assert_int_equal(s.onset[1][TARGET_VALENCE].n, 2);
    near("rmse", s.onset[1][TARGET_VALENCE].rmse, sqrt((0.05 * 0.05 + 0.55 * 0.55) / 2));
    assert_int_equal(s.onset[3][TARGET_VALENCE].n, 1);
    assert_int_equal(s.within_songs[TARGET_VALENCE], 0);
    evaluation_free(&j);
}

/* Many songs: the room for them grows. */
static void any_number_of_songs(void **state)
{
    (void)state;
    float label[1][TARGETS] = {{0.25f, 0.5f}};
    song clip = {.id = "a", .labels = 1, .label = label};
    evaluation j = {0};
    for (int i = 0; i < 200; i++) add(&j, &clip, 6, i / 100.0);
    near("the last one's", j.onset[199][1][TARGET_AROUSAL], 0.2 * 1.99);
    evaluation_free(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_songs_is_the_mean_of_r),
        cmocka_unit_test(onsets_are_the_answers_of_the_first_seconds),
        cmocka_unit_test(any_number_of_songs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
