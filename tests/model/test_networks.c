/** The ten networks as a whole: against PyTorch, against finite differences, the cut, the page's layers and counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/builder.h"
#include "model/network_internal.h"
#include "reference.h"

static const double tolerance = sizeof(real) == 8 ? 1e-9 : 1e-4;

enum { FRAMES = 7, WINDOWS = 5, STEPS = 4, FEATURES = 6 };

static network_config small_config(const char *name)
{
    network_config c;
    if (!network_defaults(&c, name)) fail_msg("no network %s", name);
    c.columns_in = c.columns = c.features = FEATURES;
    c.relative = c.projection = false;
    c.window = STEPS;
    c.channels = 2;
    c.blocks = 2;
    c.k1 = 4;
    c.k2 = 3;
    c.hidden = 3;
    c.dropout_branch = c.dropout_head = 0;
    return c;
}

static network *make(const network_config *config)
{
    network *net = NULL;
    et_error error = {0};
    if (network_create(&net, config, &error) != ET_OK) fail_msg("%s: %s", config->network, error.message);
    network_initialise(net, 1);
    return net;
}

static void draw_all_parameters(network *net)
{
    for (size_t i = 0; i < network_tensor_count(net); i++) {
        const network_tensor *t = network_tensor_at(net, i);
        for (size_t j = 0; (t->trained || t->state) && j < t->count; j++)
            network_parameters(net)[t->offset + j] = (real)draw_parameter(t->name, j);
    }
    network_refresh(net);
}

/* Windows that share frames, one of them with gaps: as make_reference.py has them. */
static void make_batch(network_batch *batch, real *rows, int *places)
{
    for (size_t i = 0; i < FRAMES * FEATURES; i++) rows[i] = (real)draw_by_name("frames", i);
    for (int w = 0; w < WINDOWS; w++)
        for (int k = 0; k < STEPS; k++) places[w * STEPS + k] = (w + (w == 3 ? 2 * k : k)) % FRAMES;
    *batch = (network_batch){.rows = rows, .frames = FRAMES, .window_frames = places, .windows = WINDOWS, .seed = 5};
}

static network_trainer *make_trainer(network *net, int threads)
{
    network_trainer *trainer = NULL;
    et_error error = {0};
    if (network_trainer_create(&trainer, net, FRAMES, WINDOWS, threads, &error) != ET_OK) fail_msg("%s", error.message);
    return trainer;
}

/* Preprocessing and the layers behind it, one after the other, are a frame's part as a whole. */
static void check_halves(const network *net, network_work *work, const real *row, const real *whole)
{
    size_t size = network_slot_size(net);
    real *features = malloc((size_t)network_configuration(net)->features * sizeof *features);
    real *slot = malloc(size * sizeof *slot);
    network_features(net, work, row, features);
    network_frame_of_features(net, work, features, slot);
    assert_memory_equal(slot, whole, size * sizeof *slot);
    free(features);
    free(slot);
}

static void answer_batch(const network *net, const network_batch *batch, int together, real *out)
{
    network_work *work = NULL;
    assert_int_equal(network_work_create(&work, net, together, NULL), ET_OK);
    size_t size = network_slot_size(net), columns = (size_t)network_configuration(net)->columns_in;
    int steps = network_configuration(net)->window;
    real *slots = malloc((size_t)batch->frames * size * sizeof *slots);
    const real **place = malloc((size_t)batch->windows * (size_t)steps * sizeof *place);
    for (int f = 0; f < batch->frames; f++) {
        network_frame(net, work, batch->rows + (size_t)f * columns, slots + (size_t)f * size);
        check_halves(net, work, batch->rows + (size_t)f * columns, slots + (size_t)f * size);
    }
    for (int i = 0; i < batch->windows * steps; i++) place[i] = slots + (size_t)batch->window_frames[i] * size;
    for (int w = 0; w < batch->windows; w += together) {
        int now = batch->windows - w < together ? batch->windows - w : together;
        network_windows(net, work, place + (size_t)w * (size_t)steps, now, out + w * network_configuration(net)->targets);
    }
    free(place);
    free(slots);
    network_work_destroy(work);
}

