/** What a chart is drawn with: paths, dots and texts on a page in pixels, as SVG or by cairo. A path is moved to, lined, and then
 *  stroked or filled, which ends it. */
#ifndef EMOTRACK_TOOLS_PLOT_INK_H
#define EMOTRACK_TOOLS_PLOT_INK_H

#include <stdio.h>

#include "plot/chart.h"

typedef struct ink ink;

typedef struct ink_kind {
    void (*move)(ink *i, double x, double y);
    void (*line)(ink *i, double x, double y);
    void (*stroke)(ink *i, const chart_style *style);
    void (*fill)(ink *i, const char *color, double opacity);
    void (*dot)(ink *i, double x, double y, double radius, const char *color, double opacity);
    /** @param turned  upwards */
    void (*text)(ink *i, double x, double y, const char *anchor, double size, bool turned, const char *text);
    /** Completes the page and frees. @return ET_OK; ET_ERROR_FILE, ET_ERROR_MEMORY */
    et_status (*end)(ink *i, et_error *error);
} ink_kind;

/** The first thing in each kind of ink. */
struct ink {
    const ink_kind *kind;
};

typedef enum ink_cairo_form { INK_PNG, INK_PDF } ink_cairo_form;

/** Pages of so many pixels that are written to `stream`, which stays the caller's.
 *  @return ET_OK, ET_ERROR_MEMORY, ET_ERROR_UNSUPPORTED (built without cairo) */
et_status ink_svg_begin(ink **out, FILE *stream, double width, double height, et_error *error);
et_status ink_cairo_begin(ink **out, FILE *stream, ink_cairo_form form, double width, double height, et_error *error);

#endif
