#include "plot/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "plot/ink.h"

struct chart {
    atomic_file *file;
    ink *ink;
};

const chart_style chart_valence = {"#1f5fa8", 1.8, NULL, 1};
const chart_style chart_arousal = {"#e07b1a", 1.8, "7 3", 1};
const chart_style chart_label = {"#333333", 1.0, "1.5 2.5", 1};
const chart_style chart_faint = {"#888888", 1.0, NULL, 0.6};

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    return length > tail && strcasecmp(path + length - tail, ending) == 0;
}

bool chart_is_named(const char *path)
{
    return ends_in(path, ".svg") || ends_in(path, ".png") || ends_in(path, ".pdf");
}

static et_status begin_ink(chart *page, const char *path, double width, double height, et_error *error)
{
    FILE *stream = atomic_file_stream(page->file);
    if (ends_in(path, ".png")) return ink_cairo_begin(&page->ink, stream, INK_PNG, width, height, error);
    if (ends_in(path, ".pdf")) return ink_cairo_begin(&page->ink, stream, INK_PDF, width, height, error);
    return ink_svg_begin(&page->ink, stream, width, height, error);
}

et_status chart_create(chart **out, const char *path, double width, double height, et_error *error)
{
    *out = NULL;
    chart *page = calloc(1, sizeof *page);
    if (page == NULL) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    et_status status = atomic_file_create(&page->file, path, error);
    if (status == ET_OK) status = begin_ink(page, path, width, height, error);
    if (status != ET_OK) {
        if (page->file != NULL) atomic_file_abandon(page->file);
        free(page);
        return status;
    }
    *out = page;
    return ET_OK;
}

et_status chart_save(chart *page, et_error *error)
{
    et_status status = page->ink->kind->end(page->ink, error);
    if (status == ET_OK)
        status = atomic_file_commit(page->file, error);
    else
        atomic_file_abandon(page->file);
    free(page);
    return status;
}

void chart_text(chart *page, double x, double y, const char *anchor, double size, const char *text)
{
    page->ink->kind->text(page->ink, x, y, anchor, size, false, text);
}

static double x_pixel(const chart_axes *a, double x)
{
    return a->left + a->width * (x - a->x_low) / (a->x_high - a->x_low);
}

static double y_pixel(const chart_axes *a, double y)
{
    return a->top + a->height * (a->y_high - y) / (a->y_high - a->y_low);
}

/* The smallest of 1, 2, 5 times a power of ten that gives at most `most` steps. */
static double round_step(double span, double most)
{
    double power = pow(10, floor(log10(span / most)));
    for (int i = 0; i < 3; i++) {
        static const double factor[] = {1, 2, 5};
        if (span / (factor[i] * power) <= most) return factor[i] * power;
    }
    return 10 * power;
}

static void straight(chart *page, double x1, double y1, double x2, double y2, const chart_style *style)
{
    page->ink->kind->move(page->ink, x1, y1);
    page->ink->kind->line(page->ink, x2, y2);
    page->ink->kind->stroke(page->ink, style);
}

static void grid_line(chart *page, double x1, double y1, double x2, double y2)
{
    straight(page, x1, y1, x2, y2, &(chart_style){"#dddddd", 1, NULL, 1});
}

/* A rectangle as an open path. */
static void outline(chart *page, double left, double top, double right, double bottom)
{
    page->ink->kind->move(page->ink, left, top);
    page->ink->kind->line(page->ink, right, top);
    page->ink->kind->line(page->ink, right, bottom);
    page->ink->kind->line(page->ink, left, bottom);
    page->ink->kind->line(page->ink, left, top);
}

static void number(chart *page, double x, double y, const char *anchor, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%g", fabs(value) < 1e-12 ? 0 : value);
    chart_text(page, x, y, anchor, 11, text);
}

static void ticks(chart *page, const chart_axes *a)
{
    double right = a->left + a->width, bottom = a->top + a->height;
    double step = round_step(a->x_high - a->x_low, fmax(2, a->width / 70));
    for (double k = ceil(a->x_low / step - 1e-9); k * step <= a->x_high + 1e-9 * step; k++) {
        double x = x_pixel(a, k * step);
        grid_line(page, x, a->top, x, bottom);
        number(page, x, bottom + 14, "middle", k * step);
    }
    step = round_step(a->y_high - a->y_low, fmax(2, a->height / 30));
    for (double k = ceil(a->y_low / step - 1e-9); k * step <= a->y_high + 1e-9 * step; k++) {
        double y = y_pixel(a, k * step);
        grid_line(page, a->left, y, right, y);
        number(page, a->left - 6, y + 4, "end", k * step);
    }
}

void chart_draw_axes(chart *page, const chart_axes *a)
{
    ticks(page, a);
    outline(page, a->left, a->top, a->left + a->width, a->top + a->height);
    page->ink->kind->stroke(page->ink, &(chart_style){"#666666", 1, NULL, 1});
    if (a->title != NULL) chart_text(page, a->left, a->top - 8, "start", 13, a->title);
    if (a->x_label != NULL) chart_text(page, a->left + a->width / 2, a->top + a->height + 30, "middle", 12, a->x_label);
    if (a->y_label != NULL)
        page->ink->kind->text(page->ink, a->left - 38, a->top + a->height / 2, "middle", 12, true, a->y_label);
}

void chart_curve(chart *page, const chart_axes *axes, const double *x, const double *y, size_t count,
                 const chart_style *style)
{
    bool pen_down = false;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i])) {
            pen_down = false;
            continue;
        }
        (pen_down ? page->ink->kind->line : page->ink->kind->move)(page->ink, x_pixel(axes, x[i]), y_pixel(axes, y[i]));
        pen_down = true;
    }
    page->ink->kind->stroke(page->ink, style);
}

void chart_points(chart *page, const chart_axes *axes, const double *x, const double *y, size_t count,
                  const chart_style *style)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i])) continue;
        page->ink->kind->dot(page->ink, x_pixel(axes, x[i]), y_pixel(axes, y[i]), style->width / 2, style->color,
                             style->opacity);
    }
}

void chart_area(chart *page, const chart_axes *axes, const double *x, const double *low, const double *high, size_t count,
                const char *color)
{
    if (count == 0) return;
    page->ink->kind->move(page->ink, x_pixel(axes, x[0]), y_pixel(axes, high[0]));
    for (size_t i = 1; i < count; i++) page->ink->kind->line(page->ink, x_pixel(axes, x[i]), y_pixel(axes, high[i]));
    for (size_t i = count; i-- > 0;) page->ink->kind->line(page->ink, x_pixel(axes, x[i]), y_pixel(axes, low[i]));
    page->ink->kind->fill(page->ink, color, 1);
}

void chart_band(chart *page, const chart_axes *axes, double x_from, double x_to, const char *color, double opacity)
{
    double left = x_pixel(axes, fmax(x_from, axes->x_low)), right = x_pixel(axes, fmin(x_to, axes->x_high));
    if (!(right > left)) return;
    outline(page, left, axes->top, right, axes->top + axes->height);
    page->ink->kind->fill(page->ink, color, opacity);
}

void chart_legend(chart *page, double x, double y, const chart_style *style, const char *name)
{
    straight(page, x, y - 4, x + 28, y - 4, style);
    chart_text(page, x + 34, y, "start", 12, name);
}
