/** Timbre filters through spectra along the bands. A row's 96 bands become 49 numbers of a transform of 96 points (long
 *  enough: a filter is never asked where it does not fit); there the filters' sums over bands are products, and their sums
 *  over the seven frames are sums of those. One transform back a filter and frame gives its answers at all places, of which
 *  the largest goes on. Filters lie side by side in lanes; it takes a fifth of the operations that sums over bands would.
 *  Transform: radix 4, 4 and 3 (Stockham's order) on 48 complex numbers (Cooley and Tukey 1965). */
#ifndef EMOTRACK_FEATURES_FAST_EAR_TIMBRE_H
#define EMOTRACK_FEATURES_FAST_EAR_TIMBRE_H

#include <math.h>

#include "base/product.h"
#include "features/ear_layers.h"

enum { HALF = EAR_BANDS / 2, QUARTER = HALF / 4, TIMBRE_TAPS = 7, TIMBRE_FRAMES = 4 /* at once */ };

typedef struct complex_vec {
    vec re, im;
} complex_vec;

/* ---- spectra of rows ------------------------------------------------------------------------------------------------- */

static void ear_spectra(const float *panels, const float *x, int rows, float *out)
{
    multiply(&(product){.rows = rows,
                        .columns = EAR_SPECTRUM,
                        .depth = EAR_BANDS,
                        .a = x,
                        .a_row = EAR_BANDS,
                        .a_depth = 1,
                        .b = panels,
                        .b_depth = TILE_COLUMNS,
                        .b_panel = (ptrdiff_t)EAR_BANDS * TILE_COLUMNS,
                        .c = out,
                        .c_row = EAR_SPECTRUM,
                        .fresh = true});
}

/* ---- spectra of filters ---------------------------------------------------------------------------------------------- */

static size_t ear_timbre_size(const ear_front *l)
{
    return (size_t)((l->live + VECTOR_FLOATS - 1) / VECTOR_FLOATS) * EAR_SPECTRUM * TIMBRE_TAPS * VECTOR_FLOATS;
}

/* `taps` (tap, band, live) -> (group of lanes, bin, tap, real or imaginary, lane), conjugate and divided by 96. */
static void ear_timbre_pack(const ear_front *l, const float *taps, float *kernel)
{
    double cosine[EAR_BANDS], sine[EAR_BANDS];
    for (int i = 0; i < EAR_BANDS; i++) {
        cosine[i] = cos(2 * M_PI * i / EAR_BANDS) / EAR_BANDS;
        sine[i] = sin(2 * M_PI * i / EAR_BANDS) / EAR_BANDS;
    }
    for (int first = 0; first < l->live; first += VECTOR_FLOATS)
        for (int bin = 0; bin <= HALF; bin++)
            for (int t = 0; t < TIMBRE_TAPS; t++, kernel += 2 * VECTOR_FLOATS)
                for (int i = 0; i < VECTOR_FLOATS; i++) {
                    double re = 0, im = 0;
                    for (int k = 0; k < l->width && first + i < l->live; k++) {
                        double w = taps[((size_t)t * l->width + k) * l->live + first + i];
                        re += w * cosine[bin * k % EAR_BANDS];
                        im += w * sine[bin * k % EAR_BANDS];
                    }
                    kernel[i] = (float)re;
                    kernel[VECTOR_FLOATS + i] = (float)im;
                }
}

/* ---- sums over frames ------------------------------------------------------------------------------------------------ */

/* One bin of `frames` frames: sum over taps of row times filter. */
INLINE void timbre_bin(int frames, const float *kernel, const float *spectra, complex_vec *out)
{
    complex_vec sum_of[TIMBRE_FRAMES];
#pragma GCC unroll 4
    for (int f = 0; f < frames; f++) sum_of[f] = (complex_vec){all(0), all(0)};
#pragma GCC unroll 7
    for (int t = 0; t < TIMBRE_TAPS; t++) {
        vec re = load(kernel + 2 * t * VECTOR_FLOATS), im = load(kernel + (2 * t + 1) * VECTOR_FLOATS);
#pragma GCC unroll 4
        for (int f = 0; f < frames; f++) {
            const float *x = spectra + (f + t) * EAR_SPECTRUM;
            sum_of[f].re = x[0] * re + sum_of[f].re;
            sum_of[f].im = x[0] * im + sum_of[f].im;
            sum_of[f].re = sum_of[f].re - x[1] * im;
            sum_of[f].im = x[1] * re + sum_of[f].im;
        }
    }
#pragma GCC unroll 4
    for (int f = 0; f < frames; f++) out[f * (HALF + 1)] = sum_of[f];
}

/* ---- transform back -------------------------------------------------------------------------------------------------- */

INLINE complex_vec turned(complex_vec a, ear_turn w)
{
    return (complex_vec){a.re * w.re - a.im * w.im, a.re * w.im + a.im * w.re};
}

INLINE complex_vec plus(complex_vec a, complex_vec b)
{
    return (complex_vec){a.re + b.re, a.im + b.im};
}

