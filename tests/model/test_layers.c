/** Every layer alone against PyTorch in float64: output and all gradients. Built with float (both the reference loops and
 *  this processor's kernels) and with double (the reference loops). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/network_internal.h"
#include "reference.h"

static const double tolerance = sizeof(real) == 8 ? 1e-9 : 1e-4;
static const double tight = sizeof(real) == 8 ? 1e-12 : 1e-5; /* kernels against the loops */

enum { NUMBERS = 1 << 16 };

typedef struct layer_case {
    const char *name;
    const layer_type *type;
    int items, inputs;
    shape in[3];
    layer_options options;
} layer_case;

static const layer_case cases[] = {
    {"conv.even", &layer_conv, 3, 1, {{false, 1, 2, 9}}, {.channels = 3, .width = 4, .dilation = 2}},
    {"conv.odd", &layer_conv, 3, 1, {{false, 1, 2, 9}}, {.channels = 7, .width = 5, .dilation = 1}},
    {"conv.wide", &layer_conv, 2, 1, {{false, 1, 3, 5}}, {.channels = 2, .width = 10, .dilation = 4}},
    {"conv.long", &layer_conv, 2, 1, {{false, 1, 13, 70}}, {.channels = 13, .width = 10, .dilation = 4}},
    {"conv.one", &layer_conv, 3, 1, {{false, 1, 4, 37}}, {.channels = 6, .width = 1, .dilation = 1}},
    {"batch_norm", &layer_batch_norm, 5, 1, {{false, 1, 3, 19}}, {0}},
    {"layer_norm", &layer_layer_norm, 5, 1, {{false, 1, 3, 19}}, {0}},
    {"elu", &layer_elu, 3, 1, {{false, 1, 2, 19}}, {0}},
    {"sigmoid", &layer_sigmoid, 3, 1, {{false, 1, 2, 19}}, {0}},
    {"tanh", &layer_tanh, 3, 1, {{false, 1, 2, 19}}, {0}},
    {"wavelet", &layer_wavelet, 3, 1, {{false, 1, 2, 19}}, {0}},
    {"max_pool.odd", &layer_max_pool, 3, 1, {{false, 1, 2, 35}}, {.width = 5}},
    {"max_pool.even", &layer_max_pool, 3, 1, {{false, 1, 2, 9}}, {.width = 6}},
    {"concatenate", &layer_concatenate, 3, 2, {{false, 1, 2, 9}, {false, 1, 4, 9}}, {0}},
    {"add", &layer_add, 3, 2, {{false, 1, 2, 9}, {false, 1, 2, 9}}, {0}},
    {"gate", &layer_gate, 3, 3, {{false, 1, 2, 9}, {false, 1, 2, 1}, {false, 1, 2, 9}}, {0}},
    {"pool_channels", &layer_pool_channels, 3, 1, {{false, 1, 4, 9}}, {.mean = true, .max = true}},
    {"pool_positions", &layer_pool_positions, 3, 1, {{false, 1, 4, 9}}, {.mean = true, .max = true}},
    {"dense", &layer_dense, 7, 1, {{false, 1, 1, 21}}, {.channels = 19}},
    {"lstm_input", &layer_lstm_input, 7, 1, {{false, 1, 1, 5}}, {.channels = 3}},
    {"lstm.whole", &layer_lstm, 5, 1, {{true, 4, 24, 1}}, {.channels = 3}},
    {"lstm.last", &layer_lstm, 5, 1, {{true, 4, 24, 1}}, {.channels = 3, .last = true}},
    {"attend", &layer_attend, 2, 3, {{true, 5, 6, 1}, {true, 5, 6, 1}, {true, 5, 6, 1}}, {.heads = 3}},
    {"last", &layer_last, 3, 1, {{true, 4, 6, 1}}, {0}},
};

/** What one run of a case gives. */
typedef struct outcome {
    real out[NUMBERS], d_in[3][NUMBERS], gradients[NUMBERS];
} outcome;

