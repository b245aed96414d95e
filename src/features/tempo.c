#include "features/tempo.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

/* A steady tone rises and falls by rounding and by where a frame cuts it; music moves by decibels. */
static const float least_deviation_db = 0.05f;

void tempo_init(tempo *t, double rate_hz)
{
    *t = (tempo){.rate_hz = rate_hz,
                 .window = (int)ceil(9.0 * rate_hz),
                 .recent = (int)ceil(rate_hz),
                 .lags = (int)ceil(4.0 * rate_hz) + 2};
}

void tempo_reset(tempo *t)
{
    t->frames = t->next = 0;
}

void tempo_push(tempo *t, float strength, bool peak)
{
    t->strength[t->next] = strength;
    t->peak[t->next] = peak;
    t->next = (t->next + 1) % t->window;
    if (t->frames < t->window) t->frames++;
}

/* Oldest first, less their mean. */
static void straighten(const tempo *t, float x[TEMPO_MOST_FRAMES])
{
    double sum = 0.0;
    for (int i = 0, at = (t->next - t->frames + t->window) % t->window; i < t->frames; i++, at = (at + 1) % t->window) {
        x[i] = t->strength[at];
        sum += x[i];
    }
    for (int i = 0; i < t->frames; i++) x[i] -= (float)(sum / t->frames);
}

static void describe_recent(const tempo *t, tempo_values *out)
{
    int count = t->frames < t->recent ? t->frames : t->recent, first = t->next - count + t->window, peaks = 0;
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < count; i++) {
        sum += t->strength[(first + i) % t->window];
        peaks += t->peak[(first + i) % t->window] ? 1 : 0;
    }
    for (int i = 0; i < count; i++) {
        double away = t->strength[(first + i) % t->window] - sum / count;
        squares += away * away;
    }
    out->mean_db = (float)(sum / count);
    out->deviation_db = (float)sqrt(squares / count);
    out->onsets_hz = (float)(peaks * t->rate_hz / count);
}

/* A stroke falls between frames: smoothed, neighbours share it and a period that is no whole number of frames keeps its
 * peak. */
static void smooth(float *x, int count)
{
    float before = x[0];
    for (int i = 0; i < count; i++) {
        float here = x[i], after = i + 1 < count ? x[i + 1] : here;
        x[i] = 0.25f * before + 0.5f * here + 0.25f * after;
        before = here;
    }
}

CPU_CLONES static float product(const float *a, const float *b, int count)
{
    float lane[8] = {0};
    int i = 0;
    for (; i + 8 <= count; i += 8)
        for (int l = 0; l < 8; l++) lane[l] += a[i + l] * b[i + l];
    for (; i < count; i++) lane[i % 8] += a[i] * b[i];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* r[lag], 1 at lag 0, every lag by the number of its products; lags beyond half of what is there are left out. */
static int autocorrelate(const tempo *t, const float *x, float r[TEMPO_MOST_LAGS])
{
    int lags = t->lags < t->frames / 2 ? t->lags : t->frames / 2;
    float all = product(x, x, t->frames);
    for (int lag = 0; lag < lags; lag++)
        r[lag] =
            all > 0.0f ? product(x, x + lag, t->frames - lag) / all * (float)t->frames / (float)(t->frames - lag) : 0.0f;
    return lags;
}

typedef struct apex {
    double lag, height;
} apex;

static apex apex_at(const float *r, int lag)
{
    double before = r[lag - 1], here = r[lag], after = r[lag + 1], bend = 2.0 * here - before - after;
    double shift = bend > 0.0 ? 0.5 * (after - before) / bend : 0.0;
    return (apex){lag + shift, here + 0.25 * (after - before) * shift};
}

static bool is_peak(const float *r, int lag)
{
    return r[lag] > 0.0f && r[lag] >= r[lag - 1] && r[lag] > r[lag + 1];
}

/* The same beat, measured at its multiples: two, three, four beats later the error of a lag counts a half to a quarter. */
static double refine(const float *r, int lags, double lag)
{
    for (int beats = 2; beats <= 4; beats++) {
        int near = (int)lround(lag * beats), best = 0;
        if (near + 2 >= lags) break;
        for (int l = near - 1; l <= near + 1; l++)
            if (is_peak(r, l)) best = l;
        if (best == 0) break;
        lag = apex_at(r, best).lag / beats;
    }
    return lag;
}

static double read_bpm(const tempo *t, const float *r, int lags)
{
    double score[TEMPO_MOST_LAGS] = {0}, best = 0.0;
    int first = (int)floor(t->rate_hz * 60.0 / 185.0), last = (int)ceil(t->rate_hz * 60.0 / 59.0);
    if (last > lags - 2) last = lags - 2;
    for (int lag = first; lag <= last; lag++) {
        if (!is_peak(r, lag)) continue;
        apex a = apex_at(r, lag);
        double octaves = log2(t->rate_hz * 60.0 / a.lag / 120.0);
        score[lag] = a.height * exp(-0.5 * octaves * octaves);
        best = fmax(best, score[lag]);
    }
    for (int lag = first; lag <= last; lag++)
        if (score[lag] > 0.0 && score[lag] >= 0.9 * best)
            return fmin(fmax(60.0 * t->rate_hz / refine(r, lags, apex_at(r, lag).lag), 60.0), 180.0);
    return 0.0;
}

void tempo_get(const tempo *t, tempo_values *out)
{
    float x[TEMPO_MOST_FRAMES], r[TEMPO_MOST_LAGS];
    *out = (tempo_values){0};
    if (t->frames == 0) return;
    describe_recent(t, out);
    out->heard = t->frames >= t->rate_hz;
    if (!out->heard || out->deviation_db < least_deviation_db) return;
    straighten(t, x);
    smooth(x, t->frames);
    int lags = autocorrelate(t, x, r), first = (int)ceil(0.25 * t->rate_hz), end = (int)(2.0 * t->rate_hz) + 1, best = 0;
    if (end > lags - 1) end = lags - 1;
    double sum = 0.0, squares = 0.0;
    for (int lag = first; lag < end; lag++) {
        sum += r[lag];
        squares += (double)r[lag] * r[lag];
        if (is_peak(r, lag) && (best == 0 || r[lag] > r[best])) best = lag;
    }
    double mean = end > first ? sum / (end - first) : 0.0;
    out->deviation = end > first ? (float)sqrt(fmax(squares / (end - first) - mean * mean, 0.0)) : 0.0f;
    if (best == 0) return;
    apex a = apex_at(r, best);
    out->clarity = (float)fmin(a.height, 1.0);
    out->bpm = (float)read_bpm(t, r, lags);
}
