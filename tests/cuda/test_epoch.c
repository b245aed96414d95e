/* An epoch of training on the GPU (emulated where there is none) and on the CPU from one start: the same losses, and the
   same figures on songs that were not trained on. Songs of DEAM where they lie beside the checkout, else some of their
   shape. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../data/some_songs.h"
#include "control.h"
#include "cuda_runtime.h"
#include "data/song_features.h"
#include "data/songs.h"
#include "recipe/pipeline.h"

enum { SONGS = 18, ROWS = 89, EPOCHS_MOST = 4 };
#define LOSS_TOLERANCE 2e-4   /* of the CPU's loss */
#define FIGURE_TOLERANCE 1e-3 /* RMSE, r, NSE, CCC */
static song_set songs;
static part parts[SONGS];

/* The first songs of DEAM with the features that its authors ship. */
static bool read_deam_songs(void)
{
    if (song_set_read(&songs, SHARED_DATA "/data/deam", NULL, NULL, NULL) != ET_OK) return false;
    while (songs.songs > SONGS) song_drop_last(&songs);
    feature_options files = {.source = FEATURES_FROM_FILES, .threads = 1};
    if (song_set_features(&songs, &files, NULL, NULL) == ET_OK && songs.songs == SONGS) return true;
    song_set_free(&songs);
    return false;
}

static int find_songs(void **state)
{
    (void)state;
    for (int i = 0; i < SONGS; i++) parts[i] = i % 3 == 0 ? PART_VALIDATION : PART_TRAIN;
    if (read_deam_songs()) {
        print_message("on %d songs of DEAM\n", SONGS);
        return 0;
    }
    random_numbers r = random_stream(7, RANDOM_SAMPLE, 0);
    for (int c = 0; c < FUNCTIONAL_COUNT; c++) songs.column_known[c] = true;
    for (int i = 0; i < SONGS; i++) some_song(&songs, i, ROWS, 0.2, &r);
    print_message("on %d songs of DEAM's shape\n", SONGS);
    return 0;
}

static int free_songs(void **state)
{
    (void)state;
    song_set_free(&songs);
    return 0;
}

/* What a training leaves: each epoch's loss and validation, the parameters, and the figures on songs not trained on. */
typedef struct outcome {
    int steps_left; /* until it is stopped */
    int epochs;
    size_t count;
    double loss[EPOCHS_MOST], validation[EPOCHS_MOST];
    float *parameter;
    score score;
} outcome;

static void note(void *user, const fit_epoch *e)
{
    outcome *o = user;
    assert_true(o->epochs < EPOCHS_MOST);
    o->loss[o->epochs] = e->loss, o->validation[o->epochs++] = e->validation;
}

static bool stop(void *user)
{
    outcome *o = user;
    return o->steps_left-- == 0;
}

static void evaluate(outcome *o, const pipeline_result *result)
{
    evaluation j = {0};
    for (int i = 0; i < SONGS; i++) {
        if (parts[i] == PART_TRAIN) continue;
        const song *s = &songs.song[i];
        double(*answer)[TARGETS], *end = calloc((size_t)s->rows, sizeof *end);
        for (int k = 0; k < s->rows; k++) end[k] = row_end_s(k);
        assert_int_equal(model_answers(result->model, s, &answer, NULL), ET_OK);
        assert_int_equal(evaluation_add(&j, s, end, (const double(*)[TARGETS])answer, s->rows, 0, NULL), ET_OK);
        free(answer), free(end);
    }
    assert_int_equal(score_of(&o->score, &j, result->mean_label, NULL), ET_OK);
    evaluation_free(&j);
}

/* @param steps  after which it is stopped; -1: never   @param kept  checkpoint, or NULL */
static outcome run(pipeline_options options, const char *device, int steps, const char *kept)
{
    outcome out = {.steps_left = steps};
    options.fit.device = device;
    pipeline_hooks hooks = {.fit = {.epoch = note, .stop = stop, .user = &out}};
    dataset one[1] = {{&songs, parts, 0}};
    pipeline_result result;
    et_error error = {0};
    if (pipeline_run(&result, one, 1, NULL, 0, &options, kept, true, &hooks, &error) != ET_OK) fail_msg("%s", error.message);
    out.count = network_parameter_count(result.model->member[0]);
    out.parameter = malloc(out.count * sizeof *out.parameter);
    memcpy(out.parameter, network_parameters(result.model->member[0]), out.count * sizeof *out.parameter);
    evaluate(&out, &result);
    pipeline_result_free(&result);
    return out;
}

/* ---- the CPU's loss and figures ---------------------------------------------------------------------------------- */

static void near(const char *what, double cpu, double gpu, double tolerance)
{
    if (!(fabs(cpu - gpu) <= tolerance)) fail_msg("%s: %.6f, on the CPU %.6f", what, gpu, cpu);
}

