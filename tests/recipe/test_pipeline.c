#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../data/some_songs.h"
#include "recipe/pipeline.h"

/* A small world: 60 songs of 12 rows, 40 known by their means. */
enum { SONGS = 60, MEANS = 40, ROWS = 12 };
static song_set songs, means;
static char folder[] = "/tmp/emotrack-pipeline-XXXXXX", path[256];

static int make_world(void **state)
{
    (void)state;
    random_numbers r = random_stream(11, RANDOM_SAMPLE, 0);
    for (int c = 0; c < FUNCTIONAL_COUNT; c++) songs.column_known[c] = true, means.column_known[c] = c < 40;
    for (int i = 0; i < SONGS; i++) some_song(&songs, i, ROWS, 0, &r);
    for (int i = 0; i < MEANS; i++) some_song(&means, i, 1, 0, &r);
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/model.checkpoint", folder);
    return 0;
}

static int end_world(void **state)
{
    (void)state;
    song_set_free(&songs);
    song_set_free(&means);
    char command[300];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static pipeline_options small_pipeline(const char *name)
{
    pipeline_options o;
    assert_true(pipeline_defaults(&o, RECIPE_MUSIC, name));
    o.network.window = 4, o.network.channels = 2, o.network.hidden = 4, o.network.blocks = 1;
    o.distillation.pool = 2000, o.components = 8, o.batch = 24, o.members = 2, o.fit.epochs = 3;
    return o;
}

static et_status run(pipeline_result *out, const pipeline_options *o, const part *parts, const char *kept, bool resume,
                     const pipeline_hooks *hooks, et_error *error)
{
    dataset datasets[2] = {{&songs, parts, 0}, {&means, NULL, 0}};
    return pipeline_run(out, datasets, 2, NULL, 0, o, kept, resume, hooks, error);
}

static void same_networks(const char *what, const pipeline_result *a, const pipeline_result *b)
{
    assert_int_equal(a->model->members, b->model->members);
    for (int m = 0; m < a->model->members; m++) {
        const float *x = network_parameters(a->model->member[m]), *y = network_parameters(b->model->member[m]);
        for (size_t i = 0; i < network_parameter_count(a->model->member[m]); i++)
            if (memcmp(&x[i], &y[i], sizeof *x) != 0)
                fail_msg("%s: network %d, parameter %zu: %.9g and %.9g", what, m, i, (double)x[i], (double)y[i]);
    }
}

static void same_for_any_threads(pipeline_options o)
{
    pipeline_result one, three;
    assert_int_equal(run(&one, &o, NULL, NULL, false, NULL, NULL), ET_OK);
    o.fit.threads = 3;
    assert_int_equal(run(&three, &o, NULL, NULL, false, NULL, NULL), ET_OK);
    same_networks("1 and 3 threads", &one, &three);
    pipeline_result_free(&one);
    pipeline_result_free(&three);
}

static void any_number_of_threads_gives_the_same_bytes(void **state)
{
    (void)state;
    same_for_any_threads(small_pipeline("dselfattention"));
}

static bool stop_at(void *user)
{
    int *left = user;
    return --*left < 0;
}

static void stop_and_go_on(const pipeline_options *o, int steps)
{
    pipeline_result whole, part_way, resumed;
    assert_int_equal(run(&whole, o, NULL, NULL, false, NULL, NULL), ET_OK);
    pipeline_hooks hooks = {.fit = {.stop = stop_at, .user = &steps}};
    assert_int_equal(run(&part_way, o, NULL, path, false, &hooks, NULL), ET_OK);
    assert_true(part_way.interrupted);
    assert_int_equal(part_way.model->members, 2);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(run(&resumed, o, NULL, path, true, NULL, NULL), ET_OK);
    same_networks("stopped and resumed", &whole, &resumed);
    assert_int_equal(unlink(path), 0); /* it stays until the model is in a file */
    pipeline_result_free(&whole);
    pipeline_result_free(&part_way);
    pipeline_result_free(&resumed);
}

static void a_stopped_run_goes_on_to_the_same_bytes(void **state)
{
    (void)state;
    pipeline_options o = small_pipeline("cnn");
    stop_and_go_on(&o, 230); /* in the second network's second epoch */
}

/* Killed at moments that nobody chose, as often as it takes. */
static void kill_and_go_on(const pipeline_options *o)
{
    pipeline_result whole, resumed;
    assert_int_equal(run(&whole, o, NULL, NULL, false, NULL, NULL), ET_OK);
    int kills = 0;
    for (useconds_t wait_us = 3000; kills < 8; wait_us = wait_us * 5 / 3 + 1777, kills++) {
        pid_t child = fork();
        if (child == 0) {
            pipeline_result out;
            et_status status = run(&out, o, NULL, path, true, NULL, NULL);
            _exit(status == ET_OK ? 7 : 1);
        }
        usleep(wait_us);
        kill(child, SIGKILL);
        int how;
        waitpid(child, &how, 0);
        if (WIFEXITED(how)) break;
    }
    assert_true(kills > 0);
    assert_int_equal(run(&resumed, o, NULL, path, true, NULL, NULL), ET_OK);
    same_networks("killed and resumed", &whole, &resumed);
    assert_int_equal(unlink(path), 0);
    pipeline_result_free(&whole);
    pipeline_result_free(&resumed);
}

static void a_killed_run_goes_on_to_the_same_bytes(void **state)
{
    (void)state;
    pipeline_options o = small_pipeline("bilstm");
    o.members = 1, o.fit.epochs = 6;
    kill_and_go_on(&o);
}

static void count_epoch(void *user, const fit_epoch *e)
{
    (void)e;
    ++*(int *)user;
}

/* Killed after the last epoch and before the model was written: no epoch is trained again, early stopping or not. */
static void a_finished_course_is_taken_up_as_it_is(void **state)
{
    (void)state;
    part parts[SONGS];
    for (int i = 0; i < SONGS; i++) parts[i] = i % 4 == 0 ? PART_VALIDATION : PART_TRAIN;
    for (int patience = 0; patience < 2; patience++) {
        pipeline_options o = small_pipeline("cnn");
        o.taught = false, o.members = 1, o.fit.epochs = 40, o.fit.patience = patience;
        if (patience == 0) o.fit.epochs = 2;
        int epochs = 0, more = 0;
        pipeline_hooks count = {.fit = {.epoch = count_epoch, .user = &epochs}};
        pipeline_hooks count_more = {.fit = {.epoch = count_epoch, .user = &more}};
        pipeline_result whole, again;
        assert_int_equal(run(&whole, &o, parts, path, false, &count, NULL), ET_OK);
        assert_true(epochs >= 2 && (patience == 0 || epochs < 40));
        assert_int_equal(run(&again, &o, parts, path, true, &count_more, NULL), ET_OK);
        assert_int_equal(more, 0);
        same_networks("resumed at the end", &whole, &again);
        assert_int_equal(unlink(path), 0);
        pipeline_result_free(&whole);
        pipeline_result_free(&again);
    }
}

static void a_checkpoint_of_another_run_is_refused(void **state)
{
    (void)state;
    pipeline_options o = small_pipeline("bilstm");
    int left = 60;
    pipeline_hooks hooks = {.fit = {.stop = stop_at, .user = &left}};
    pipeline_result out;
    et_error error;
    assert_int_equal(run(&out, &o, NULL, path, false, &hooks, &error), ET_OK);
    pipeline_result_free(&out);
    pipeline_options other[] = {o, o, o, o, o};
    other[0].fit.rate *= 2, other[1].families = WITH_DESCRIPTORS, other[2].teacher.part_ridge = 1;
    other[3].distillation.onset_share = 0.1, other[4].distillation.pool++;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(run(&out, &other[i], NULL, path, true, NULL, &error), ET_ERROR_FORMAT);
        assert_non_null(strstr(error.message, "belongs to a run"));
    }
    unlink(path);
}

