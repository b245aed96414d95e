#include "live/canvas.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 200, MOST_COLUMNS = 500, BRAILLE = 0x2800, LINE_BYTES = 16 };

struct canvas {
    bool utf8;
    int rows, columns;
    uint16_t *cells; /* code points */
    char *bytes;
};

canvas *canvas_create(bool utf8)
{
    canvas *c = calloc(1, sizeof *c);
    if (c != NULL) c->utf8 = utf8;
    return c;
}

void canvas_destroy(canvas *c)
{
    if (c == NULL) return;
    free(c->cells);
    free(c->bytes);
    free(c);
}

static int limited(int value, int most)
{
    return value < 1 ? 1 : value > most ? most : value;
}

static bool resize(canvas *c, int rows, int columns)
{
    size_t cells = (size_t)rows * (size_t)columns;
    uint16_t *fresh = malloc(cells * sizeof *fresh);
    char *bytes = malloc(cells * 3 + (size_t)rows * LINE_BYTES + LINE_BYTES);
    if (fresh == NULL || bytes == NULL) {
        free(fresh);
        free(bytes);
        return false;
    }
    free(c->cells);
    free(c->bytes);
    c->cells = fresh;
    c->bytes = bytes;
    c->rows = rows;
    c->columns = columns;
    return true;
}

bool canvas_begin(canvas *c, int rows, int columns)
{
    rows = limited(rows, MOST_ROWS);
    columns = limited(columns, MOST_COLUMNS);
    if ((rows != c->rows || columns != c->columns) && !resize(c, rows, columns)) return false;
    for (int i = 0; i < rows * columns; i++) c->cells[i] = ' ';
    return true;
}

int canvas_rows(const canvas *c)
{
    return c->rows;
}

int canvas_columns(const canvas *c)
{
    return c->columns;
}

static bool is_inside(const canvas *c, int row, int column)
{
    return row >= 0 && row < c->rows && column >= 0 && column < c->columns;
}

static void put(canvas *c, int row, int column, unsigned sign)
{
    if (is_inside(c, row, column)) c->cells[row * c->columns + column] = (uint16_t)sign;
}

/* One character of UTF-8; what is no UTF-8, no printable character or outside the basic plane becomes '?'. */
static unsigned next_character(const unsigned char **text)
{
    const unsigned char *t = *text;
    int more = *t < 0x80 ? 0 : *t >= 0xf0 ? 3 : *t >= 0xe0 ? 2 : *t >= 0xc0 ? 1 : -1;
    unsigned sign = more < 0 ? '?' : more == 0 ? *t : *t & (0x3fu >> more);
    *text = t + 1;
    for (int i = 0; i < more; i++) {
        if ((**text & 0xc0) != 0x80) return '?';
        sign = sign << 6 | (**text & 0x3f);
        (*text)++;
    }
    return sign < ' ' || (sign >= 0x7f && sign < 0xa0) || sign > 0xffff ? '?' : sign;
}

void canvas_text(canvas *c, int row, int column, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (const unsigned char *t = (const unsigned char *)text; *t != '\0'; column++) {
        unsigned sign = next_character(&t);
        put(c, row, column, sign < 0x80 || c->utf8 ? sign : '?');
    }
}

void canvas_sign(canvas *c, int row, int column, unsigned unicode, char ascii)
{
    put(c, row, column, c->utf8 ? unicode : (unsigned char)ascii);
}

void canvas_frame(canvas *c, area a)
{
    int bottom = a.row + a.rows - 1, right = a.column + a.columns - 1;
    for (int column = a.column; column <= right; column++) {
        canvas_sign(c, a.row, column, 0x2500, '-');
        canvas_sign(c, bottom, column, 0x2500, '-');
    }
    for (int row = a.row; row <= bottom; row++) {
        canvas_sign(c, row, a.column, 0x2502, '|');
        canvas_sign(c, row, right, 0x2502, '|');
    }
    canvas_sign(c, a.row, a.column, 0x250c, '+');
    canvas_sign(c, a.row, right, 0x2510, '+');
    canvas_sign(c, bottom, a.column, 0x2514, '+');
    canvas_sign(c, bottom, right, 0x2518, '+');
}

void canvas_cross(canvas *c, area a)
{
    int row = a.row + a.rows / 2, column = a.column + a.columns / 2;
    for (int i = 0; i < a.columns; i++) canvas_sign(c, row, a.column + i, 0x2504, '-');
    for (int i = 0; i < a.rows; i++) canvas_sign(c, a.row + i, column, 0x2506, ':');
    canvas_sign(c, row, column, 0x253c, '+');
}

void canvas_dot(canvas *c, area a, double x, double y)
{
    static const unsigned char dots[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) return;
    int across = (int)lround(x * (a.columns * 2 - 1)), down = (int)lround((1 - y) * (a.rows * 4 - 1));
    int row = a.row + down / 4, column = a.column + across / 2;
    if (!is_inside(c, row, column)) return;
    unsigned old = c->cells[row * c->columns + column];
    if (!c->utf8)
        put(c, row, column, '*');
    else
        put(c, row, column, ((old & 0xff00) == BRAILLE ? old : BRAILLE) | dots[down % 4][across % 2]);
}

void canvas_stroke(canvas *c, area a, double x0, double y0, double x1, double y1)
{
    double across = fabs(x1 - x0) * a.columns * 2, down = fabs(y1 - y0) * a.rows * 4;
    int steps = 1 + (int)fmin(fmax(across, down), 10000);
    for (int i = 0; i <= steps; i++) {
        double part = (double)i / steps;
        canvas_dot(c, a, x0 + part * (x1 - x0), y0 + part * (y1 - y0));
    }
}

static char *write_character(char *to, unsigned sign)
{
    if (sign < 0x80) {
        *to++ = (char)sign;
    } else if (sign < 0x800) {
        *to++ = (char)(0xc0 | sign >> 6);
        *to++ = (char)(0x80 | (sign & 0x3f));
    } else {
        *to++ = (char)(0xe0 | sign >> 12);
        *to++ = (char)(0x80 | (sign >> 6 & 0x3f));
        *to++ = (char)(0x80 | (sign & 0x3f));
    }
    return to;
}

const char *canvas_bytes(canvas *c, size_t *length)
{
    char *to = stpcpy(c->bytes, "\033[H");
    for (int row = 0; row < c->rows; row++) {
        if (row > 0) to = stpcpy(to, "\r\n");
        int used = c->columns;
        while (used > 0 && c->cells[row * c->columns + used - 1] == ' ') used--;
        for (int column = 0; column < used; column++) to = write_character(to, c->cells[row * c->columns + column]);
        /* Behind a full line the cursor still stands on its last cell, which must stay. */
        if (used < c->columns) to = stpcpy(to, "\033[K");
    }
    *length = (size_t)(to - c->bytes);
    return c->bytes;
}
