#include "features/pitch.h"

#include <math.h>

#include "base/clones.h"
#include "features/fft.h"
#include "features/lanes.h"
#include "features/octave_spline.h"
#include "features/parabola.h"

enum { HARMONICS = 15, BLOCK = 4 * LANES };
static const double LOW_HZ = 25.0;      /* first point of the axis of octaves */
static const double COMPRESSION = 0.85; /* weight of a harmonic against the one before */
static const float MIN_HZ = 52.0f, MAX_HZ = 620.0f;
static const double WINDOW_SIGMA = 0.4; /* of half the frame */

struct pitch {
    size_t frame_size, bins;
    fft *spectrum;
    octave_spline *octaves;
    float *window;
    float *magnitude;
    int32_t *is_peak; /* bin k at k + 2, so that neighbours may be asked of at both ends */
    float *smoothed;
    float *weight;                           /* auditory weight of each point */
    float *weighted;                         /* points, then zeros for the harmonics beyond the top */
    float *sum;                              /* sub-harmonic sums */
    float *maximum;                          /* sums that are local maxima, else 0 */
    float *block_top;                        /* largest local maximum of every BLOCK points */
    float harmonic_weight[HARMONICS][LANES]; /* the same in every lane */
    size_t shift[HARMONICS];                 /* of harmonic h in points */
    float low_octave, octave_step;
};

static void fill_window(pitch *p)
{
    double middle = (double)(p->frame_size - 1) / 2.0;
    for (size_t i = 0; i < p->frame_size; i++) {
        double away = ((double)i - middle) / (WINDOW_SIGMA * middle);
        p->window[i] = (float)exp(-0.5 * away * away);
    }
}

/* The ear's weight rises over about an octave around 65 Hz; harmonic h lies Q log2 h points above its fundamental. */
static void fill_octave_tables(pitch *p, double top_hz)
{
    double points_per_octave = (double)p->bins / log2(top_hz / LOW_HZ);
    double alpha = points_per_octave * log2(65.0 / 50.0) - 1.0;
    for (size_t m = 0; m < p->bins; m++) {
        double away = 3.0 * ((double)m + 1.0 - alpha) / points_per_octave;
        p->weight[m] = (float)(0.5 + atan(away) / M_PI);
    }
    for (int h = 0; h < HARMONICS; h++) {
        for (int i = 0; i < LANES; i++) p->harmonic_weight[h][i] = (float)(pow(COMPRESSION, h) / HARMONICS);
        p->shift[h] = (size_t)floor((double)(float)points_per_octave * log2(h + 1.0));
    }
    p->low_octave = (float)log2(LOW_HZ);
    p->octave_step = ((float)log2(top_hz) - p->low_octave) / (float)(p->bins - 1);
}

static int allocate(pitch *p, size_t size, double bin_hz)
{
    p->spectrum = fft_create(size);
    p->octaves = octave_spline_create(p->bins, bin_hz, LOW_HZ);
    p->is_peak = lanes_alloc(p->bins + 4, sizeof *p->is_peak);
    p->window = lanes_alloc(p->frame_size, sizeof(float));
    p->magnitude = lanes_alloc(p->bins, sizeof(float));
    p->smoothed = lanes_alloc(p->bins, sizeof(float));
    p->weight = lanes_alloc(p->bins, sizeof(float));
    p->weighted = lanes_alloc(2 * p->bins + BLOCK, sizeof(float));
    p->sum = lanes_alloc(p->bins + BLOCK, sizeof(float));
    p->maximum = lanes_alloc(p->bins + BLOCK, sizeof(float));
    p->block_top = lanes_alloc(p->bins / BLOCK + 1, sizeof(float));
    return p->spectrum && p->octaves && p->is_peak && p->window && p->magnitude && p->smoothed && p->weight && p->weighted &&
           p->sum && p->maximum && p->block_top;
}

