/* The stages of a course that can be switched, each on songs whose law is known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/random.h"
#include "recipe/pipeline.h"

enum { SONGS = 160, ROWS = 24, COLUMNS = 36 };

/** A song: its level, which columns 0, 3, 6 ... show and both labels follow; and a number of its own, which decides what
 *  columns 1, 4, 7 ... show over time and what is added to the arousal. */
typedef struct world {
    double (*shown)(double own, int row), (*felt)(double own, int row);
    song_set set;
    part part[SONGS];
} world;

static void make_songs(world *w)
{
    random_numbers r = random_stream(17, RANDOM_EXAMPLE, 0);
    for (int c = 0; c < FUNCTIONAL_COUNT; c++) w->set.column_known[c] = c < COLUMNS;
    for (int i = 0; i < SONGS; i++) {
        char id[16];
        snprintf(id, sizeof id, "s%d", i);
        song *s = song_add(&w->set, id);
        double level = 2 * random_uniform(&r) - 1, own = random_uniform(&r);
        double offset[COLUMNS]; /* something of its own in every column of every song */
        for (int c = 0; c < COLUMNS; c++) offset[c] = 0.1 * random_normal(&r);
        s->row = calloc((size_t)ROWS * ROW_WIDTH, sizeof *s->row), s->rows = ROWS;
        for (int k = 0; k < ROWS; k++) {
            float *row = s->row + (size_t)k * ROW_WIDTH;
            double shown[3] = {level, w->shown(own, k), 0};
            for (int c = 0; c < COLUMNS; c++)
                row[c] = (float)(3 + offset[c] + 0.5 * shown[c % 3] + 0.05 * random_normal(&r));
            song_label(s, 0, 1 + k * 0.5, 0.4 * level, 0.3 * level + w->felt(own, k));
        }
        w->part[i] = i % 4 == 0 ? PART_TEST : PART_TRAIN;
    }
}

static score judge(const world *w, const pipeline_options *o)
{
    pipeline_result out;
    et_error error = {0};
    dataset one[1] = {{&w->set, w->part, 0}};
    if (pipeline_run(&out, one, 1, NULL, 0, o, NULL, false, NULL, &error)) fail_msg("%s", error.message);
    evaluation j = {0};
    for (int i = 0; i < SONGS; i++) {
        double(*answer)[TARGETS], end[ROWS];
        if (w->part[i] != PART_TEST) continue;
        for (int k = 0; k < ROWS; k++) end[k] = row_end_s(k);
        assert_int_equal(model_answers(out.model, &w->set.song[i], &answer, NULL), ET_OK);
        assert_int_equal(evaluation_add(&j, &w->set.song[i], end, (const double(*)[TARGETS])answer, ROWS, 0, NULL), ET_OK);
        free(answer);
    }
    score s;
    assert_int_equal(score_of(&s, &j, out.mean_label, NULL), ET_OK);
    evaluation_free(&j);
    pipeline_result_free(&out);
    return s;
}

static pipeline_options small_pipeline(void)
{
    pipeline_options o;
    assert_true(pipeline_defaults(&o, "dselfattention"));
    o.network.window = 4, o.network.channels = 2, o.network.hidden = 8, o.network.blocks = 1;
    o.network.relative = false;
    o.components = 12, o.batch = o.windows.batch = o.real.batch = 48, o.fit.epochs = 12, o.fit.rate = 0.01;
    return o;
}

static double swings(double own, int row)
{
    return own * (row % 2 ? 1 : -1);
}

static double as_it_swings(double own, int row)
{
    (void)row;
    return 0.6 * (own - 0.5);
}

/* The mean of a song says nothing about how it swings; its running deviation does. */
static void the_residual_learns_what_deviations_show(void **state)
{
    (void)state;
    world w = {.shown = swings, .felt = as_it_swings};
    make_songs(&w);
    pipeline_options o = small_pipeline();
    o.memory.deviation = true, o.components = 24;
    score level = judge(&w, &o);
    o.residual.on = true, o.residual.ridge = 1;
    score both = judge(&w, &o);
    double without = level.song_means[TARGET_AROUSAL].nse, with = both.song_means[TARGET_AROUSAL].nse;
    if (!(without < 0.7 && with > 0.8)) fail_msg("arousal: NSE %.3f without, %.3f with the residual", without, with);
    assert_true(both.song_means[TARGET_VALENCE].nse > 0.8);
    song_set_free(&w.set);
}

static double wanders(double own, int row)
{
    return sin(row * 0.5 + 6.3 * own);
}

static double as_it_wanders(double own, int row)
{
    return 0.3 * wanders(own, row);
}

/* All songs have the same mean course: a teacher of levels cannot know what one does meanwhile. */
static void real_windows_teach_what_the_teacher_cannot_know(void **state)
{
    (void)state;
    world w = {.shown = wanders, .felt = as_it_wanders};
    make_songs(&w);
    pipeline_options o = small_pipeline();
    o.memory = (memory_constants){0};
    score before = judge(&w, &o);
    o.real_epochs = 12, o.real_rate = 0.005, o.real.mix = 0, o.real.noise = 0;
    score plain = judge(&w, &o);
    o.real.mix = 0.5, o.real.noise = 0.2;
    score blurred = judge(&w, &o);
    double rs[3] = {before.within_r[TARGET_AROUSAL], plain.within_r[TARGET_AROUSAL], blurred.within_r[TARGET_AROUSAL]};
    if (!(rs[1] > 0.8 && rs[2] > 0.8 && rs[0] < rs[1] - 0.2))
        fail_msg("r within songs: %.3f before, %.3f after, %.3f mixed and with noise", rs[0], rs[1], rs[2]);
    song_set_free(&w.set);
}

static double still(double own, int row)
{
    (void)own, (void)row;
    return 0;
}

/* Rows full of noise: who has met openings says less in the first seconds and errs less. */
static void openings_teach_to_say_less_at_first(void **state)
{
    (void)state;
    world w = {.shown = still, .felt = still};
    make_songs(&w);
    random_numbers r = random_stream(23, RANDOM_EXAMPLE, 1);
    for (int i = 0; i < SONGS; i++)
        for (int k = 0; k < ROWS; k++) {
            double noise = random_normal(&r); /* common to the columns that show the level: only time tells it from level */
            for (int c = 0; c < COLUMNS; c += 3)
                w.set.song[i].row[(size_t)k * ROW_WIDTH + (size_t)c] += (float)(0.8 * noise);
        }
    pipeline_options o = small_pipeline();
    o.clip = o.distillation.clip = 10; /* clipping, too, says less */
    o.distillation.onset_share = 0;
    score before = judge(&w, &o);
    o.distillation.onset_share = 0.4;
    score after = judge(&w, &o);
    for (int i = 0; i < 2; i++) {
        double without = before.onset[i][TARGET_AROUSAL].nse, with = after.onset[i][TARGET_AROUSAL].nse;
        if (!(with > without + 0.1))
            fail_msg("after %g s: NSE %.3f without openings, %.3f with", onset_offset_s[i], without, with);
    }
    if (!(after.all[TARGET_VALENCE].nse > before.all[TARGET_VALENCE].nse - 0.05))
        fail_msg("over all: NSE %.3f, %.3f", before.all[TARGET_VALENCE].nse, after.all[TARGET_VALENCE].nse);
    song_set_free(&w.set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_residual_learns_what_deviations_show),
        cmocka_unit_test(real_windows_teach_what_the_teacher_cannot_know),
        cmocka_unit_test(openings_teach_to_say_less_at_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