static void same_figures(const char *name, const outcome *cpu, const outcome *gpu)
{
    assert_int_equal(cpu->epochs, gpu->epochs);
    for (int e = 0; e < cpu->epochs; e++) {
        print_message("loss %.6f (CPU %.6f), validation %.6f (CPU %.6f)\n", gpu->loss[e], cpu->loss[e], gpu->validation[e],
                      cpu->validation[e]);
        near("loss", cpu->loss[e], gpu->loss[e], LOSS_TOLERANCE * cpu->loss[e]);
        near("validation", cpu->validation[e], gpu->validation[e], LOSS_TOLERANCE * cpu->validation[e]);
    }
    for (int t = 0; t < TARGETS; t++) {
        const metrics *a = &cpu->score.all[t], *b = &gpu->score.all[t];
        print_message("%s, %s: RMSE %.4f (CPU %.4f), r %.4f (%.4f), NSE %.4f (%.4f), CCC %.4f (%.4f)\n", name,
                      t == TARGET_AROUSAL ? "arousal" : "valence", b->rmse, a->rmse, b->r, a->r, b->nse, a->nse, b->ccc,
                      a->ccc);
        near("RMSE", a->rmse, b->rmse, FIGURE_TOLERANCE);
        near("r", a->r, b->r, FIGURE_TOLERANCE);
        near("NSE", a->nse, b->nse, FIGURE_TOLERANCE);
        near("CCC", a->ccc, b->ccc, FIGURE_TOLERANCE);
    }
}

static void small(pipeline_options *o)
{
    o->network.window = 8, o->network.channels = 4, o->network.hidden = 24, o->network.blocks = 1;
    o->projection = PROJECTION_PCA, o->components = 16;
    o->batch = 64;
    o->split_frames = false;
    o->fit.epochs = 1, o->fit.patience = 0, o->fit.rate = 0.001;
    /* Else Adam makes a step of mere rounding where a gradient is zero on paper (a bias in front of a batch norm), and
       running averages follow it late: validation, not the loss, would differ by some thousandths. */
    o->fit.optimiser.epsilon = 1e-5;
}

static void compare(const char *name, const pipeline_options *o)
{
    outcome cpu = run(*o, "cpu", -1, NULL), gpu = run(*o, "cuda", -1, NULL);
    same_figures(name, &cpu, &gpu);
    free(cpu.parameter), free(gpu.parameter);
}

static void on_labels_an_epoch_is_the_cpus(void **state)
{
    (void)state;
    pipeline_options o;
    assert_true(pipeline_defaults(&o, RECIPE_SEED, "dselfattention"));
    small(&o);
    compare("on labels", &o);
}

static void taught_an_epoch_is_the_cpus(void **state)
{
    (void)state;
    pipeline_options o;
    assert_true(pipeline_defaults(&o, RECIPE_MUSIC, "dselfattention"));
    small(&o);
    o.batch = 32;
    compare("taught", &o);
}

/* ---- bytes --------------------------------------------------------------------------------------------------------- */

static void same_bytes(const outcome *a, const outcome *b)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->parameter, b->parameter, a->count * sizeof *a->parameter);
}

static pipeline_options tiny(void)
{
    pipeline_options o;
    assert_true(pipeline_defaults(&o, RECIPE_SEED, "scnnbilstm"));
    small(&o);
    o.network.window = 4, o.network.channels = 2, o.network.hidden = 5;
    o.fit.epochs = 3;
    return o;
}

static void one_seed_gives_the_same_bytes_twice(void **state)
{
    (void)state;
    pipeline_options o = tiny();
    cuda_on_host_order(2);
    outcome one = run(o, "cuda", -1, NULL);
    cuda_on_host_order(77);
    outcome two = run(o, "cuda", -1, NULL);
    same_bytes(&one, &two);
    o.seed++;
    outcome other = run(o, "cuda", -1, NULL);
    assert_memory_not_equal(one.parameter, other.parameter, one.count * sizeof *one.parameter);
    free(one.parameter), free(two.parameter), free(other.parameter);
}

static void a_stopped_run_goes_on_to_the_same_bytes(void **state)
{
    (void)state;
    pipeline_options o = tiny();
    char folder[] = "/tmp/emotrack-epoch-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/checkpoint", folder);
    outcome whole = run(o, "cuda", -1, NULL);
    outcome part_way = run(o, "cuda", 17, path); /* in the second epoch */
    assert_int_equal(part_way.epochs, 1);
    outcome resumed = run(o, "cuda", -1, path);
    assert_int_equal(resumed.epochs, 2);
    same_bytes(&whole, &resumed);
    free(whole.parameter), free(part_way.parameter), free(resumed.parameter);
    assert_int_equal(unlink(path), 0); /* it stays until the model is in a file */
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_labels_an_epoch_is_the_cpus),
        cmocka_unit_test(taught_an_epoch_is_the_cpus),
        cmocka_unit_test(one_seed_gives_the_same_bytes_twice),
        cmocka_unit_test(a_stopped_run_goes_on_to_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, find_songs, free_songs);
}
