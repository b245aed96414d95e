/** A spectrum on an axis of octaves: natural cubic spline through (log2 f_k, b_k), evaluated at equally spaced points. Knots
 *  and points never change, so the tridiagonal system is factored, and every point's four weights are computed, at creation.
 */
#ifndef EMOTRACK_FEATURES_OCTAVE_SPLINE_H
#define EMOTRACK_FEATURES_OCTAVE_SPLINE_H

#include <stddef.h>

typedef struct octave_spline octave_spline;

/** @param bins    number of bins and of points, >= 257
 *  @param bin_hz  distance of bins
 *  @param low_hz  frequency of point 0; the last point is the last bin
 *  @return NULL if memory is out */
octave_spline *octave_spline_create(size_t bins, double bin_hz, double low_hz);
void octave_spline_destroy(octave_spline *s);

/** @param spectrum  `bins` values
 *  @param weight    factor of each point
 *  @param out       receives max(value, 0) * weight; rooms from lanes_alloc */
void octave_spline_apply(octave_spline *s, const float *spectrum, const float *weight, float *out);

#endif
