/** Middle layers as matrix products: a frame's seven rows lie one behind the other, and are a row of the left matrix. */
#ifndef EMOTRACK_FEATURES_FAST_EAR_MIDDLE_H
#define EMOTRACK_FEATURES_FAST_EAR_MIDDLE_H

#include "base/product.h"
#include "features/ear_layers.h"

static void ear_pack(const float *w, int columns, int depth, float *panels)
{
    pack_panels(w, columns, 1, columns, depth, panels);
}

static size_t ear_panels_size(int columns, int depth)
{
    return panels_size(columns, depth);
}

static void ear_middle_frames(const ear_middle *l, const float *in, int frames, float *out, ptrdiff_t stride)
{
    int depth = EAR_MIDDLE_TAPS * l->columns;
    multiply(&(product){.rows = frames,
                        .columns = l->live,
                        .depth = depth,
                        .a = in,
                        .a_row = l->columns,
                        .a_depth = 1,
                        .b = l->kernel,
                        .b_depth = TILE_COLUMNS,
                        .b_panel = (ptrdiff_t)depth * TILE_COLUMNS,
                        .c = out,
                        .c_row = stride,
                        .start = l->after.bias});
    for (int f = 0; f < frames; f++)
        for (int c = 0; c < l->live; c++) {
            float heard = out[f * stride + c];
            out[f * stride + c] = (heard > 0 ? heard : 0) * l->after.scale[c] + l->after.offset[c];
        }
}

#endif
