/** Our matrix product beside OpenBLAS on the shapes of the networks, one thread each, processor time, best of 15:
 *
 *      bench_products */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model/network_internal.h"

enum { ROUNDS = 15 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *numbers(size_t count)
{
    float *p = aligned_alloc(64, (count * sizeof *p + 512) / 64 * 64);
    for (size_t i = 0; p && i < count; i++) p[i] = (float)(i % 17) * 0.01f - 0.05f;
    return p;
}

/* y = x W^T + b as a dense layer's kernel and as cblas_sgemm, W packed beforehand for ours. */
static void compare(const char *what, int rows, int outputs, int inputs)
{
    layer l = {.type = &layer_dense, .options = {.channels = outputs}, .inputs = 1, .in = {{false, 1, 1, inputs}}};
    if (layer_dense.rule(&l, NULL) != ET_OK) return;
    l.tensor[1].offset = (size_t)outputs * (size_t)inputs;
    layer_kernel kernel = kernel_find(&layer_dense, false);
    float *x = numbers((size_t)rows * (size_t)inputs), *w = numbers((size_t)outputs * (size_t)(inputs + 1));
    float *packed = numbers(kernel.packed_size(&l)), *y = numbers((size_t)rows * (size_t)outputs);
    kernel.pack(&l, w, packed);
    layer_call call = {.items = rows, .parameters = w, .packed = packed, .in = {x}, .out = y};
    double ours = 1e9, blas = 1e9;
    for (int r = 0; r < ROUNDS; r++) {
        double start = now_s();
        kernel.forward(&l, &call);
        double middle = now_s();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, outputs, inputs, 1, x, inputs, w, inputs, 0, y, outputs);
        double end = now_s();
        if (middle - start < ours) ours = middle - start;
        if (end - middle < blas) blas = end - middle;
    }
    double products = 1e-9 * rows * outputs * inputs;
    printf("| %s | %d x %d x %d | %.1f us, %.0f GMAC/s | %.1f us, %.0f GMAC/s | %.2f |\n", what, rows, outputs, inputs,
           1e6 * blas, products / blas, 1e6 * ours, products / ours, blas / ours);
    free(x);
    free(w);
    free(packed);
    free(y);
}

int main(void)
{
    openblas_set_num_threads(1);
    printf("| product | shape | %s | ours | ratio |\n| --- | --- | --- | --- | --- |\n", openblas_get_config());
    compare("a frame's LSTM input, seed size", 1, 800, 2560);
    compare("second LSTM's input, one window", 26, 800, 200);
    compare("second LSTM's input, six windows", 156, 800, 200);
    compare("training chunk, seed size", 32, 800, 2560);
    compare("training chunk, recipe", 32, 192, 720);
    compare("second LSTM's chunk, recipe", 192, 192, 48);
    compare("attention's queries", 26, 6, 200);
    return 0;
}