static layer make_layer(const layer_case *test, real *parameters)
{
    layer l = {.type = test->type, .name = "l", .options = test->options, .inputs = test->inputs};
    for (int i = 0; i < test->inputs; i++) l.in[i] = test->in[i];
    et_error error = {0};
    if (test->type->rule(&l, &error) != ET_OK) fail_msg("%s: %s", test->name, error.message);
    size_t offset = 0;
    for (int t = 0; t < l.tensors; t++) {
        l.tensor[t].offset = offset;
        char name[64];
        snprintf(name, sizeof name, "l.%s", l.tensor[t].name);
        size_t count = 1;
        for (int d = 0; d < l.tensor[t].rank; d++) count *= (size_t)l.tensor[t].dims[d];
        for (size_t j = 0; j < count; j++) parameters[offset + j] = (real)draw_parameter(name, j);
        offset += count;
    }
    return l;
}

static void run_case(const layer_case *test, const layer_kernel *level, layer *l, outcome *result)
{
    static real parameters[NUMBERS], in[3][NUMBERS], d_out[NUMBERS], saved[NUMBERS], scratch[NUMBERS], shared[NUMBERS];
    _Alignas(64) static real packed[NUMBERS];
    static double sums[NUMBERS];
    memset(result, 0, sizeof *result);
    *l = make_layer(test, parameters);
    layer_kernel kernel = kernel_find_in(level, test->type);
    if (kernel.pack) kernel.pack(l, parameters, packed);
    layer_call call = {.items = test->items,
                       .parameters = parameters,
                       .packed = packed,
                       .out = result->out,
                       .d_out = d_out,
                       .gradients = result->gradients,
                       .saved = saved,
                       .scratch = scratch,
                       .shared = shared,
                       .training = true};
    char name[64];
    for (int i = 0; i < test->inputs; i++) {
        snprintf(name, sizeof name, "%s.in%d", test->name, i);
        for (size_t j = 0; j < test->items * shape_size(l->in[i]); j++) in[i][j] = (real)(2 * draw_by_name(name, j));
        call.in[i] = in[i];
        call.d_in[i] = result->d_in[i];
        call.fresh[i] = kernel.sets_fresh;
        for (size_t j = 0; kernel.sets_fresh && j < test->items * shape_size(l->in[i]); j++) call.d_in[i][j] = 99;
    }
    snprintf(name, sizeof name, "%s.d_out", test->name);
    for (size_t j = 0; j < test->items * shape_size(l->out); j++) d_out[j] = (real)draw_by_name(name, j);
    memset(sums, 0, sizeof sums);
    if (l->sums)
        kernel.forward_sums(l, &call, sums), test->type->forward_share(l, sums, (size_t)test->items, shared, parameters);
    kernel.forward(l, &call);
    memset(sums, 0, sizeof sums);
    if (l->sums) kernel.backward_sums(l, &call, sums), test->type->backward_share(l, sums, (size_t)test->items, shared);
    kernel.backward(l, &call);
}

static void check_case(const reference *r, const layer_case *test, const layer_kernel *level, int *failures)
{
    static outcome result;
    layer l;
    char name[96];
    run_case(test, level, &l, &result);
    snprintf(name, sizeof name, "%s.out", test->name);
    *failures += !reference_agrees(r, name, result.out, tolerance);
    for (int i = 0; i < test->inputs; i++) {
        snprintf(name, sizeof name, "%s.in%d", test->name, i);
        *failures += !reference_agrees(r, name, result.d_in[i], tolerance);
    }
    for (int t = 0; t < l.tensors; t++) {
        snprintf(name, sizeof name, "%s.l.%s", test->name, l.tensor[t].name);
        if (l.tensor[t].kind != TENSOR_STATE)
            *failures += !reference_agrees(r, name, result.gradients + l.tensor[t].offset, tolerance);
    }
}

static void gradients_agree_with_pytorch(void **state)
{
    (void)state;
    static reference r;
    assert_true(reference_read(&r, "layers"));
    int failures = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_case(&r, &cases[i], NULL, &failures);
        for (int level = 0; level < KERNEL_LEVELS; level++)
            if (kernel_level(level)) check_case(&r, &cases[i], kernel_level(level), &failures);
    }
    reference_free(&r);
    assert_int_equal(failures, 0);
}