static void no_room_for_the_checkpoint_is_one_error(void **state)
{
    (void)state;
    pipeline_options o = small_pipeline("bilstm");
    pipeline_result out;
    et_error error;
    assert_int_equal(run(&out, &o, NULL, "/nowhere/model.checkpoint", false, NULL, &error), ET_ERROR_FILE);
    assert_non_null(strstr(error.message, "/nowhere/model.checkpoint"));
}

/* Songs that were never trained on: the law is found. And a test song must not leak into anything that is fitted. */
static void learns_what_test_songs_follow(void **state)
{
    (void)state;
    part parts[SONGS];
    for (int i = 0; i < SONGS; i++) parts[i] = i % 4 == 0 ? PART_TEST : PART_TRAIN;
    pipeline_options o = small_pipeline("dselfattention");
    o.members = 1, o.fit.epochs = 10;
    pipeline_result before, after;
    assert_int_equal(run(&before, &o, parts, NULL, false, NULL, NULL), ET_OK);
    evaluation j = {0};
    for (int i = 0; i < SONGS; i += 4) {
        double(*answer)[TARGETS], end[ROWS];
        for (int k = 0; k < ROWS; k++) end[k] = row_end_s(k);
        assert_int_equal(model_answers(before.model, &songs.song[i], &answer, NULL), ET_OK);
        assert_int_equal(evaluation_add(&j, &songs.song[i], end, (const double(*)[TARGETS])answer, ROWS, 0, NULL), ET_OK);
        free(answer);
    }
    score s;
    assert_int_equal(score_of(&s, &j, before.mean_label, NULL), ET_OK);
    for (int t = 0; t < TARGETS; t++)
        if (!(s.all[t].nse > 0.8)) fail_msg("target %d: NSE %.3f on test songs", t, s.all[t].nse);
    evaluation_free(&j);
    for (int i = 0; i < SONGS; i += 4)
        for (int k = 0; k < ROWS * ROW_WIDTH; k++) songs.song[i].row[k] *= 3;
    assert_int_equal(run(&after, &o, parts, NULL, false, NULL, NULL), ET_OK);
    same_networks("other test songs", &before, &after);
    pipeline_result_free(&before);
    pipeline_result_free(&after);
    for (int i = 0; i < SONGS; i += 4)
        for (int k = 0; k < ROWS * ROW_WIDTH; k++) songs.song[i].row[k] /= 3;
}