static int check_network(const char *file, const network_config *config, bool plain)
{
    static reference r;
    real rows[FRAMES * FEATURES], out[WINDOWS * 2], d_out[WINDOWS * 2];
    int places[WINDOWS * STEPS], failures = 0;
    network_batch batch;
    make_batch(&batch, rows, places);
    for (size_t i = 0; i < WINDOWS * 2; i++) d_out[i] = (real)draw_by_name("d_out", i);
    assert_true(reference_read(&r, file));
    network *net = make(config);
    assert_int_equal(network_choose_kernels(net, plain, NULL), ET_OK);
    draw_all_parameters(net);
    network_trainer *trainer = make_trainer(net, 2);
    real *gradients = malloc(network_parameter_count(net) * sizeof *gradients);
    network_trainer_forward(trainer, &batch, out);
    failures += !reference_agrees(&r, "out.training", out, tolerance);
    network_trainer_backward(trainer, d_out, gradients);
    for (size_t i = 0; i < network_tensor_count(net); i++) {
        const network_tensor *t = network_tensor_at(net, i);
        if (t->trained) failures += !reference_agrees(&r, t->name, gradients + t->offset, tolerance);
        if (t->state) failures += !reference_agrees(&r, t->name, network_parameters(net) + t->offset, tolerance);
    }
    network_refresh(net);
    answer_batch(net, &batch, WINDOWS, out);
    failures += !reference_agrees(&r, "out.answering", out, tolerance);
    if (failures) fprintf(stderr, "... of network %s, %s\n", file, plain ? "reference loops" : "kernels");
    free(gradients);
    network_trainer_destroy(trainer);
    network_destroy(net);
    reference_free(&r);
    return failures;
}

static void gradients_agree_with_pytorch(void **state)
{
    (void)state;
    int failures = 0;
    for (int i = 0; network_names()[i]; i++) {
        network_config config = small_config(network_names()[i]);
        failures += check_network(network_names()[i], &config, true);
        failures += check_network(network_names()[i], &config, false);
    }
    network_config config = small_config("dselfattention");
    config.attention_last = true;
    failures += check_network("dselfattention_last", &config, false);
    assert_int_equal(failures, 0);
}

static double weighed_sum(network_trainer *trainer, const network_batch *batch, const real *d_out)
{
    real out[WINDOWS * 2];
    double sum = 0;
    network_trainer_forward(trainer, batch, out);
    for (int i = 0; i < WINDOWS * 2; i++) sum += (double)out[i] * (double)d_out[i];
    return sum;
}

/* With dropout, whose mask depends on the seed alone. In double only: in float the difference drowns. */
static void gradients_agree_with_finite_differences(void **state)
{
    (void)state;
    if (sizeof(real) == 4) return;
    real rows[FRAMES * FEATURES], d_out[WINDOWS * 2];
    int places[WINDOWS * STEPS];
    network_batch batch;
    make_batch(&batch, rows, places);
    for (size_t i = 0; i < WINDOWS * 2; i++) d_out[i] = (real)draw_by_name("d_out", i);
    for (int n = 0; network_names()[n]; n++) {
        network_config config = small_config(network_names()[n]);
        config.dropout_branch = config.dropout_head = 0.3f;
        network *net = make(&config);
        draw_all_parameters(net);
        network_trainer *trainer = make_trainer(net, 1);
        real *gradients = malloc(network_parameter_count(net) * sizeof *gradients), *p = network_parameters(net);
        weighed_sum(trainer, &batch, d_out);
        network_trainer_backward(trainer, d_out, gradients);
        for (size_t i = 0; i < network_tensor_count(net); i++) {
            const network_tensor *t = network_tensor_at(net, i);
            for (size_t j = t->offset; t->trained && j < t->offset + t->count; j += 1 + t->count / 7) {
                const double h = 1e-6;
                real kept = p[j];
                p[j] = kept + (real)h;
                double above = weighed_sum(trainer, &batch, d_out);
                p[j] = kept - (real)h;
                double slope = (above - weighed_sum(trainer, &batch, d_out)) / (2 * h);
                p[j] = kept;
                if (!(fabs(slope - (double)gradients[j]) < 1e-6))
                    fail_msg("%s, %s[%zu]: gradient %.9g, difference quotient %.9g", config.network, t->name, j - t->offset,
                             (double)gradients[j], slope);
            }
        }
        free(gradients);
        network_trainer_destroy(trainer);
        network_destroy(net);
    }
}

