#include "features/mel.h"

#include <math.h>

#include "base/clones.h"
#include "features/lanes.h"

struct mel {
    size_t first[MEL_BANDS];      /* bin that weight[offset] belongs to         */
    size_t offset[MEL_BANDS + 1]; /* of the band's weights; whole groups of lanes */
    double centre_hz[MEL_BANDS];
    float *weight;
};

static double mel_of(double hz)
{
    return 1127.0 * log(1.0 + hz / 700.0);
}
static double hz_of(double mels)
{
    return 700.0 * (exp(mels / 1127.0) - 1.0);
}

/* The 28 corner points of the triangles and the bins that are used. */
typedef struct layout {
    double corner[MEL_BANDS + 2];
    double bin_hz;
    size_t lowest, end; /* lowest <= k < end */
} layout;

static layout lay_out(double rate_hz, size_t fft_size)
{
    layout l;
    double low = 20.0, high = fmin(8000.0, rate_hz / 2.0);
    for (int c = 0; c < MEL_BANDS + 2; c++) l.corner[c] = mel_of(low) + c * (mel_of(high) - mel_of(low)) / (MEL_BANDS + 1);
    l.bin_hz = rate_hz / (double)fft_size;
    l.lowest = (size_t)round(low / l.bin_hz) + 1;
    l.end = (size_t)round(high / l.bin_hz);
    return l;
}

static double weight_of(const layout *l, int band, size_t k)
{
    double m = mel_of((double)k * l->bin_hz);
    const double *c = l->corner + band; /* foot, centre, foot */
    if (m < c[0] || m > c[2]) return 0.0;
    if (m < c[1]) return 1.0 - (c[1] - m) / (c[1] - c[0]);
    return (c[2] - m) / (c[2] - c[1]);
}

static size_t first_bin(const layout *l, int band)
{
    size_t k = l->lowest;
    while (k < l->end && weight_of(l, band, k) == 0.0) k++;
    return k;
}

static size_t end_bin(const layout *l, int band)
{
    size_t k = l->end;
    while (k > l->lowest && weight_of(l, band, k - 1) == 0.0) k--;
    return k;
}

mel *mel_create(double rate_hz, size_t fft_size)
{
    mel *m = calloc(1, sizeof *m);
    if (m == NULL) return NULL;
    layout l = lay_out(rate_hz, fft_size);
    for (int b = 0; b < MEL_BANDS; b++) {
        size_t first = first_bin(&l, b), end = end_bin(&l, b);
        m->centre_hz[b] = hz_of(l.corner[b + 1]);
        m->first[b] = first;
        m->offset[b + 1] = m->offset[b] + whole_lanes(end > first ? end - first : 0);
    }
    m->weight = lanes_alloc(m->offset[MEL_BANDS], sizeof *m->weight);
    if (m->weight == NULL) {
        free(m);
        return NULL;
    }
    for (int b = 0; b < MEL_BANDS; b++)
        for (size_t k = m->first[b]; k < end_bin(&l, b); k++)
            m->weight[m->offset[b] + k - m->first[b]] = (float)weight_of(&l, b, k);
    return m;
}

void mel_destroy(mel *m)
{
    if (m == NULL) return;
    free(m->weight);
    free(m);
}

double mel_centre_hz(const mel *m, int band)
{
    return m->centre_hz[band];
}

CPU_CLONES void mel_filter(const mel *m, const float *power, float band[MEL_ROOM])
{
    memset(band, 0, MEL_ROOM * sizeof *band);
    for (int b = 0; b < MEL_BANDS; b++) {
        const float *weight = m->weight + m->offset[b], *p = power + m->first[b];
        size_t count = m->offset[b + 1] - m->offset[b];
        double8 sum = {0};
        for (size_t i = 0; i < count; i += LANES) sum += widen8(load8(weight + i)) * widen8(load8(p + i));
        band[b] = (float)add_lanes(sum);
    }
}
