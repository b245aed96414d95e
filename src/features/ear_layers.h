/** The layers of the learned ear as they are computed (Pons et al., "End-to-end learning for music audio tagging at scale",
 *  ISMIR 2018): every convolution is followed by ReLU, then by batch norm with the stored statistics.
 *
 *  Nine in ten of the published front filters, and two in three of the first middle layer's, were driven to zero in
 *  training: whatever they hear, their output is one number. Those are *still*; only *live* filters are computed. A row
 *  between layers holds the live ones side by side, and a last column of ones that carries the sum of the still ones into
 *  the next layer (it is 0 beyond the ends of the sound, as they are). */
#ifndef EMOTRACK_FEATURES_EAR_LAYERS_H
#define EMOTRACK_FEATURES_EAR_LAYERS_H

#include <stddef.h>

#include "features/ear_mel.h"
#include "features/ear_weights.h"

enum {
    EAR_FRONT_LAYERS = 5, /* timbre, then rhythm */
    EAR_TIMBRE_LAYERS = 2,
    EAR_FRONT = 561, /* timbre 204, 204; rhythm 51, 51, 51 */
    EAR_MIDDLE_LAYERS = 3,
    EAR_MIDDLE = 64,
    EAR_FILTERS_MOST = 204,
    EAR_FILTERS_ROOM = 208,       /* whole vectors of them */
    EAR_SPECTRUM = EAR_BANDS + 2, /* real and imaginary parts of 49 bins along the bands of a row */
    EAR_MIDDLE_TAPS = 7,
    EAR_GROUP = 6 /* rhythm filters that are computed side by side, at most */
};

/** What follows a convolution, filter by filter. */
typedef struct ear_after {
    float bias[EAR_FILTERS_ROOM], scale[EAR_FILTERS_ROOM], offset[EAR_FILTERS_ROOM];
} ear_after;

typedef struct ear_front {
    int taps, before;             /* frames that a filter spans, and how many of them lie before its own */
    int width, places;            /* bands that it spans, and places where it fits into the 96           */
    int first, filters;           /* its columns among the 561                                           */
    int column, live;             /* its columns in a row of live ones                                   */
    int filter[EAR_FILTERS_MOST]; /* of each live one                                                    */
    float *kernel;                /* of the live; timbre: spectra, rhythm: (group, tap, filter of group) */
    float *plain;                 /* the same as the file has it: (tap, band, live)                      */
    float sign[EAR_FILTERS_ROOM]; /* -1: kernel turned round, the norm's largest is its input's smallest */
    ear_after after;              /* of the live ones                                                    */
} ear_front;

typedef struct ear_middle {
    int columns;   /* of a row that it is given                                   */
    int live;      /* filters that are computed                                   */
    float *kernel; /* (7 columns, live), in the panels of the level that computes */
    float *plain;  /* (7, columns, live) of the first; of the others (7, 64, 64), the still included */
    ear_after after;
} ear_middle;

/** e^(2 pi i k / 96), k = 0 .. 95. */
typedef struct ear_turn {
    float re, im;
} ear_turn;

typedef struct ear_kernels ear_kernels;

struct ear_weights {
    const ear_kernels *kernels;
    float input_scale, input_offset;
    ear_turn turn[EAR_BANDS];
    float *spectrum; /* transform of a row along its bands (96, 98), in panels */
    ear_front front[EAR_FRONT_LAYERS];
    int front_columns; /* live filters, and the ones */
    float front_still[EAR_FRONT];
    ear_middle middle[EAR_MIDDLE_LAYERS];
    int middle_1_filter[EAR_MIDDLE]; /* of each live one */
    float middle_1_still[EAR_MIDDLE];
    char digest[65];
};

/** The same on one level of processor. */
struct ear_kernels {
    /** Numbers that the panels of a matrix take, and the panels of w (depth, columns). */
    size_t (*panels_size)(int columns, int depth);
    void (*pack)(const float *w, int columns, int depth, float *panels);

    /** Numbers that the spectra of a timbre layer's live filters take, and those spectra.
     *  @param taps  (tap, band, live), signs included */
    size_t (*timbre_size)(const ear_front *l);
    void (*timbre_pack)(const ear_front *l, const float *taps, float *kernel);

    /** Spectra (98) of rows (96). */
    void (*spectra)(const float *panels, const float *x, int rows, float *out);

    /** Live filters of `frames` frames.
     *  @param spectra  of the first tap of the first frame and of all behind it
     *  @param out      column 0 of the layer in the first frame's row   @param stride  from row to row */
    void (*timbre)(const ear_front *l, const ear_turn *turn, const float *spectra, int frames, float *out, ptrdiff_t stride);

    /** @param x      the row of the first tap of the first frame
     *  @param known  rows from x on that are not zero */
    void (*rhythm)(const ear_front *l, const float *x, int frames, int known, float *out, ptrdiff_t stride);

    /** @param in   the row of the first tap of the first frame   @param out  `live` columns of `frames` rows */
    void (*middle)(const ear_middle *l, const float *in, int frames, float *out, ptrdiff_t stride);
};

/** Kernels of a level of base/processor.h; NULL where they do not run. */
const ear_kernels *ear_kernels_of(int level);

/** ear_weights_parse for the kernels of one level. */
et_status ear_weights_parse_for(ear_weights **out, const ear_kernels *kernels, const void *bytes, size_t size,
                                const char *path, et_error *error);

/** Filters of a group of rhythm filters: as even as possible. */
static inline int ear_group(int live)
{
    int groups = (live + EAR_GROUP - 1) / EAR_GROUP;
    return groups > 0 ? (live + groups - 1) / groups : 1;
}

#endif
