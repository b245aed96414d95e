/** Random numbers that are the same everywhere: xoshiro256** (Blackman and Vigna 2021, "Scrambled linear pseudorandom number
 *  generators") seeded by splitmix64.
 *
 *  Every step of training draws from a stream of its own, `random_stream(seed, purpose, step)`: nothing has to be remembered
 *  in a checkpoint and no thread's pace can change what another draws. */
#ifndef EMOTRACK_BASE_RANDOM_H
#define EMOTRACK_BASE_RANDOM_H

#include <stdint.h>

typedef struct random_numbers {
    uint64_t state[4];
} random_numbers;

/** What a stream is for: two purposes never share numbers. */
typedef enum random_purpose {
    RANDOM_SPLIT = 1,
    RANDOM_FOLD,
    RANDOM_WEIGHTS,
    RANDOM_BATCH,
    RANDOM_DROPOUT,
    RANDOM_SAMPLE,
    RANDOM_FOREST,
    RANDOM_ORDER,
    RANDOM_WINDOW
} random_purpose;

/** The beginning of stream number `step` of a purpose. */
random_numbers random_stream(uint64_t seed, random_purpose purpose, uint64_t step);

uint64_t random_next(random_numbers *r);                   /* 64 bits                              */
double random_uniform(random_numbers *r);                  /* [0, 1)                               */
double random_normal(random_numbers *r);                   /* mean 0, deviation 1                  */
double random_beta(random_numbers *r, double a, double b); /* a, b in (0, 1]: Joehnk's method (1964) */
int random_below(random_numbers *r, int n);                /* 0 .. n - 1; n >= 1                   */
void random_shuffle(random_numbers *r, int *items, int n); /* Fisher and Yates                     */

#endif
