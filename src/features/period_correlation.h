/** Where sound resembles itself one period later: the peak of the normalised cross-correlation of neighbouring periods.
 *
 *  The reference sums each lag in double, two passes, in the order of the samples, and its jitter hangs on the last bit of
 *  the result. Here every lag is first summed in float, which leaves few lags that could be the peak, and those are summed as
 *  the reference does: its bits at a fraction of its work. */
#ifndef EMOTRACK_FEATURES_PERIOD_CORRELATION_H
#define EMOTRACK_FEATURES_PERIOD_CORRELATION_H

#include <stdbool.h>
#include <stddef.h>

typedef struct period_correlation period_correlation;

/** @param most_samples  of one frame
 *  @return NULL if memory is out */
period_correlation *period_correlation_create(size_t most_samples);
void period_correlation_destroy(period_correlation *p);

/** Takes over the samples of a frame. */
void period_correlation_set(period_correlation *p, const float *samples, size_t count);

typedef struct correlation_peak {
    size_t lag;
    double before, here, after; /**< cc(lag - 1), cc(lag), cc(lag + 1): the reference's bits */
} correlation_peak;

/** Largest strict local maximum of cc(lag) among lags first+1 .. last-2, the smallest lag of equals; cc(lag) compares
 *  s[start .. start+lag-1] with s[start+lag .. start+2 lag-1], each less its mean, and is NaN where one of them is constant.
 *  @param last  start + 2 last + 1 <= samples of the frame
 *  @return false if there is no maximum */
bool period_correlation_peak(period_correlation *p, size_t start, size_t first, size_t last, correlation_peak *out);

#endif
