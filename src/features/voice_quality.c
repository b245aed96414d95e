#include "features/voice_quality.h"

#include <math.h>
#include <stdbool.h>

#include "base/clones.h"
#include "features/lanes.h"
#include "features/parabola.h"

enum { MAX_PERIODS = 128 };
static const float NO_HARMONICS_DB = -100.0f;

struct voice_quality {
    double rate_hz;
    size_t hop, want_hop; /* frames advance by hop; what is read advances by 10 ms rounded up */
    size_t frame_size;

    /* Where reading stands: frames overlap, periods do not, so what a frame leaves over is the next one's. */
    int64_t place;
    size_t left_over;
    float period, difference;          /* of the last accepted period; 0: none */
    float jitter, jitter_ddp, shimmer; /* last values, held while no period is accepted */

    period_correlation *correlation;
    float *mean_period;
    float *nothing;            /* zeros, as long as a period */
    size_t start[MAX_PERIODS]; /* of the periods found in this frame */
    size_t starts;
};

/* Bounds of this frame's search, in samples. */
typedef struct search {
    const float *sound;              /* of the segment that is read */
    size_t want, need;               /* samples to advance by; samples at hand */
    size_t usual, shortest, longest; /* periods */
} search;

/* Sums over the accepted periods of one frame. */
typedef struct tally {
    float lowest_peak; /* of correlation */
    bool has_lowest;
    int periods, differences, double_differences;
    float period, difference, double_difference;
    float amplitude, amplitude_difference;
} tally;

voice_quality *voice_quality_create(double rate_hz, size_t hop, size_t frame_size)
{
    voice_quality *v = calloc(1, sizeof *v);
    if (v == NULL) return NULL;
    v->rate_hz = rate_hz;
    v->hop = hop;
    v->want_hop = (size_t)ceil(0.01 * rate_hz);
    v->frame_size = frame_size;
    size_t room = 2 * frame_size + 64;
    v->correlation = period_correlation_create(room);
    v->mean_period = lanes_alloc(room, sizeof(float));
    v->nothing = lanes_alloc(room, sizeof(float));
    if (v->correlation && v->mean_period && v->nothing) return v;
    voice_quality_destroy(v);
    return NULL;
}

void voice_quality_destroy(voice_quality *v)
{
    if (v == NULL) return;
    period_correlation_destroy(v->correlation);
    free(v->mean_period);
    free(v->nothing);
    free(v);
}

void voice_quality_reset(voice_quality *v)
{
    v->place = 0;
    v->left_over = 0;
    v->period = v->difference = 0.0f;
    v->jitter = v->jitter_ddp = v->shimmer = 0.0f;
}

