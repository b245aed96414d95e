/** How long things took: count, percentiles, maximum, in constant memory however many there are.
 *  Times fall into bins of 1/64 octave from 1 us on, so a percentile is at most 1.1% too high; the maximum is exact. */
#ifndef EMOTRACK_TOOLS_LIVE_LATENCY_H
#define EMOTRACK_TOOLS_LIVE_LATENCY_H

#include <stddef.h>
#include <stdint.h>

enum { LATENCY_BINS = 30 * 64 };

/** All zero is empty. */
typedef struct latency {
    uint64_t count;
    double max_s;
    uint64_t bins[LATENCY_BINS];
} latency;

/** @param seconds  below 0 (clocks disagree) counts as 0 */
void latency_add(latency *l, double seconds);

/** The time that `part` (0 .. 1) of all did not exceed, in seconds; 0 if there were none. */
double latency_percentile(const latency *l, double part);

/** "p50 1.2  p95 3.4  p99 5.6  max 7.8 ms" */
void latency_words(const latency *l, char *text, size_t room);

#endif
