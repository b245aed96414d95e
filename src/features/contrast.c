#include "features/contrast.h"

#include <math.h>

void contrast_init(contrast *c, double bin_hz, size_t bins)
{
    for (int b = 0; b < CONTRAST_BANDS; b++) {
        double low = b > 0 ? 200.0 * exp2(b - 1) : 0.0, high = 200.0 * exp2(b);
        size_t first = (size_t)ceil(low / bin_hz), last = (size_t)floor(high / bin_hz);
        if (b > 0) first--; /* librosa: one bin below joins the band, and its last bin counts only for the fiftieth */
        c->first[b] = first;
        c->end[b] = b + 1 < CONTRAST_BANDS ? last : bins;
        size_t counted = c->end[b] - first + (b + 1 < CONTRAST_BANDS ? 1 : 0);
        size_t fiftieth = (size_t)fmax(rint(0.02 * (double)counted), 1.0);
        c->taken[b] = fiftieth < CONTRAST_MOST ? fiftieth : CONTRAST_MOST;
    }
}

/* Mean of the `taken` largest values (sign +1) or smallest ones (sign -1), kept sorted while the band goes by. */
static double mean_of_extremes(const float *value, size_t count, size_t taken, float sign)
{
    float kept[CONTRAST_MOST]; /* largest first */
    size_t have = 0;
    for (size_t i = 0; i < count; i++) {
        float v = sign * value[i];
        if (have == taken && v <= kept[have - 1]) continue;
        size_t at = have < taken ? have++ : have - 1;
        for (; at > 0 && kept[at - 1] < v; at--) kept[at] = kept[at - 1];
        kept[at] = v;
    }
    double sum = 0.0;
    for (size_t i = 0; i < have; i++) sum += kept[i];
    return sign * sum / (double)have;
}

void contrast_frame(const contrast *c, const float *magnitude, float out[CONTRAST_BANDS])
{
    float largest = 0.0f;
    for (size_t k = 0; k < c->end[CONTRAST_BANDS - 1]; k++) largest = fmaxf(largest, magnitude[k]);
    double least = 1e-6 * largest;
    for (int b = 0; b < CONTRAST_BANDS; b++) {
        const float *band = magnitude + c->first[b];
        size_t count = c->end[b] - c->first[b];
        double peak = fmax(mean_of_extremes(band, count, c->taken[b], 1.0f), least);
        double valley = fmax(mean_of_extremes(band, count, c->taken[b], -1.0f), least);
        out[b] = least > 0.0 ? (float)(10.0 * log10(peak / valley)) : 0.0f;
    }
}
