#include "live/latency.h"

#include <math.h>
#include <stdio.h>

enum { BINS_AN_OCTAVE = 64 };

static const double least_s = 1e-6;

void latency_add(latency *l, double seconds)
{
    int bin = seconds > least_s ? (int)ceil(log2(seconds / least_s) * BINS_AN_OCTAVE) : 0;
    l->bins[bin < LATENCY_BINS ? bin : LATENCY_BINS - 1]++;
    l->count++;
    if (seconds > l->max_s) l->max_s = seconds;
}

double latency_percentile(const latency *l, double part)
{
    if (l->count == 0) return 0;
    uint64_t wanted = (uint64_t)ceil(part * (double)l->count), seen = 0;
    int bin = 0;
    while (bin < LATENCY_BINS - 1 && (seen += l->bins[bin]) < wanted) bin++;
    double upper_s = least_s * exp2((double)bin / BINS_AN_OCTAVE);
    return upper_s < l->max_s ? upper_s : l->max_s;
}

void latency_words(const latency *l, char *text, size_t room)
{
    snprintf(text, room, "p50 %.2f  p95 %.2f  p99 %.2f  max %.2f ms", latency_percentile(l, .5) * 1e3,
             latency_percentile(l, .95) * 1e3, latency_percentile(l, .99) * 1e3, l->max_s * 1e3);
}
