#include <cairo-pdf.h>
#include <cairo.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/text.h"
#include "plot/ink.h"

#define PNG_SCALE 2 /* dots of a PNG in a pixel of the page: sharp on paper and on fine screens */

typedef struct cairo_ink {
    ink ink;
    FILE *out;
    ink_cairo_form form;
    cairo_surface_t *surface;
    cairo_t *cairo;
} cairo_ink;

static cairo_t *cairo_of(ink *i)
{
    return ((cairo_ink *)i)->cairo;
}

static cairo_status_t write_bytes(void *stream, const unsigned char *bytes, unsigned count)
{
    return fwrite(bytes, 1, count, stream) == count ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* "#rgb", "#rrggbb"; black for anything else. */
static void set_color(cairo_t *c, const char *color, double opacity)
{
    unsigned long bits = color[0] == '#' ? strtoul(color + 1, NULL, 16) : 0;
    bool brief = strlen(color) == 4;
    double part[3];
    for (int k = 0; k < 3; k++)
        part[k] = brief ? (double)(bits >> (8 - 4 * k) & 15) / 15 : (double)(bits >> (16 - 8 * k) & 255) / 255;
    cairo_set_source_rgba(c, part[0], part[1], part[2], opacity);
}

static void move(ink *i, double x, double y)
{
    cairo_move_to(cairo_of(i), x, y);
}

static void line(ink *i, double x, double y)
{
    cairo_line_to(cairo_of(i), x, y);
}

static void stroke(ink *i, const chart_style *style)
{
    cairo_t *c = cairo_of(i);
    double dash[2] = {0, 0};
    char *rest = NULL;
    if (style->dash != NULL) {
        dash[0] = strtod(style->dash, &rest);
        dash[1] = strtod(rest, NULL);
    }
    cairo_set_dash(c, dash, style->dash != NULL ? 2 : 0, 0);
    cairo_set_line_width(c, style->width);
    cairo_set_line_join(c, CAIRO_LINE_JOIN_ROUND);
    set_color(c, style->color, style->opacity);
    cairo_stroke(c);
}

static void fill(ink *i, const char *color, double opacity)
{
    cairo_close_path(cairo_of(i));
    set_color(cairo_of(i), color, opacity);
    cairo_fill(cairo_of(i));
}

static void dot(ink *i, double x, double y, double radius, const char *color, double opacity)
{
    cairo_new_path(cairo_of(i));
    cairo_arc(cairo_of(i), x, y, radius, 0, 6.283185307179586);
    fill(i, color, opacity);
}

static void text(ink *i, double x, double y, const char *anchor, double size, bool turned, const char *words)
{
    cairo_t *c = cairo_of(i);
    char shown[512];
    cairo_text_extents_t extents;
    text_shown(shown, sizeof shown, words); /* bytes that are not UTF-8 would put an end to cairo's drawing */
    cairo_save(c);
    cairo_select_font_face(c, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(c, size);
    cairo_text_extents(c, shown, &extents);
    double part = strcmp(anchor, "end") == 0 ? 1 : strcmp(anchor, "middle") == 0 ? .5 : 0;
    cairo_translate(c, x, y);
    if (turned) cairo_rotate(c, -1.5707963267948966);
    cairo_move_to(c, -part * extents.x_advance, 0);
    set_color(c, "#222222", 1);
    cairo_show_text(c, shown);
    cairo_restore(c);
    cairo_new_path(c);
}

static void discard(cairo_ink *p)
{
    cairo_destroy(p->cairo);
    cairo_surface_destroy(p->surface);
    free(p);
}

static et_status end(ink *i, et_error *error)
{
    cairo_ink *p = (cairo_ink *)i;
    cairo_status_t problem = cairo_status(p->cairo);
    if (problem == CAIRO_STATUS_SUCCESS && p->form == INK_PNG)
        problem = cairo_surface_write_to_png_stream(p->surface, write_bytes, p->out);
    cairo_surface_finish(p->surface);
    if (problem == CAIRO_STATUS_SUCCESS) problem = cairo_surface_status(p->surface);
    discard(p);
    if (problem == CAIRO_STATUS_SUCCESS) return ET_OK;
    return error_set(error, problem == CAIRO_STATUS_NO_MEMORY ? ET_ERROR_MEMORY : ET_ERROR_FILE,
                     "the picture is not drawn: %s", cairo_status_to_string(problem));
}

et_status ink_cairo_begin(ink **out, FILE *stream, ink_cairo_form form, double width, double height, et_error *error)
{
    static const ink_kind kind = {move, line, stroke, fill, dot, text, end};
    cairo_ink *p = calloc(1, sizeof *p);
    if (p == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory for a picture");
    *p = (cairo_ink){.ink = {&kind}, .out = stream, .form = form};
    if (form == INK_PDF)
        p->surface = cairo_pdf_surface_create_for_stream(write_bytes, stream, width * .75, height * .75);
    else
        p->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width * PNG_SCALE, (int)height * PNG_SCALE);
    p->cairo = cairo_create(p->surface);
    cairo_status_t problem = cairo_status(p->cairo);
    if (problem != CAIRO_STATUS_SUCCESS) {
        discard(p);
        return error_set(error, ET_ERROR_MEMORY, "no page for the picture: %s", cairo_status_to_string(problem));
    }
    cairo_scale(p->cairo, form == INK_PDF ? .75 : PNG_SCALE, form == INK_PDF ? .75 : PNG_SCALE); /* points; dots */
    cairo_set_source_rgb(p->cairo, 1, 1, 1);
    cairo_paint(p->cairo);
    *out = &p->ink;
    return ET_OK;
}