/** So many columns are known from now on: a forest takes its time with all of them. */
static void know_columns(int count)
{
    for (int c = 0; c < FUNCTIONAL_COUNT; c++) songs.column_known[c] = c < count;
}

static void learns_from_labels_over_time_without_a_teacher(void **state)
{
    (void)state;
    know_columns(40);
    part parts[SONGS];
    for (int i = 0; i < SONGS; i++) parts[i] = i % 4 == 0 ? PART_VALIDATION : PART_TRAIN;
    pipeline_options o;
    assert_true(pipeline_defaults(&o, RECIPE_SEED, "cnnbilstm"));
    o.network.window = 3, o.network.channels = 2, o.network.hidden = 4;
    o.split_frames = false, o.fit.epochs = 4, o.batch = 32;
    pipeline_result out;
    et_error error = {0};
    dataset one[1] = {{&songs, parts, 0}};
    et_status status = pipeline_run(&out, one, 1, NULL, 0, &o, NULL, false, NULL, &error);
    if (status) fail_msg("%s", error.message);
    double(*answer)[TARGETS];
    assert_int_equal(model_answers(out.model, &songs.song[0], &answer, NULL), ET_OK);
    assert_true(fabs(answer[ROWS - 1][TARGET_AROUSAL] - (double)songs.song[0].label[0][TARGET_AROUSAL]) < 0.3);
    free(answer);
    pipeline_result_free(&out);
    know_columns(FUNCTIONAL_COUNT);
}