/* Frame by frame with the cache, one window at a time = all at once. */
static void the_cut_changes_no_bit(void **state)
{
    (void)state;
    enum { MANY = 40, LONG = MANY + STEPS - 1 };
    static real rows[LONG * FEATURES], one[MANY * 2], all[MANY * 2], some[MANY * 2];
    int places[MANY * STEPS];
    for (size_t i = 0; i < LONG * FEATURES; i++) rows[i] = (real)draw_by_name("cut", i);
    for (int i = 0; i < MANY * STEPS; i++) places[i] = i / STEPS + i % STEPS;
    network_batch batch = {.rows = rows, .frames = LONG, .window_frames = places, .windows = MANY};
    for (int n = 0; network_names()[n]; n++) {
        network_config config = small_config(network_names()[n]);
        network *net = make(&config);
        draw_all_parameters(net);
        answer_batch(net, &batch, 1, one);
        answer_batch(net, &batch, 7, some);
        answer_batch(net, &batch, MANY, all);
        if (memcmp(one, all, sizeof all) || memcmp(some, all, sizeof all))
            fail_msg("%s: windows answered alone, seven at a time and together differ", config.network);
        network_destroy(net);
    }
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    enum { MANY = 200 };
    static real rows[MANY * FEATURES], out[MANY * 2], d_out[MANY * 2];
    static int places[MANY * STEPS];
    for (size_t i = 0; i < MANY * FEATURES; i++) rows[i] = (real)draw_by_name("threads", i);
    for (int i = 0; i < MANY * STEPS; i++) places[i] = (i / STEPS + i % STEPS) % MANY;
    for (size_t i = 0; i < MANY * 2; i++) d_out[i] = (real)draw_by_name("d_out", i);
    network_batch batch = {.rows = rows, .frames = MANY, .window_frames = places, .windows = MANY, .seed = 9};
    for (int n = 0; network_names()[n]; n++) {
        network_config config = small_config(network_names()[n]);
        config.dropout_branch = config.dropout_head = 0.2f;
        network *net = make(&config);
        size_t size = network_parameter_count(net) * sizeof(real);
        real *gradients[2] = {malloc(size), malloc(size)};
        for (int k = 0; k < 2; k++) {
            draw_all_parameters(net);
            network_trainer *trainer = NULL;
            assert_int_equal(network_trainer_create(&trainer, net, MANY, MANY, k == 0 ? 1 : 3, NULL), ET_OK);
            network_trainer_forward(trainer, &batch, out);
            network_trainer_backward(trainer, d_out, gradients[k]);
            network_trainer_destroy(trainer);
        }
        if (memcmp(gradients[0], gradients[1], size))
            fail_msg("%s: gradients differ with the number of threads", config.network);
        free(gradients[0]);
        free(gradients[1]);
        network_destroy(net);
    }
}

/* Trained parameters by hand from the page, with the defaults F 64, C 20, N 3, k1 10, k2 5, H 50 (main: 100), R 2. */
static size_t lstm_count(size_t in, size_t hidden)
{
    return 2 * (4 * hidden * (in + hidden) + 4 * hidden);
}

static size_t head_count(size_t in, size_t hidden)
{
    return lstm_count(in, hidden) + lstm_count(2 * hidden, hidden);
}

static size_t conv_count(size_t in, size_t out, size_t width)
{
    return out * in * width + out;
}

