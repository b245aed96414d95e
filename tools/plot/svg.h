/** Charts as SVG: a page, axes with ticks on it, curves, points and bands in the axes. Readable in grey: series differ in
 *  darkness and dash, not in hue alone. */
#ifndef EMOTRACK_TOOLS_PLOT_SVG_H
#define EMOTRACK_TOOLS_PLOT_SVG_H

#include "emotrack.h"

typedef struct svg svg;

/** How a series is drawn. */
typedef struct svg_style {
    const char *color; /**< of the line or point */
    double width;      /**< of the line, or diameter of a point, in pixels */
    const char *dash;  /**< SVG's stroke-dasharray, or NULL for a full line */
    double opacity;    /**< 0 .. 1 */
} svg_style;

/** Valence and arousal look the same in every picture. */
extern const svg_style svg_valence, svg_arousal, svg_label, svg_faint;

/** A rectangle of the page in pixels, and what its edges mean in the data's units. */
typedef struct svg_axes {
    double left, top, width, height;
    double x_low, x_high, y_low, y_high;
    const char *title, *x_label, *y_label; /**< NULL: none */
} svg_axes;

/** Begins a page. The file appears under `path` when svg_save succeeds. */
et_status svg_create(svg **out, const char *path, double width, double height, et_error *error);
et_status svg_save(svg *page, et_error *error);

/** Text with its baseline at (x, y) pixels; `anchor` is "start", "middle" or "end". Markup in it is escaped. */
void svg_text(svg *page, double x, double y, const char *anchor, double size, const char *text);

/** Frame, ticks at round numbers, grid, title and labels. */
void svg_draw_axes(svg *page, const svg_axes *axes);

/** A line through `count` points in data units; a point that is not finite breaks it. */
void svg_curve(svg *page, const svg_axes *axes, const double *x, const double *y, size_t count, const svg_style *style);

/** Dots. */
void svg_points(svg *page, const svg_axes *axes, const double *x, const double *y, size_t count, const svg_style *style);

/** A filled area between `low` and `high` over x. */
void svg_area(svg *page, const svg_axes *axes, const double *x, const double *low, const double *high, size_t count,
              const char *color);

/** A shaded stretch of x over the whole height of the axes. */
void svg_band(svg *page, const svg_axes *axes, double x_from, double x_to, const char *color, double opacity);

/** A sample of the style and a name, at pixel (x, y). */
void svg_legend(svg *page, double x, double y, const svg_style *style, const char *name);

#endif