/* Each of the ten as the reference research code trains them: answers are labels again, not 0 .. 1. */
static void every_network_trains_by_the_seed_recipe(void **state)
{
    (void)state;
    dataset one[1] = {{&songs, NULL, 0}};
    know_columns(40);
    double sum = 0, least = 1, largest = -1;
    for (int i = 0; i < SONGS; i++) {
        double label = (double)songs.song[i].label[0][TARGET_AROUSAL],
               other = (double)songs.song[i].label[0][TARGET_VALENCE];
        sum += (label + other) / 2 / SONGS;
        least = fmin(least, fmin(label, other)), largest = fmax(largest, fmax(label, other));
    }
    for (const char *const *name = network_names(); *name; name++) {
        pipeline_options o;
        assert_true(pipeline_defaults(&o, RECIPE_SEED, *name));
        o.network.window = 3, o.network.channels = 2, o.network.hidden = 3, o.network.blocks = 2;
        o.fit.epochs = 3, o.batch = 48;
        if (name != network_names()) o.projection = PROJECTION_PCA, o.components = 8; /* one forest is enough */
        pipeline_result out;
        et_error error = {0};
        if (pipeline_run(&out, one, 1, NULL, 0, &o, NULL, false, NULL, &error)) fail_msg("%s: %s", *name, error.message);
        double range = largest - least, mean = 0;
        assert_true(fabs((double)out.model->label_low - (least - range)) < 1e-6);
        assert_true(fabs((double)out.model->label_high - largest) < 1e-6);
        for (int i = 0; i < SONGS; i++) {
            double(*answer)[TARGETS];
            assert_int_equal(model_answers(out.model, &songs.song[i], &answer, NULL), ET_OK);
            mean += (answer[ROWS - 1][TARGET_AROUSAL] + answer[ROWS - 1][TARGET_VALENCE]) / 2 / SONGS;
            free(answer);
        }
        /* in 0 .. 1 the labels' mean would be above 0.4; so few steps do not get every network near it */
        if (!(fabs(mean - sum) < 0.4)) fail_msg("%s answers %.3f on average, labels are %.3f", *name, mean, sum);
        pipeline_result_free(&out);
    }
    know_columns(FUNCTIONAL_COUNT);
}

/* A test song changes the range of a column only where scaling has seen all songs. */
static void scaling_sees_training_songs_or_all(void **state)
{
    (void)state;
    part parts[SONGS];
    for (int i = 0; i < SONGS; i++) parts[i] = i == 7 ? PART_TEST : PART_TRAIN;
    dataset one[1] = {{&songs, parts, 0}};
    pipeline_options o;
    assert_true(pipeline_defaults(&o, RECIPE_SEED, "bilstm"));
    o.network.window = 2, o.network.hidden = 2, o.fit.epochs = 1, o.split_frames = false;
    o.projection = PROJECTION_NONE;
    float kept = songs.song[7].row[3], largest[2];
    songs.song[7].row[3] = 50;
    for (int all = 0; all < 2; all++) {
        o.scale_all = all;
        pipeline_result out;
        assert_int_equal(pipeline_run(&out, one, 1, NULL, 0, &o, NULL, false, NULL, NULL), ET_OK);
        const network *net = out.model->member[0];
        const float *parameters = network_parameters((network *)net);
        largest[all] = parameters[network_tensor_find(net, "scaling.mean")->offset + 3] +
                       parameters[network_tensor_find(net, "scaling.deviation")->offset + 3];
        pipeline_result_free(&out);
    }
    songs.song[7].row[3] = kept;
    assert_true(largest[0] < 10);
    assert_true(fabsf(largest[1] - 50) < 1e-3f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(a_stopped_run_goes_on_to_the_same_bytes),
        cmocka_unit_test(a_killed_run_goes_on_to_the_same_bytes),
        cmocka_unit_test(a_finished_course_is_taken_up_as_it_is),
        cmocka_unit_test(a_checkpoint_of_another_run_is_refused),
        cmocka_unit_test(no_room_for_the_checkpoint_is_one_error),
        cmocka_unit_test(learns_what_test_songs_follow),
        cmocka_unit_test(learns_from_labels_over_time_without_a_teacher),
        cmocka_unit_test(every_network_trains_by_the_seed_recipe),
        cmocka_unit_test(scaling_sees_training_songs_or_all),
    };
    return cmocka_run_group_tests(tests, make_world, end_world);
}
