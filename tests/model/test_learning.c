/** All ten networks learn on real windows of DEAM, and survive saving and loading bit for bit. Skipped without the data. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/model_file.h"

enum {
    COLUMNS = 260,
    USED = 64,
    STEPS = 6,
    SONG_FRAMES = 56,
    SONGS = 4,
    FRAMES = SONGS * SONG_FRAMES,
    WINDOWS = 48,
    ROUNDS = 30
};

static float rows[FRAMES][COLUMNS], labels[SONGS][2];

/* The frames from second 15 on of one song, as DEAM's authors ship them. */
static bool read_song(const char *id, float song[SONG_FRAMES][COLUMNS])
{
    static char path[512], line[1 << 14];
    snprintf(path, sizeof path, "%s/data/deam/features/%s.csv", SHARED_DATA, id);
    FILE *file = fopen(path, "r");
    bool good = file != NULL && fgets(line, sizeof line, file);
    for (int f = -30; good && f < SONG_FRAMES; f++) {
        good = fgets(line, sizeof line, file) != NULL;
        char *at = strchr(line, ';');
        for (int j = 0; good && f >= 0 && j < COLUMNS && at; j++) song[f][j] = strtof(at + 1, &at);
    }
    if (file) fclose(file);
    return good;
}

/* The first label of a song. */
static bool read_label(const char *target, const char *id, float *label)
{
    static char path[512], line[1 << 14];
    snprintf(path, sizeof path, "%s/data/deam/annotations/%s.csv", SHARED_DATA, target);
    FILE *file = fopen(path, "r");
    bool found = false;
    size_t length = strlen(id);
    while (file && !found && fgets(line, sizeof line, file)) {
        found = strncmp(line, id, length) == 0 && line[length] == ',';
        if (found) *label = strtof(line + length + 1, NULL);
    }
    if (file) fclose(file);
    return found;
}

static bool read_songs(void)
{
    const char *const ids[SONGS] = {"102", "103", "1039", "105"};
    for (int s = 0; s < SONGS; s++)
        if (!read_song(ids[s], rows + (ptrdiff_t)s * SONG_FRAMES) || !read_label("valence", ids[s], &labels[s][0]) ||
            !read_label("arousal", ids[s], &labels[s][1]))
            return false;
    return true;
}

static et_model *make_model(const char *name)
{
    network_config config;
    if (!network_defaults(&config, name)) fail_msg("no network %s", name);
    config.columns = config.features = USED;
    config.projection = config.relative = false;
    config.window = STEPS;
    config.channels = 3;
    config.blocks = 2;
    config.hidden = 8;
    et_model *model = NULL;
    et_error error = {0};
    if (model_create(&model, &config, 1, &error) != ET_OK) fail_msg("%s: %s", name, error.message);
    strcpy(model->name, "learnt");
    network_initialise(model->member[0], 3);
    float *p = network_parameters(model->member[0]);
    size_t mean = network_tensor_find(model->member[0], "scaling.mean")->offset;
    size_t deviation = network_tensor_find(model->member[0], "scaling.deviation")->offset;
    size_t clip = network_tensor_find(model->member[0], "scaling.clip")->offset;
    for (int j = 0; j < USED; j++) {
        double sum = 0, squares = 0;
        for (int f = 0; f < FRAMES; f++) sum += (double)rows[f][j] / FRAMES;
        for (int f = 0; f < FRAMES; f++) squares += pow((double)rows[f][j] - sum, 2) / FRAMES;
        p[mean + (size_t)j] = (float)sum;
        p[deviation + (size_t)j] = (float)fmax(sqrt(squares), 1e-9);
        p[clip + (size_t)j] = 2;
    }
    network_refresh(model->member[0]);
    return model;
}

static void adam(network *net, const float *gradients, float *m, float *v, float rate, int step)
{
    float *p = network_parameters(net);
    for (size_t i = 0; i < network_tensor_count(net); i++) {
        const network_tensor *t = network_tensor_at(net, i);
        for (size_t j = t->offset; t->trained && j < t->offset + t->count; j++) {
            m[j] += 0.1f * (gradients[j] - m[j]);
            v[j] += 0.001f * (gradients[j] * gradients[j] - v[j]);
            p[j] -= rate * (m[j] / (1 - powf(0.9f, (float)step))) / (sqrtf(v[j] / (1 - powf(0.999f, (float)step))) + 1e-8f);
        }
    }
    network_refresh(net);
}

