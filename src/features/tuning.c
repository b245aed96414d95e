#include "features/tuning.h"

#include <math.h>

void tuning_init(tuning *t, double bin_hz, double frames)
{
    *t = (tuning){.bin_hz = bin_hz,
                  .first = (size_t)ceil(150.0 / bin_hz),
                  .end = (size_t)floor(4000.0 / bin_hz),
                  .keep = exp(-1.0 / frames)};
}

void tuning_reset(tuning *t)
{
    t->along = t->across = 0.0;
}

void tuning_frame(tuning *t, const float *magnitude)
{
    float largest = 0.0f;
    for (size_t k = t->first; k < t->end; k++) largest = fmaxf(largest, magnitude[k]);
    if (largest == 0.0f) return;
    t->along *= t->keep;
    t->across *= t->keep;
    for (size_t k = t->first; k < t->end; k++) {
        double before = magnitude[k - 1], here = magnitude[k], after = magnitude[k + 1];
        if (here < 0.1 * largest || here <= before || here < after) continue;
        double shift = 0.5 * (after - before) / (2.0 * here - before - after);
        double semitone = 12.0 * log2(((double)k + shift) * t->bin_hz / 440.0);
        t->along += here / largest * cos(2.0 * M_PI * semitone);
        t->across += here / largest * sin(2.0 * M_PI * semitone);
    }
}

double tuning_semitones(const tuning *t)
{
    return atan2(t->across, t->along) / (2.0 * M_PI);
}
