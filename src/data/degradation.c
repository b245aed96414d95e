#include "data/degradation.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"

static const double rate_hz = 44100, pi = 3.14159265358979323846;

static const struct {
    const char *name;
    degradation degradation;
} known[] = {
    {"none", {.gain_db = 0}},
    {"quiet12", {.gain_db = -12}},
    {"quiet24", {.gain_db = -24}},
    {"laptop", {.low_hz = 150, .high_hz = 7000, .noise_db = 20, .room = true}},
    {"phone", {.low_hz = 300, .high_hz = 3400}},
    {"clip6", {.gain_db = 6, .clip = true}},
};
enum { KNOWN = sizeof known / sizeof *known };

et_status degradation_find(degradation *out, const char *name, et_error *error)
{
    char names[128] = "";
    for (int i = 0; i < KNOWN; i++) {
        *out = known[i].degradation;
        if (strcmp(known[i].name, name) == 0) return ET_OK;
        if (i > 0) strcat(strcat(names, " "), known[i].name);
    }
    return error_set(error, ET_ERROR_ARGUMENT, "there is no degradation '%.80s'; known:%s", name, names);
}

bool degradation_is_none(const degradation *d)
{
    return d->low_hz == 0 && d->high_hz == 0 && d->noise_db == 0 && !d->room && d->gain_db == 0 && !d->clip;
}

/** One second-order Butterworth section, high or low pass, over all samples (transposed direct form II). */
static void section(float *x, size_t n, double corner_hz, bool high_pass)
{
    double w = 2 * pi * corner_hz / rate_hz, alpha = sin(w) / sqrt(2), c = cos(w), a0 = 1 + alpha;
    double b1 = (high_pass ? -(1 + c) : 1 - c) / a0, b0 = fabs(b1) / 2, a1 = -2 * c / a0, a2 = (1 - alpha) / a0;
    double s1 = 0, s2 = 0;
    for (size_t i = 0; i < n; i++) {
        double in = x[i], out = b0 * in + s1;
        s1 = b1 * in - a1 * out + s2;
        s2 = b0 * in - a2 * out;
        x[i] = (float)out;
    }
}

static double mean_square(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
    return n ? sum / (double)n : 0;
}

/** Six feedback delays of a few hundredths of a second, mixed under the direct sound. */
static void add_room(float *x, size_t n)
{
    static const int delay[6] = {509, 863, 1181, 1597, 2039, 2477};
    const double decay_s = 0.3;
    for (size_t i = 0; i < n; i++) {
        double echo = 0;
        for (int k = 0; k < 6; k++)
            if (i >= (size_t)delay[k]) echo += pow(10, -3 * delay[k] / rate_hz / decay_s) * x[i - (size_t)delay[k]];
        x[i] = (float)(x[i] + 0.12 * echo);
    }
}

void degradation_apply(const degradation *d, float *samples, size_t count)
{
    if (d->room) add_room(samples, count);
    if (d->noise_db > 0) {
        double size = sqrt(mean_square(samples, count)) * pow(10, -d->noise_db / 20);
        random_numbers r = random_stream(count, RANDOM_SAMPLE, 0);
        for (size_t i = 0; i < count; i++) samples[i] += (float)(size * random_normal(&r));
    }
    for (int twice = 0; twice < 2; twice++) {
        if (d->low_hz > 0) section(samples, count, d->low_hz, true);
        if (d->high_hz > 0) section(samples, count, d->high_hz, false);
    }
    double gain = pow(10, d->gain_db / 20);
    for (size_t i = 0; i < count; i++) {
        double x = gain * samples[i];
        samples[i] = (float)(d->clip ? fmax(-1, fmin(1, x)) : x);
    }
}