pitch *pitch_create(double rate_hz, size_t frame_size)
{
    pitch *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    size_t size = fft_size(frame_size);
    double bin_hz = rate_hz / (double)size;
    p->frame_size = frame_size;
    p->bins = size / 2 + 1;
    if (!allocate(p, size, bin_hz)) {
        pitch_destroy(p);
        return NULL;
    }
    fill_window(p);
    fill_octave_tables(p, (double)(p->bins - 1) * bin_hz);
    return p;
}

void pitch_destroy(pitch *p)
{
    if (p == NULL) return;
    fft_destroy(p->spectrum);
    octave_spline_destroy(p->octaves);
    float *tables[] = {p->window, p->magnitude, p->smoothed, p->weight, p->weighted, p->sum, p->maximum, p->block_top};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) free(tables[i]);
    free(p->is_peak);
    free(p);
}

/* Windows the frame into the transform's input; gives its rms. The input's room beyond the frame stays 0. */
CPU_CLONES static float window_frame(const pitch *p, const float *restrict frame, float *restrict input)
{
    const float *restrict window = p->window;
    double8 sum = {0};
    size_t i = 0;
    for (; i + LANES <= p->frame_size; i += LANES) {
        float8 x = load8(frame + i) * load8(window + i);
        store8(input + i, x);
        sum += widen8(x) * widen8(x);
    }
    double rest = 0.0;
    for (; i < p->frame_size; i++) {
        input[i] = frame[i] * window[i];
        rest += (double)input[i] * (double)input[i];
    }
    return (float)sqrt((add_lanes(sum) + rest) / (double)p->frame_size);
}

/* Marks local maxima; returns how many there are. */
CPU_CLONES static int find_peaks(const float *restrict a, int32_t *restrict is_peak, size_t bins)
{
    int count = 0;
    for (size_t k = 1; k + 1 < bins; k++) {
        int32_t mark = -((a[k] > a[k - 1]) & (a[k] >= a[k + 1]));
        is_peak[k] = mark;
        count -= mark;
    }
    is_peak[0] = -(a[0] > a[1]);
    is_peak[bins - 1] = -(a[bins - 1] > a[bins - 2]);
    return count - is_peak[0] - is_peak[bins - 1];
}

/* A bin stays if a peak is at most two bins away. */
CPU_CLONES static void keep_near_peaks(float *restrict a, const int32_t *restrict is_peak, size_t first, size_t last)
{
    for (size_t k = first; k <= last; k++) {
        int32_t keep = is_peak[k - 2 + 2] | is_peak[k - 1 + 2] | is_peak[k + 2] | is_peak[k + 1 + 2] | is_peak[k + 2 + 2];
        a[k] = keep ? a[k] : 0.0f;
    }
}

/* Between two peaks only the bins next to them stay. With a single peak, the reference keeps bins 0 .. 2 only. */
static void enhance_peaks(pitch *p)
{
    float *a = p->magnitude;
    int32_t *is_peak = p->is_peak + 2;
    int count = find_peaks(a, is_peak, p->bins);
    if (count == 1) memset(a + 3, 0, (p->bins - 3) * sizeof *a);
    if (count < 2) return;
    size_t first = 0, last = p->bins - 1;
    while (!is_peak[first]) first++;
    while (!is_peak[last]) last--;
    keep_near_peaks(a, p->is_peak, first, last);
}

CPU_CLONES static void smooth_bins(const float *restrict a, float *restrict b, size_t bins)
{
    for (size_t k = 1; k + 1 < bins; k++) b[k] = (a[k - 1] + 2.0f * a[k] + a[k + 1]) * 0.25f;
    b[0] = (2.0f * a[0] + a[1]) * 0.25f;
    b[bins - 1] = a[bins - 1];
}

/* s_m = sum_h 0.85^(h-1) y[m + shift_h] / 15, h = 1 .. 15; returns the mean over all points. */
CPU_CLONES static double sum_harmonics(pitch *p)
{
    double8 total = {0};
    for (size_t m = 0; m < p->bins; m += 2 * LANES) {
        float8 low = {0}, high = {0};
        for (int h = 0; h < HARMONICS && m + p->shift[h] < p->bins; h++) {
            const float *y = p->weighted + m + p->shift[h];
            float8 weight = load8(p->harmonic_weight[h]);
            low += load8(y) * weight;
            high += load8(y + LANES) * weight;
        }
        store8(p->sum + m, low);
        store8(p->sum + m + LANES, high);
        total += widen8(low) + widen8(high);
    }
    return add_lanes(total) / (double)p->bins;
}