static size_t space_count(size_t in)
{
    return conv_count(in, 20, 10) + 4 * 20;
}

static size_t time_count(size_t in)
{
    return conv_count(in, 20, 10) + conv_count(20, 20, 5) + 4 * 20;
}

static size_t blocks_count(size_t attention)
{
    return space_count(1) + time_count(1) + conv_count(1, 40, 1) + 2 * (space_count(40) + time_count(40)) + 3 * attention;
}

static void parameters_are_as_many_as_on_the_page(void **state)
{
    (void)state;
    const size_t spatial = conv_count(2, 40, 1), map = 40 * 64, dense40 = 40 * 40 + 40, one_head = 100 * 2 + 2;
    const struct {
        const char *name;
        size_t count;
    } page[] = {
        {"dselfattention", blocks_count(0) + head_count(map, 100) + 3 * (200 * 6 + 6) + 6 * 200 + 200 + 200 * 2 + 2},
        {"cnn", space_count(1) + time_count(1) + (size_t)40 * 64 * 26 * 2 + 2},
        {"bilstm", head_count(64, 50) + one_head},
        {"cnnbilstm", space_count(1) + time_count(1) + head_count(map, 50) + one_head},
        {"tcnnbilstm", time_count(1) + head_count(20 * 64, 50) + one_head},
        {"scnnbilstm", space_count(1) + head_count(20 * 64, 50) + one_head},
        {"dcnbilstm", blocks_count(0) + head_count(map, 50) + one_head},
        {"dwsam", blocks_count(spatial + conv_count(80, 40, 1) + conv_count(40, 40, 1)) + head_count(map, 50) + one_head},
        {"dsesam", blocks_count(spatial + 2 * dense40) + head_count(map, 50) + one_head},
        {"dcbam", blocks_count(spatial + 4 * dense40) + head_count(map, 50) + one_head},
    };
    for (size_t i = 0; i < sizeof page / sizeof page[0]; i++) {
        network_config config;
        assert_true(network_defaults(&config, page[i].name));
        network *net = make(&config);
        if (network_trained_count(net) != page[i].count)
            fail_msg("%s has %zu trained parameters, the page gives %zu", page[i].name, network_trained_count(net),
                     page[i].count);
        network_destroy(net);
    }
}

static void layers_are_those_of_the_page(void **state)
{
    (void)state;
#define PREPROCESSING "relative select scale project "
#define SPACE "conv batch_norm elu max_pool dropout batch_norm "
#define TIME "conv layer_norm dropout conv layer_norm elu "
#define BRANCHES SPACE TIME "concatenate "
#define LSTM(cut) "lstm_input " cut "lstm dropout lstm_input lstm dropout "
#define REGRESSION "dense tanh "
#define SPATIAL "pool_channels conv sigmoid gate "
#define PIPE "dense elu dense sigmoid "
#define BLOCKS(attention) BRANCHES attention "conv add " BRANCHES attention "add " BRANCHES attention "add flatten "
    const struct {
        const char *name, *layers;
    } page[] = {
        {"dselfattention", PREPROCESSING BLOCKS("") LSTM("| ") "dense dense dense attend dense last " REGRESSION},
        {"cnn", PREPROCESSING "| flatten_window " BRANCHES REGRESSION},
        {"bilstm", PREPROCESSING LSTM("| ") REGRESSION},
        {"cnnbilstm", PREPROCESSING BRANCHES "flatten " LSTM("| ") REGRESSION},
        {"tcnnbilstm", PREPROCESSING TIME "flatten " LSTM("| ") REGRESSION},
        {"scnnbilstm", PREPROCESSING SPACE "flatten " LSTM("| ") REGRESSION},
        {"dcnbilstm", PREPROCESSING BLOCKS("") LSTM("| ") REGRESSION},
        {"dwsam", PREPROCESSING BLOCKS("pool_positions conv elu wavelet conv sigmoid " SPATIAL) LSTM("| ") REGRESSION},
        {"dsesam", PREPROCESSING BLOCKS("pool_positions " PIPE SPATIAL) LSTM("| ") REGRESSION},
        {"dcbam", PREPROCESSING BLOCKS("pool_positions " PIPE "pool_positions " PIPE "add " SPATIAL) LSTM("| ") REGRESSION},
    };
    for (size_t i = 0; i < sizeof page / sizeof page[0]; i++) {
        network_config config;
        assert_true(network_defaults(&config, page[i].name));
        network *net = make(&config);
        char found[4096] = "";
        bool window = false;
        for (int k = 0; k < net->layers; k++) {
            if (net->layer[k].out.window && !window) strcat(found, "| "); /* the cut */
            window = window || net->layer[k].out.window;
            strcat(strcat(found, net->layer[k].type->name), " ");
        }
        assert_string_equal(found, page[i].layers);
        network_destroy(net);
    }
}

