/** Charts as SVG, and by cairo as PNG or PDF: a page, axes with ticks on it, curves, points and bands in the axes. Readable in grey: series differ in
 *  darkness and dash, not in hue alone. */
#ifndef EMOTRACK_TOOLS_PLOT_CHART_H
#define EMOTRACK_TOOLS_PLOT_CHART_H

#include "emotrack.h"

typedef struct chart chart;

/** How a series is drawn. */
typedef struct chart_style {
    const char *color; /**< of the line or point */
    double width;      /**< of the line, or diameter of a point, in pixels */
    const char *dash;  /**< SVG's stroke-dasharray, or NULL for a full line */
    double opacity;    /**< 0 .. 1 */
} chart_style;

/** Valence and arousal look the same in every picture. */
extern const chart_style chart_valence, chart_arousal, chart_label, chart_faint;

/** A rectangle of the page in pixels, and what its edges mean in the data's units. */
typedef struct chart_axes {
    double left, top, width, height;
    double x_low, x_high, y_low, y_high;
    const char *title, *x_label, *y_label; /**< NULL: none */
} chart_axes;

/** Whether a path's ending is that of a picture: .svg, .png or .pdf. */
bool chart_is_named(const char *path);

/** Begins a page, in the form of the path's ending; ET_ERROR_UNSUPPORTED where PNG and PDF were not built in. The file appears under `path` when chart_save succeeds. */
et_status chart_create(chart **out, const char *path, double width, double height, et_error *error);
et_status chart_save(chart *page, et_error *error);

/** Text with its baseline at (x, y) pixels; `anchor` is "start", "middle" or "end". Markup in it is escaped. */
void chart_text(chart *page, double x, double y, const char *anchor, double size, const char *text);

/** Frame, ticks at round numbers, grid, title and labels. */
void chart_draw_axes(chart *page, const chart_axes *axes);

/** A line through `count` points in data units; a point that is not finite breaks it. */
void chart_curve(chart *page, const chart_axes *axes, const double *x, const double *y, size_t count,
                 const chart_style *style);

/** Dots. */
void chart_points(chart *page, const chart_axes *axes, const double *x, const double *y, size_t count,
                  const chart_style *style);

/** A filled area between `low` and `high` over x. */
void chart_area(chart *page, const chart_axes *axes, const double *x, const double *low, const double *high, size_t count,
                const char *color);

/** A shaded stretch of x over the whole height of the axes. */
void chart_band(chart *page, const chart_axes *axes, double x_from, double x_to, const char *color, double opacity);

/** A sample of the style and a name, at pixel (x, y). */
void chart_legend(chart *page, double x, double y, const chart_style *style, const char *name);

#endif
