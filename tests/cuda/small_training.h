/** Batches of windows over a small data set; each has another part of it, in another order. */
#ifndef TESTS_CUDA_SMALL_TRAINING_H
#define TESTS_CUDA_SMALL_TRAINING_H

#include <math.h>

#include "some_network.h"
#include "train/cpu_trainer.h"

enum { ROWS = 40, FRAMES = 24, WINDOWS = 18, ANSWERS = 2 * WINDOWS };

typedef struct small_training {
    network *net;
    float *rows, label[ANSWERS];
    int chosen[FRAMES], places[WINDOWS * 8];
} small_training;

static inline void small_training_open(small_training *l)
{
    l->net = some_network("scnnbilstm", 24);
    l->rows = some_rows(ROWS, network_configuration(l->net)->features);
}

static inline const trainer_backend *trainers_of(const char *device)
{
    const backend *gpu = NULL;
    if (backend_named(&gpu, device, NULL) != ET_OK) fail_msg("no device '%s'", device);
    return gpu ? gpu->trainer : &cpu_trainers;
}

static inline void small_training_close(small_training *l)
{
    network_destroy(l->net);
    free(l->rows);
}

static inline void small_training_batch(void *self, int64_t step, network_batch *batch, float *label)
{
    small_training *l = self;
    int window = network_configuration(l->net)->window;
    for (int f = 0; f < FRAMES; f++) l->chosen[f] = (int)(7 * step + 3 * f) % ROWS;
    for (int i = 0; i < WINDOWS * window; i++) l->places[i] = i / window + i % window;
    for (int i = 0; i < ANSWERS; i++) label[i] = 0.5f * sinf((float)(l->chosen[i / 2] + i % 2));
    *batch = (network_batch){.rows = l->rows,
                             .chosen = l->chosen,
                             .projected = true,
                             .frames = FRAMES,
                             .window_frames = l->places,
                             .windows = WINDOWS,
                             .seed = (uint64_t)step};
}

#endif
