/** Which numbers a dropout layer keeps: a hash of the step's seed and the number's place, so that backward, any cut into
 *  chunks and any number of threads see the same mask (integer finaliser "lowbias32", C. Wellons). */
#ifndef EMOTRACK_MODEL_LAYERS_DROPOUT_H
#define EMOTRACK_MODEL_LAYERS_DROPOUT_H

#include <stdint.h>

static inline uint32_t dropout_hash(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return x;
}

/** The seed of a layer, by its place in the network's list, at a step. */
static inline uint64_t dropout_seed(uint64_t step_seed, int place)
{
    return step_seed * 0x2545f4914f6cdd1du + (uint64_t)place;
}

static inline uint32_t dropout_key(uint64_t seed, uint64_t item)
{
    uint64_t z = seed + item * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)(z ^ (z >> 31));
}

/** A number is dropped when its hash is below this. */
static inline uint32_t dropout_threshold(double rate)
{
    return (uint32_t)(rate * 4294967296.0);
}

#endif