static void compare(const char *name, int level, const char *what, const real *loop, const real *kernel)
{
    double largest = 1e-12;
    for (int i = 0; i < NUMBERS; i++) largest = fmax(largest, fabs((double)loop[i]));
    for (int i = 0; i < NUMBERS; i++)
        if (!(fabs((double)loop[i] - (double)kernel[i]) <= tight * largest))
            fail_msg("%s, %s[%d]: the kernel of level %d gives %.9g, the reference loop %.9g", name, what, i, level,
                     (double)kernel[i], (double)loop[i]);
}

static void kernels_agree_with_the_loops(void **state)
{
    (void)state;
    static outcome loop, kernel;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        layer l;
        run_case(&cases[i], NULL, &l, &loop);
        for (int level = 0; level < KERNEL_LEVELS; level++) {
            if (!kernel_level(level)) continue;
            run_case(&cases[i], kernel_level(level), &l, &kernel);
            compare(cases[i].name, level, "out", loop.out, kernel.out);
            for (int k = 0; k < cases[i].inputs; k++) compare(cases[i].name, level, "d_in", loop.d_in[k], kernel.d_in[k]);
            compare(cases[i].name, level, "gradients", loop.gradients, kernel.gradients);
        }
    }
}

/* The mask: as many zeros as the rate says, the mean kept, the same mask backward, another with another seed, nothing when
 * answering; the kernels draw as the loops do. */
static void dropout_drops_as_often_as_it_should(void **state)
{
    (void)state;
    static real in[NUMBERS], out[NUMBERS], d_in[NUMBERS], first[NUMBERS];
    enum { ITEMS = 60, LENGTH = 1000, COUNT = ITEMS * LENGTH };
    for (int j = 0; j < COUNT; j++) in[j] = 1;
    for (int level = -1; level < KERNEL_LEVELS; level++) {
        if (level >= 0 && !kernel_level(level)) continue;
        layer l = {.type = &layer_dropout, .options = {.rate = (real)0.3}, .inputs = 1, .in = {{false, 1, 1, LENGTH}}};
        assert_int_equal(layer_dropout.rule(&l, NULL), ET_OK);
        layer_kernel kernel = kernel_find_in(level < 0 ? NULL : kernel_level(level), &layer_dropout);
        layer_call call = {.items = ITEMS, .in = {in}, .out = out, .d_out = in, .d_in = {d_in}, .training = true, .seed = 4};
        memset(d_in, 0, sizeof d_in);
        kernel.forward(&l, &call);
        kernel.backward(&l, &call);
        int dropped = 0;
        double sum = 0;
        for (int j = 0; j < COUNT; j++) dropped += out[j] == 0, sum += (double)out[j];
        if (abs(dropped - 3 * COUNT / 10) > COUNT / 100 || fabs(sum / COUNT - 1) > 0.02)
            fail_msg("level %d: %d of %d dropped, mean %g", level, dropped, COUNT, sum / COUNT);
        assert_memory_equal(out, d_in, COUNT * sizeof *out);
        if (level < 0) memcpy(first, out, sizeof first);
        assert_memory_equal(out, first, COUNT * sizeof *out);
        call.seed = 5;
        kernel.forward(&l, &call);
        assert_memory_not_equal(out, first, COUNT * sizeof *out);
        call.training = false;
        kernel.forward(&l, &call);
        assert_memory_equal(out, in, COUNT * sizeof *out);
    }
}

/* A case for every layer that learns or passes gradients on. */
static void no_layer_is_left_out(void **state)
{
    (void)state;
    for (int t = 0; layer_types[t]; t++) {
        bool found = layer_types[t]->backward == NULL || layer_types[t] == &layer_dropout;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) found = found || cases[i].type == layer_types[t];
        if (!found) fail_msg("layer %s has no case in this test", layer_types[t]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_agree_with_pytorch),
        cmocka_unit_test(kernels_agree_with_the_loops),
        cmocka_unit_test(dropout_drops_as_often_as_it_should),
        cmocka_unit_test(no_layer_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
