/** A small network with every parameter away from its start, and rows for it. */
#ifndef TESTS_CUDA_SOME_NETWORK_H
#define TESTS_CUDA_SOME_NETWORK_H

#include <stdlib.h>
#include <string.h>

#include "model/network.h"

static inline float some_number(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (float)(int32_t)(*state >> 32) / 2147483648.0f;
}

/** The caller destroys it. NULL if it cannot be made. */
static inline network *some_network(const char *name, int hidden)
{
    network_config s;
    network *net = NULL;
    if (!network_defaults(&s, name)) return NULL;
    s.columns = 20;
    s.features = 13;
    s.window = 6;
    s.channels = 5;
    s.hidden = hidden;
    s.k1 = 4;
    s.k2 = 3;
    s.dropout_branch = 0.1f;
    if (network_create(&net, &s, NULL) != ET_OK) return NULL;
    network_initialise(net, 5);
    uint64_t state = 1;
    for (size_t i = 0; i < network_tensor_count(net); i++) {
        const network_tensor *t = network_tensor_at(net, i);
        for (size_t j = t->offset; j < t->offset + t->count && (t->trained || t->state); j++)
            network_parameters(net)[j] += 0.2f * some_number(&state);
        for (size_t j = t->offset; j < t->offset + t->count && strcmp(t->name, "projection.weight") == 0; j++)
            network_parameters(net)[j] = 0.5f * some_number(&state);
    }
    network_refresh(net);
    return net;
}

static inline float *some_rows(int rows, int columns)
{
    uint64_t state = 9;
    float *x = calloc((size_t)rows * (size_t)columns, sizeof *x);
    for (int i = 0; x && i < rows * columns; i++) x[i] = 1 + some_number(&state);
    return x;
}

#endif
