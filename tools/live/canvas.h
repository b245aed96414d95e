/** A page of character cells that is composed in memory and then written to a terminal at once. No colour is needed: it has
 *  text, lines, and dots (2 x 4 a cell by Braille patterns where the terminal speaks UTF-8, else one `*` a cell). */
#ifndef EMOTRACK_TOOLS_LIVE_CANVAS_H
#define EMOTRACK_TOOLS_LIVE_CANVAS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct canvas canvas;

/** A rectangle of cells, first row and column counted from 0. */
typedef struct area {
    int row, column, rows, columns;
} area;

/** @return NULL if memory ran out */
canvas *canvas_create(bool utf8);
void canvas_destroy(canvas *c);

/** An empty page of this size (cut to 500 x 200). @return false if memory ran out */
bool canvas_begin(canvas *c, int rows, int columns);
int canvas_rows(const canvas *c);
int canvas_columns(const canvas *c);

/** Text from a cell on, cut at the page's edge. */
void canvas_text(canvas *c, int row, int column, const char *format, ...) __attribute__((format(printf, 4, 5)));

/** A character of Unicode where the terminal can show it, else the one of ASCII. */
void canvas_sign(canvas *c, int row, int column, unsigned unicode, char ascii);

/** A frame along the edges of the area, and a cross through its middle. */
void canvas_frame(canvas *c, area a);
void canvas_cross(canvas *c, area a);

/** A dot at x and y in 0 .. 1 of the area, y upwards; a stroke joins two points with dots. Points outside are ignored. */
void canvas_dot(canvas *c, area a, double x, double y);
void canvas_stroke(canvas *c, area a, double x0, double y0, double x1, double y1);

/** The page as bytes for the terminal: cursor home, each line, the rest of the screen cleared.
 *  @return bytes, which live until the next call; `length` receives their number */
const char *canvas_bytes(canvas *c, size_t *length);

#endif