int64_t voice_quality_oldest(const voice_quality *v, int64_t frame)
{
    int64_t oldest = frame * (int64_t)v->hop - (int64_t)v->frame_size;
    return oldest > 0 ? oldest : 0;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Largest less smallest of x[1] .. x[count-2]. */
CPU_CLONES static float amplitude_of(const float *x, size_t count)
{
    float low = x[1], high = x[1];
    for (size_t i = 2; i + 1 < count; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    return high - low;
}

static void accept_period(voice_quality *v, tally *t, float period_s, float amplitude, float next_amplitude)
{
    t->periods++;
    t->period += period_s;
    if (v->period > 0.0f) {
        float difference = fabsf(v->period - period_s);
        t->difference += difference;
        t->differences++;
        if (v->difference > 0.0f) {
            t->double_difference += fabsf(v->difference - difference);
            t->double_differences++;
        }
        v->difference = difference;
    }
    v->period = period_s;
    t->amplitude += (amplitude + next_amplitude) / 2.0f;
    t->amplitude_difference += fabsf(amplitude - next_amplitude);
}

/* Looks for the period that begins at `start`; returns its length, or 0 if there is none.
 * A period counts if the height of its correlation (double) is above the lowest so far, its own included, rounded to float:
 * the reference's "compatible" rule, by which the data sets were made. */
static size_t measure_period(voice_quality *v, const search *s, size_t start, tally *t)
{
    correlation_peak peak;
    if (!period_correlation_peak(v->correlation, start, s->shortest, s->longest, &peak)) return 0;
    double i = (double)(peak.lag - s->shortest);
    apex top = parabola_apex(i - 1.0, peak.before, i, peak.here, i + 1.0, peak.after);
    float height = (float)top.height;
    if (!t->has_lowest || t->lowest_peak > height) t->lowest_peak = height;
    t->has_lowest = true;
    if (top.height > (double)t->lowest_peak) {
        float period_s = (float)(fabs((double)s->shortest + top.x) / v->rate_hz);
        accept_period(v, t, period_s, amplitude_of(s->sound + start, peak.lag),
                      amplitude_of(s->sound + start + peak.lag, peak.lag));
    }
    return peak.lag;
}

static void set_jitter(voice_quality *v, const tally *t, voice_values *out)
{
    out->jitter = v->jitter;
    out->jitter_ddp = v->jitter_ddp;
    out->shimmer = fminf(v->shimmer, 1.0f);
    if (t->periods == 0) return;
    float mean_period = t->period / (float)t->periods;
    out->jitter = out->jitter_ddp = 0.0f;
    if (t->differences > 0) out->jitter = v->jitter = fminf(t->difference / (float)t->differences / mean_period, 1.0f);
    if (t->double_differences > 0)
        out->jitter_ddp = v->jitter_ddp = fminf(t->double_difference / (float)t->double_differences / mean_period, 1.0f);
    v->shimmer = t->amplitude != 0.0f ? t->amplitude_difference / t->amplitude : 0.0f;
    out->shimmer = fminf(v->shimmer, 1.0f);
}

CPU_CLONES static void add_samples(float *restrict sum, const float *restrict x, size_t count)
{
    for (size_t i = 0; i < count; i++) sum[i] += x[i];
}

/* sum (x - y)^2 */
CPU_CLONES static double energy_of_difference(const float *x, const float *y, size_t count)
{
    double8 sum = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        double8 d = widen8(load8(x + i) - load8(y + i));
        sum += d * d;
    }
    double rest = 0.0;
    for (; i < count; i++) {
        double d = x[i] - y[i];
        rest += d * d;
    }
    return add_lanes(sum) + rest;
}

static double mean_period_rms(voice_quality *v, const search *s)
{
    float *h = v->mean_period;
    memset(h, 0, s->usual * sizeof *h);
    for (size_t p = 0; p < v->starts; p++) add_samples(h, s->sound + v->start[p], s->usual);
    for (size_t i = 0; i < s->usual; i++) h[i] /= (float)v->starts;
    return sqrt(energy_of_difference(h + 3, v->nothing, s->usual - 5) / (double)(s->usual - 4));
}

/* What the mean period leaves of each period, `end` being where the last one ends. */
static double noise_rms(const voice_quality *v, const search *s, size_t end)
{
    double sum = 0.0;
    size_t count = 0;
    for (size_t p = 0; p < v->starts; p++) {
        size_t from = v->start[p], next = p + 1 < v->starts ? v->start[p + 1] : end;
        size_t to = smaller(next, from + s->usual);
        if (to < from + 5) continue;
        count += to - from - 4;
        sum += energy_of_difference(s->sound + from + 2, v->mean_period + 2, to - from - 4);
    }
    return count > 0 ? sqrt(sum / (double)count) : 0.0;
}

static float harmonics_to_noise_db(double harmonics, double noise)
{
    if (noise == 0.0) return 0.0f;
    if (harmonics == 0.0) return NO_HARMONICS_DB;
    return fmaxf((float)(20.0 * log10(harmonics / noise)), NO_HARMONICS_DB);
}

static void remember_start(voice_quality *v, size_t start)
{
    if (v->starts < MAX_PERIODS) v->start[v->starts++] = start;
}

/* Walks from period to period; returns where the next frame goes on. */
static size_t measure_frame(voice_quality *v, const search *s, voice_values *out)
{
    tally t = {0};
    size_t start = 0, last = 0, length = 0;
    v->starts = 0;
    period_correlation_set(v->correlation, s->sound, s->need);
    while (start + 2 * s->longest + 1 < s->need) {
        size_t found = measure_period(v, s, start, &t);
        if (found > 0) remember_start(v, start);
        length = found > 0 ? found : s->usual;
        start += length;
        if (start + 1 < s->want) last = start;
    }
    set_jitter(v, &t, out);
    remember_start(v, start);
    double harmonics = mean_period_rms(v, s);
    out->hnr_db = harmonics_to_noise_db(harmonics, noise_rms(v, s, start + length));
    return last;
}

static void pass_unvoiced(voice_quality *v, size_t want, voice_values *out)
{
    *out = (voice_values){.hnr_db = NO_HARMONICS_DB};
    v->place += (int64_t)want;
    v->left_over = 0;
    v->period = v->difference = 0.0f;
    v->jitter = v->jitter_ddp = v->shimmer = 0.0f;
}

void voice_quality_frame(voice_quality *v, int64_t frame, double f0_hz, const float *sound, int64_t first, voice_values *out)
{
    search s = {.want = v->want_hop + v->left_over};
    int64_t begin = frame * (int64_t)v->hop - (int64_t)v->left_over;
    bool out_of_step = begin != v->place || v->left_over > v->frame_size;
    if (out_of_step) v->place = frame * (int64_t)v->hop;
    if (f0_hz <= 0.0) {
        pass_unvoiced(v, s.want, out);
        return;
    }
    double period = v->rate_hz / f0_hz;
    s.usual = (size_t)round(period);
    s.shortest = (size_t)floor(0.75 * period);
    s.longest = (size_t)ceil(1.25 * period);
    s.need = s.want > 2 * s.longest + 2 ? s.want : 2 * s.longest + 2;
    s.need = smaller(s.need, out_of_step ? v->frame_size : v->left_over + v->frame_size);
    s.sound = sound + (v->place - first);

    size_t last = measure_frame(v, &s, out);
    v->left_over = s.want - last;
    v->place += (int64_t)last;
}
