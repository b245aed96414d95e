/** How the parameters of a new network begin. */
#include <math.h>
#include <stdlib.h>

#include "features/families.h"
#include "model/network_internal.h"

static const double pi = 3.14159265358979323846;

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double draw_uniform(uint64_t *state)
{
    return ((double)(draw(state) >> 11) + 0.5) / 9007199254740992.0;
}

static double draw_normal(uint64_t *state)
{
    double radius = sqrt(-2 * log(draw_uniform(state)));
    return radius * cos(2 * pi * draw_uniform(state));
}

/* Glorot and Bengio 2010. */
static void glorot(const layer_tensor *t, size_t count, real *w, uint64_t *state)
{
    int width = t->rank > 2 ? t->dims[2] : 1;
    double bound = sqrt(6.0 / ((double)(t->dims[0] + t->dims[1]) * width));
    for (size_t i = 0; i < count; i++) w[i] = (real)((2 * draw_uniform(state) - 1) * bound);
}

/* Orthonormal columns from normal ones by Gram and Schmidt, twice for rounding (Saxe et al. 2014). */
static void orthogonal(const layer_tensor *t, real *w, uint64_t *state)
{
    int rows = t->dims[0], columns = t->dims[1];
    for (int k = 0; k < columns; k++) {
        for (int r = 0; r < rows; r++) w[(size_t)r * columns + k] = (real)draw_normal(state);
        for (int before = 0; before < 2 * k; before++) {
            double dot = 0;
            for (int r = 0; r < rows; r++)
                dot += (double)w[(size_t)r * columns + k] * (double)w[(size_t)r * columns + before % k];
            for (int r = 0; r < rows; r++) w[(size_t)r * columns + k] -= (real)dot * w[(size_t)r * columns + before % k];
        }
        double square = 0;
        for (int r = 0; r < rows; r++) square += (double)w[(size_t)r * columns + k] * (double)w[(size_t)r * columns + k];
        for (int r = 0; r < rows; r++) w[(size_t)r * columns + k] *= (real)(1 / sqrt(square));
    }
}

static void start(const layer_tensor *t, size_t count, real *w, uint64_t *state)
{
    for (size_t i = 0; i < count; i++) {
        switch (t->start) {
        case START_ONE: w[i] = 1; break;
        case START_NO_LOG: w[i] = -1; break;
        case START_COUNTING: w[i] = (real)i; break;
        case START_FORGET: w[i] = i / (count / 4) == 1; break;
        case START_POWERS: w[i] = (real)row_gain_power((int)i); break;
        case START_RMS_FLOOR: w[i] = (real)1e-5; break; /* -100 dB */
        case START_IDENTITY: w[i] = i / (size_t)t->dims[1] == i % (size_t)t->dims[1]; break;
        default: w[i] = 0;
        }
    }
    if (t->start == START_GLOROT) glorot(t, count, w, state);
    if (t->start == START_ORTHOGONAL) orthogonal(t, w, state);
}

void network_initialise(network *net, uint64_t seed)
{
    uint64_t state = seed;
    size_t tensor = 0;
    for (int i = 0; i < net->layers; i++)
        for (int t = 0; t < net->layer[i].tensors; t++, tensor++)
            start(&net->layer[i].tensor[t], net->tensor[tensor].count, net->parameters + net->tensor[tensor].offset, &state);
    network_refresh(net);
}
