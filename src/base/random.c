#include "base/random.h"

#include <math.h>

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

random_numbers random_stream(uint64_t seed, random_purpose purpose, uint64_t step)
{
    uint64_t x = seed;
    x = splitmix(&x) ^ ((uint64_t)purpose << 32);
    x = splitmix(&x) ^ step;
    random_numbers r;
    for (int i = 0; i < 4; i++) r.state[i] = splitmix(&x);
    return r;
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t random_next(random_numbers *r)
{
    uint64_t *s = r->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double random_uniform(random_numbers *r)
{
    return (double)(random_next(r) >> 11) * 0x1p-53;
}

double random_normal(random_numbers *r)
{
    double u = 1 - random_uniform(r), v = random_uniform(r);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

double random_beta(random_numbers *r, double a, double b)
{
    for (;;) {
        double x = pow(random_uniform(r), 1 / a), y = pow(random_uniform(r), 1 / b);
        if (x + y <= 1 && x + y > 0) return x / (x + y);
    }
}

int random_below(random_numbers *r, int n)
{
    uint64_t bound = (uint64_t)n, reject = -bound % bound, x;
    do x = random_next(r);
    while (x < reject);
    return (int)(x % bound);
}

void random_shuffle(random_numbers *r, int *items, int n)
{
    for (int i = n - 1; i > 0; i--) {
        int j = random_below(r, i + 1), held = items[i];
        items[i] = items[j];
        items[j] = held;
    }
}