/* A network that is none of the ten: one paragraph, and everything else follows. */
static void eleventh(builder *b, const network_config *s)
{
    conv(b, "conv", s->channels, s->k1, 1);
    elu(b);
    flatten(b);
    dense(b, "squeeze", 4);
    flatten_window(b);
    dense(b, "regression", s->targets);
    tanh_head(b);
}

static void an_eleventh_network_is_one_paragraph(void **state)
{
    (void)state;
    network_config config = small_config("cnn");
    network *net = NULL;
    assert_int_equal(network_build(&net, &config, eleventh, NULL), ET_OK);
    assert_int_equal(network_slot_size(net), 4); /* all but the last two layers is found to be a frame's */
    network_initialise(net, 3);
    real rows[FRAMES * FEATURES], out[WINDOWS * 2], d_out[WINDOWS * 2], before = 0, after = 0;
    int places[WINDOWS * STEPS];
    network_batch batch;
    make_batch(&batch, rows, places);
    network_trainer *trainer = make_trainer(net, 1);
    real *gradients = malloc(network_parameter_count(net) * sizeof *gradients);
    for (int step = 0; step < 200; step++) {
        network_trainer_forward(trainer, &batch, out);
        after = 0;
        for (int i = 0; i < WINDOWS * 2; i++) {
            d_out[i] = out[i] - (real)(0.5 * draw_by_name("label", (size_t)i));
            after += d_out[i] * d_out[i];
        }
        if (step == 0) before = after;
        network_trainer_backward(trainer, d_out, gradients);
        for (size_t j = 0; j < network_parameter_count(net); j++) network_parameters(net)[j] -= (real)0.05 * gradients[j];
        network_refresh(net);
    }
    if (!(after < before / 10)) fail_msg("the loss fell from %g to %g only", (double)before, (double)after);
    free(gradients);
    network_trainer_destroy(trainer);
    network_destroy(net);
}

static void bad_sizes_are_refused(void **state)
{
    (void)state;
    network *net = NULL;
    et_error error = {0};
    network_config config = small_config("cnn");
    config.channels = 100000;
    assert_int_equal(network_create(&net, &config, &error), ET_ERROR_LIMIT);
    config = small_config("dselfattention");
    config.key_channels = 7;
    assert_int_equal(network_create(&net, &config, &error), ET_ERROR_ARGUMENT);
    config = small_config("cnn");
    strcpy(config.network, "transformer");
    assert_int_equal(network_create(&net, &config, &error), ET_ERROR_ARGUMENT);
    config = small_config("dselfattention");
    config.columns_in = config.columns = config.features = 4000;
    config.channels = 256;
    config.hidden = 1024;
    assert_int_equal(network_create(&net, &config, &error), ET_ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_agree_with_pytorch),
        cmocka_unit_test(gradients_agree_with_finite_differences),
        cmocka_unit_test(the_cut_changes_no_bit),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(parameters_are_as_many_as_on_the_page),
        cmocka_unit_test(layers_are_those_of_the_page),
        cmocka_unit_test(an_eleventh_network_is_one_paragraph),
        cmocka_unit_test(bad_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
