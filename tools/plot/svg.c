#include "plot/svg.h"

#include <math.h>
#include <stdlib.h>

#include "base/atomic_file.h"

struct svg {
    atomic_file *file;
    FILE *out;
};

const svg_style svg_valence = {"#1f5fa8", 1.8, NULL, 1};
const svg_style svg_arousal = {"#e07b1a", 1.8, "7 3", 1};
const svg_style svg_label = {"#333333", 1.0, "1.5 2.5", 1};
const svg_style svg_faint = {"#888888", 1.0, NULL, 0.6};

et_status svg_create(svg **out, const char *path, double width, double height, et_error *error)
{
    *out = NULL;
    svg *page = calloc(1, sizeof *page);
    if (page == NULL) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    et_status status = atomic_file_create(&page->file, path, error);
    if (status != ET_OK) {
        free(page);
        return status;
    }
    page->out = atomic_file_stream(page->file);
    fprintf(page->out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%g\" height=\"%g\" viewBox=\"0 0 %g %g\" "
            "font-family=\"Helvetica, Arial, sans-serif\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
            width, height, width, height);
    *out = page;
    return ET_OK;
}

et_status svg_save(svg *page, et_error *error)
{
    fputs("</svg>\n", page->out);
    et_status status = atomic_file_commit(page->file, error);
    free(page);
    return status;
}

static void escaped(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        default:
            if ((unsigned char)*text >= ' ') fputc(*text, out);
        }
    }
}

static void open_text(svg *page, double x, double y, const char *anchor, double size, const char *more)
{
    fprintf(page->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%g\" fill=\"#222\"%s>", x, y, anchor,
            size, more);
}

void svg_text(svg *page, double x, double y, const char *anchor, double size, const char *text)
{
    open_text(page, x, y, anchor, size, "");
    escaped(page->out, text);
    fputs("</text>\n", page->out);
}

static double x_pixel(const svg_axes *a, double x)
{
    return a->left + a->width * (x - a->x_low) / (a->x_high - a->x_low);
}

static double y_pixel(const svg_axes *a, double y)
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

static void grid_line(svg *page, double x1, double y1, double x2, double y2)
{
    fprintf(page->out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\" stroke-width=\"1\"/>\n", x1,
            y1, x2, y2);
}

static void number(svg *page, double x, double y, const char *anchor, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%g", fabs(value) < 1e-12 ? 0 : value);
    svg_text(page, x, y, anchor, 11, text);
}

static void ticks(svg *page, const svg_axes *a)
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

void svg_draw_axes(svg *page, const svg_axes *a)
{
    ticks(page, a);
    fprintf(page->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" stroke=\"#666666\"/>\n",
            a->left, a->top, a->width, a->height);
    if (a->title != NULL) svg_text(page, a->left, a->top - 8, "start", 13, a->title);
    if (a->x_label != NULL) svg_text(page, a->left + a->width / 2, a->top + a->height + 30, "middle", 12, a->x_label);
    if (a->y_label == NULL) return;
    double x = a->left - 38, y = a->top + a->height / 2;
    char turn[64];
    snprintf(turn, sizeof turn, " transform=\"rotate(-90 %.1f %.1f)\"", x, y);
    open_text(page, x, y, "middle", 12, turn);
    escaped(page->out, a->y_label);
    fputs("</text>\n", page->out);
}

static void stroke(svg *page, const svg_style *style)
{
    fprintf(page->out, "fill=\"none\" stroke=\"%s\" stroke-width=\"%g\" stroke-opacity=\"%g\" stroke-linejoin=\"round\"",
            style->color, style->width, style->opacity);
    if (style->dash != NULL) fprintf(page->out, " stroke-dasharray=\"%s\"", style->dash);
}

void svg_curve(svg *page, const svg_axes *axes, const double *x, const double *y, size_t count, const svg_style *style)
{
    fputs("<path d=\"", page->out);
    bool pen_down = false;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i])) {
            pen_down = false;
            continue;
        }
        fprintf(page->out, "%c%.1f %.1f", pen_down ? 'L' : 'M', x_pixel(axes, x[i]), y_pixel(axes, y[i]));
        pen_down = true;
    }
    fputs("\" ", page->out);
    stroke(page, style);
    fputs("/>\n", page->out);
}

void svg_points(svg *page, const svg_axes *axes, const double *x, const double *y, size_t count, const svg_style *style)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i])) continue;
        fprintf(page->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%g\" fill=\"%s\" fill-opacity=\"%g\"/>\n",
                x_pixel(axes, x[i]), y_pixel(axes, y[i]), style->width / 2, style->color, style->opacity);
    }
}

void svg_area(svg *page, const svg_axes *axes, const double *x, const double *low, const double *high, size_t count,
              const char *color)
{
    if (count == 0) return;
    fputs("<path d=\"", page->out);
    for (size_t i = 0; i < count; i++)
        fprintf(page->out, "%c%.1f %.1f", i == 0 ? 'M' : 'L', x_pixel(axes, x[i]), y_pixel(axes, high[i]));
    for (size_t i = count; i-- > 0;) fprintf(page->out, "L%.1f %.1f", x_pixel(axes, x[i]), y_pixel(axes, low[i]));
    fprintf(page->out, "Z\" fill=\"%s\" stroke=\"none\"/>\n", color);
}

void svg_band(svg *page, const svg_axes *axes, double x_from, double x_to, const char *color, double opacity)
{
    double left = x_pixel(axes, fmax(x_from, axes->x_low)), right = x_pixel(axes, fmin(x_to, axes->x_high));
    if (!(right > left)) return;
    fprintf(page->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" fill-opacity=\"%g\"/>\n",
            left, axes->top, right - left, axes->height, color, opacity);
}

void svg_legend(svg *page, double x, double y, const svg_style *style, const char *name)
{
    fprintf(page->out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" ", x, y - 4, x + 28, y - 4);
    stroke(page, style);
    fputs("/>\n", page->out);
    svg_text(page, x + 34, y, "start", 12, name);
}