/* Mean square error at the first step and over the last five. */
static void train(network *net, double *first, double *last)
{
    static int places[WINDOWS * STEPS];
    static float out[WINDOWS * 2], d_out[WINDOWS * 2];
    size_t count = network_parameter_count(net);
    float *gradients = malloc(count * sizeof *gradients), *m = calloc(count, sizeof *m), *v = calloc(count, sizeof *v);
    network_trainer *trainer = NULL;
    assert_int_equal(network_trainer_create(&trainer, net, FRAMES, WINDOWS, 2, NULL), ET_OK);
    *first = *last = 0;
    /* The CNN's regression sums over thousands of inputs: a step moves it that much further. */
    float rate = strcmp(network_configuration(net)->network, "cnn") == 0 ? 0.0004f : 0.004f;
    for (int step = 1; step <= ROUNDS; step++) {
        for (int w = 0; w < WINDOWS; w++)
            for (int k = 0; k < STEPS; k++)
                places[w * STEPS + k] = w % SONGS * SONG_FRAMES + (w / SONGS + step * 5) % (SONG_FRAMES - STEPS) + k;
        network_batch batch = {
            .rows = rows[0], .frames = FRAMES, .window_frames = places, .windows = WINDOWS, .seed = (uint64_t)step};
        network_trainer_forward(trainer, &batch, out);
        double loss = 0;
        for (int i = 0; i < WINDOWS * 2; i++) {
            float off = out[i] - labels[i / 2 % SONGS][i % 2];
            loss += (double)(off * off) / (WINDOWS * 2);
            d_out[i] = off / (WINDOWS * 2);
        }
        if (step == 1) *first = loss;
        if (step > ROUNDS - 5) *last += loss / 5;
        network_trainer_backward(trainer, d_out, gradients);
        adam(net, gradients, m, v, rate, step);
    }
    network_trainer_destroy(trainer);
    free(gradients);
    free(m);
    free(v);
}

static void answer(const network *net, float out[2])
{
    network_work *work = NULL;
    assert_int_equal(network_work_create(&work, net, 1, NULL), ET_OK);
    size_t size = network_slot_size(net);
    float *slots = malloc(STEPS * size * sizeof *slots);
    const float *place[STEPS];
    for (int k = 0; k < STEPS; k++) network_frame(net, work, rows[20 + k], slots + (size_t)k * size);
    for (int k = 0; k < STEPS; k++) place[k] = slots + (size_t)k * size;
    network_windows(net, work, place, 1, out);
    free(slots);
    network_work_destroy(work);
}

static void all_ten_learn_and_survive_saving(void **state)
{
    (void)state;
    char path[100];
    sprintf(path, "/tmp/emotrack-test-%d-learnt.safetensors", (int)getpid());
    for (int n = 0; network_names()[n]; n++) {
        et_model *model = make_model(network_names()[n]), *again = NULL;
        double first, last;
        train(model->member[0], &first, &last);
        if (!(last < 0.5 * first)) fail_msg("%s: the loss fell from %.4f to %.4f only", network_names()[n], first, last);
        et_error error = {0};
        float before[2], after[2];
        answer(model->member[0], before);
        if (model_save(model, path, &error) != ET_OK || model_load(&again, path, &error) != ET_OK)
            fail_msg("%s", error.message);
        answer(again->member[0], after);
        if (memcmp(before, after, sizeof before))
            fail_msg("%s: answers differ after saving and loading", network_names()[n]);
        model_destroy(model);
        model_destroy(again);
        unlink(path);
    }
}

int main(void)
{
    if (!read_songs()) {
        printf("skipped: no DEAM features and annotations in %s/data/deam\n", SHARED_DATA);
        return 77;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_ten_learn_and_survive_saving)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