INLINE complex_vec minus(complex_vec a, complex_vec b)
{
    return (complex_vec){a.re - b.re, a.im - b.im};
}

INLINE complex_vec times_i(complex_vec a)
{
    return (complex_vec){-a.im, a.re};
}

/* 96 real numbers, of which y holds half the spectrum, as the spectrum of 48 complex ones: x[2n] + i x[2n + 1]. */
static void fold_spectrum(const complex_vec *y, const ear_turn *w, complex_vec *z)
{
    for (int k = 0; k <= HALF / 2; k++) {
        complex_vec a = y[k], b = {y[HALF - k].re, -y[HALF - k].im};
        complex_vec even = plus(a, b), odd = times_i(turned(minus(a, b), w[k])), mirror = minus(even, odd);
        z[HALF - k] = (complex_vec){mirror.re, -mirror.im};
        z[k] = plus(even, odd);
    }
}

INLINE void radix_4(const complex_vec *in, int in_step, const ear_turn *w, int w_step, complex_vec *out, int out_step)
{
    complex_vec a = in[0], b = in[in_step], c = in[2 * in_step], d = in[3 * in_step];
    complex_vec sum_ac = plus(a, c), rest_ac = minus(a, c), sum_bd = plus(b, d), rest_bd = times_i(minus(b, d));
    out[0] = plus(sum_ac, sum_bd);
    out[out_step] = turned(plus(rest_ac, rest_bd), w[w_step]);
    out[2 * out_step] = turned(minus(sum_ac, sum_bd), w[2 * w_step]);
    out[3 * out_step] = turned(minus(rest_ac, rest_bd), w[3 * w_step]);
}

/* The largest of the first `places` of the 96 numbers; there are never more than 64. */
static vec largest_of_radix_3(const complex_vec *z, int places)
{
    const float root = 0.866025403784438647f; /* sin(2 pi / 3) */
    vec best = all(-INFINITY);
    for (int q = 0; q < 16; q++) {
        complex_vec a = z[q], b = z[q + 16], c = z[q + 32], sum_bc = plus(b, c), x = plus(a, sum_bc);
        if (2 * q < places) best = larger(best, x.re);
        if (2 * q + 1 < places) best = larger(best, x.im);
        if (2 * (q + 16) >= places) continue;
        complex_vec middle = {a.re - 0.5f * sum_bc.re, a.im - 0.5f * sum_bc.im}, side = minus(b, c);
        best = larger(best, middle.re - root * side.im);
        if (2 * (q + 16) + 1 < places) best = larger(best, middle.im + root * side.re);
    }
    return best;
}

static vec largest_place(const complex_vec *y, const ear_turn *w, int places)
{
    complex_vec z[HALF + 1], other[HALF];
    fold_spectrum(y, w, z);
    for (int p = 0; p < QUARTER; p++) radix_4(z + p, QUARTER, w, 2 * p, other + 4 * p, 1);
    for (int p = 0; p < 3; p++)
        for (int q = 0; q < 4; q++) radix_4(other + q + 4 * p, QUARTER, w, 8 * p, z + q + 16 * p, 4);
    return largest_of_radix_3(z, places);
}

/* ---- layer ----------------------------------------------------------------------------------------------------------- */

static void timbre_block(const ear_front *l, int frames, const float *kernel, const float *spectra, const ear_turn *w,
                         int first, float *out, ptrdiff_t stride)
{
    complex_vec y[TIMBRE_FRAMES * (HALF + 1)];
    for (int bin = 0; bin <= HALF; bin++, kernel += 2 * TIMBRE_TAPS * VECTOR_FLOATS, spectra += 2) {
        if (frames == TIMBRE_FRAMES)
            timbre_bin(TIMBRE_FRAMES, kernel, spectra, y + bin);
        else
            for (int f = 0; f < frames; f++) timbre_bin(1, kernel, spectra + f * EAR_SPECTRUM, y + f * (HALF + 1) + bin);
    }
    for (int f = 0; f < frames; f++) {
        vec best = largest_place(y + f * (HALF + 1), w, l->places);
        vec heard = load(l->sign + first) * best + load(l->after.bias + first);
        heard = larger(heard, all(0)) * load(l->after.scale + first) + load(l->after.offset + first);
        store_some(out + f * stride + first, heard, l->live - first);
    }
}

static void ear_timbre_frames(const ear_front *l, const ear_turn *w, const float *spectra, int frames, float *out,
                              ptrdiff_t stride)
{
    const float *kernel = l->kernel;
    for (int first = 0; first < l->live; first += VECTOR_FLOATS, kernel += EAR_SPECTRUM * TIMBRE_TAPS * VECTOR_FLOATS)
        for (int f = 0; f < frames; f += TIMBRE_FRAMES)
            timbre_block(l, frames - f < TIMBRE_FRAMES ? frames - f : TIMBRE_FRAMES, kernel, spectra + f * EAR_SPECTRUM, w,
                         first, out + f * stride, stride);
}

#endif
