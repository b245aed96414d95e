#include <stdlib.h>

#include "base/error.h"
#include "plot/ink.h"

typedef struct svg {
    ink ink;
    FILE *out;
    bool path; /* one is open */
} svg;

static FILE *out_of(ink *i)
{
    return ((svg *)i)->out;
}

static void move(ink *i, double x, double y)
{
    svg *s = (svg *)i;
    fprintf(s->out, "%sM%.1f %.1f", s->path ? "" : "<path d=\"", x, y);
    s->path = true;
}

static void line(ink *i, double x, double y)
{
    fprintf(out_of(i), "L%.1f %.1f", x, y);
}

static void stroke(ink *i, const chart_style *style)
{
    svg *s = (svg *)i;
    if (!s->path) return;
    fprintf(s->out, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"%g\" stroke-opacity=\"%g\" stroke-linejoin=\"round\"",
            style->color, style->width, style->opacity);
    if (style->dash != NULL) fprintf(s->out, " stroke-dasharray=\"%s\"", style->dash);
    fputs("/>\n", s->out);
    s->path = false;
}

static void fill(ink *i, const char *color, double opacity)
{
    svg *s = (svg *)i;
    if (!s->path) return;
    fprintf(s->out, "Z\" fill=\"%s\" fill-opacity=\"%g\" stroke=\"none\"/>\n", color, opacity);
    s->path = false;
}

static void dot(ink *i, double x, double y, double radius, const char *color, double opacity)
{
    fprintf(out_of(i), "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%g\" fill=\"%s\" fill-opacity=\"%g\"/>\n", x, y, radius, color,
            opacity);
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

static void text(ink *i, double x, double y, const char *anchor, double size, bool turned, const char *words)
{
    FILE *out = out_of(i);
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%g\" fill=\"#222\"", x, y, anchor, size);
    if (turned) fprintf(out, " transform=\"rotate(-90 %.1f %.1f)\"", x, y);
    fputc('>', out);
    escaped(out, words);
    fputs("</text>\n", out);
}

static et_status end(ink *i, et_error *error)
{
    (void)error; /* what the stream could not take, its owner finds */
    fputs("</svg>\n", out_of(i));
    free(i);
    return ET_OK;
}

et_status ink_svg_begin(ink **out, FILE *stream, double width, double height, et_error *error)
{
    static const ink_kind kind = {move, line, stroke, fill, dot, text, end};
    svg *s = calloc(1, sizeof *s);
    if (s == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory for a picture");
    s->ink.kind = &kind;
    s->out = stream;
    fprintf(stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%g\" height=\"%g\" viewBox=\"0 0 %g %g\" "
            "font-family=\"Helvetica, Arial, sans-serif\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
            width, height, width, height);
    *out = &s->ink;
    return ET_OK;
}
