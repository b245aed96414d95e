/** Normalised cross-correlation of neighbouring periods of sound, for every length that a period may have. */
#ifndef EMOTRACK_FEATURES_PERIOD_CORRELATION_H
#define EMOTRACK_FEATURES_PERIOD_CORRELATION_H

#include <stddef.h>

/** Sound of one frame, with its running sums. */
typedef struct period_sound {
    size_t count;
    double *sample;  /* room for count + 64, zeros there           */
    double *sum;     /* sum[i] = sample[0] + .. + sample[i-1]      */
    double *squares; /* the same of sample^2                       */
} period_sound;

/** Takes `count` samples over and sums them up. */
void period_sound_set(period_sound *s, const float *samples, size_t count);

/** cc(lag) of s[start .. start+lag-1] with s[start+lag .. start+2 lag-1], each less its mean, for first <= lag <= last; NaN
 * where one side is constant. Energies come from running sums and only the products are summed lag by lag: some 1e-13 from
 * the reference's value.
 *  @param cc  receives last - first + 1 values */
void period_correlation_fast(const period_sound *s, size_t start, size_t first, size_t last, double *cc);

/** The same with every sum in the reference's order: the reference's bits, at three times the work. */
void period_correlation_exact(const period_sound *s, size_t start, size_t first, size_t last, double *cc);

/** Offset from `first` of the largest strict local maximum among lags first+1 .. last-2, the first of equals; 0 if there is
 *  none. On return cc there and beside it has the reference's bits: the fast values choose, unless the choice is so close
 * that they could err, and only the three that count are summed anew. */
size_t period_correlation_peak(const period_sound *s, size_t start, size_t first, size_t last, double *cc);

#endif