/* Keeps the sums that are local maxima, zeros elsewhere, and the largest of each block. */
CPU_CLONES static void find_maxima(const pitch *p)
{
    for (size_t m = 0; m < p->bins; m += BLOCK) {
        float8 top = {0};
        for (size_t i = m; i < m + BLOCK; i += LANES) {
            const float *s = p->sum + 1 + i;
            float8 here = load8(s);
            float8 maxima = (float8)((int8)here & (here > load8(s - 1)) & (here > load8(s + 1)));
            store8(p->maximum + 1 + i, maxima);
            top = max8(top, maxima);
        }
        float largest = top[0];
        for (int i = 1; i < LANES; i++) largest = top[i] > largest ? top[i] : largest;
        p->block_top[m / BLOCK] = largest;
    }
}

/* The points of the six largest local maxima between the ends, falling, the first of equals first; returns how many. */
static int largest_maxima(const pitch *p, size_t at[PITCH_SLOTS])
{
    const float *maximum = p->maximum;
    float least = 0.0f;
    int count = 0;
    for (size_t block = 0; block * BLOCK + 2 < p->bins; block++) {
        if (p->block_top[block] <= least) continue;
        size_t end = (block + 1) * BLOCK + 1 < p->bins ? (block + 1) * BLOCK + 1 : p->bins - 1;
        for (size_t m = block * BLOCK + 1; m < end; m++) {
            if (maximum[m] <= least) continue;
            int slot = count < PITCH_SLOTS ? count++ : PITCH_SLOTS - 1;
            for (; slot > 0 && maximum[m] > maximum[at[slot - 1]]; slot--) at[slot] = at[slot - 1];
            at[slot] = m;
            if (count == PITCH_SLOTS) least = maximum[at[PITCH_SLOTS - 1]];
        }
    }
    return count;
}

static float octave_at(const pitch *p, size_t m)
{
    return (float)m * p->octave_step + p->low_octave;
}

/* Adds the candidate at point m, refined between the points, unless its frequency is out of range. */
static void add_candidate(const pitch *p, size_t m, double mean, pitch_candidates *out)
{
    apex top =
        parabola_apex(octave_at(p, m - 1), p->sum[m - 1], octave_at(p, m), p->sum[m], octave_at(p, m + 1), p->sum[m + 1]);
    float hz = (float)exp2(top.x), score = (float)top.height;
    if (hz > MAX_HZ || hz < MIN_HZ) return;
    out->hz[out->count] = hz;
    out->score[out->count] = score;
    out->voicing[out->count] = score > 0.0f && score > mean ? (float)(1.0 - mean / top.height) : 0.0f;
    out->count++;
}

static void swap(float *a, float *b)
{
    float kept = *a;
    *a = *b;
    *b = kept;
}

static void largest_first(pitch_candidates *c)
{
    int best = 0;
    for (int i = 1; i < c->count; i++)
        if (c->score[i] > c->score[best]) best = i;
    swap(&c->hz[0], &c->hz[best]);
    swap(&c->voicing[0], &c->voicing[best]);
    swap(&c->score[0], &c->score[best]);
}

void pitch_frame(pitch *p, const float *frame, pitch_candidates *out)
{
    memset(out, 0, sizeof *out);
    out->energy = window_frame(p, frame, fft_input(p->spectrum));
    fft_magnitude(p->spectrum, p->magnitude);
    enhance_peaks(p);
    smooth_bins(p->magnitude, p->smoothed, p->bins);
    octave_spline_apply(p->octaves, p->smoothed, p->weight, p->weighted);
    double mean = sum_harmonics(p);

    find_maxima(p);
    size_t at[PITCH_SLOTS];
    int count = largest_maxima(p, at);
    for (int i = 0; i < count; i++) add_candidate(p, at[i], mean, out);
    largest_first(out);
}
