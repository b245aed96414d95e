#include "data/csv_table.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/read_file.h"
#include "base/room.h"

enum { COLUMNS_MOST = 100000 };
static const size_t BYTES_MOST = (size_t)512 << 20;

typedef struct csv_row {
    int line, cells;
    size_t first; /* index into cell */
} csv_row;

struct csv_table {
    char *text;
    char **cell;
    size_t cells;
    csv_row *row; /* row 0 is the header */
    int rows;
    bool decimal_commas; /* "0,5" is a number where commas part no cells */
    locale_t plain;      /* "." decimals whatever the user's language */
};

void csv_table_free(csv_table *table)
{
    if (!table) return;
    if (table->plain) freelocale(table->plain);
    free(table->text);
    free(table->cell);
    free(table->row);
    free(table);
}

static bool add_cell(csv_table *t, char *cell)
{
    char **more = room_for_one_more(t->cell, t->cells, sizeof *more);
    if (!more) return false;
    t->cell = more;
    t->cell[t->cells++] = cell;
    return true;
}

static bool add_row(csv_table *t, int line)
{
    csv_row *more = room_for_one_more(t->row, (size_t)t->rows, sizeof *more);
    if (!more) return false;
    t->row = more;
    t->row[t->rows++] = (csv_row){.line = line, .first = t->cells};
    return true;
}

/** Takes the quotes off a cell in place. @return the place behind the closing quote, or NULL if there is none */
static char *unquote(char *at, int *line)
{
    char *to = at;
    for (char *from = at + 1; *from; from++) {
        if (*from == '\n') ++*line;
        if (*from == '"' && from[1] != '"') {
            char *rest = from + 1;
            *to = '\0';
            return rest;
        }
        if (*from == '"') from++;
        *to++ = *from;
    }
    return NULL;
}

/** One cell from `at`. @return what ended it, and the place of the next in *next */
static char cut_cell(char *at, char delimiter, char **next, int *line)
{
    char *end = *at == '"' ? unquote(at, line) : at;
    if (!end) return '"';
    char *stop = end;
    while (*stop && *stop != delimiter && *stop != '\n') stop++;
    char ended = *stop;
    *next = stop + (ended != '\0');
    if (stop > end && stop[-1] == '\r' && ended != delimiter) stop[-1] = '\0';
    *stop = '\0';
    return ended;
}

static et_status cut(csv_table *t, char delimiter, const char *path, et_error *error)
{
    char *at = t->text;
    if (strncmp(at, "\xEF\xBB\xBF", 3) == 0) at += 3;
    for (int line = 1; *at; line++) {
        if (*at == '\n' || (*at == '\r' && at[1] == '\n')) {
            at += *at == '\r' ? 2 : 1;
            continue;
        }
        if (!add_row(t, line)) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
        csv_row *row = &t->row[t->rows - 1];
        for (char ended = delimiter; ended == delimiter; row->cells++) {
            char *cell = at;
            if (row->cells >= COLUMNS_MOST)
                return error_set(error, ET_ERROR_LIMIT, "%s:%d: more than %d cells in a line", path, line, COLUMNS_MOST);
            if (!add_cell(t, cell)) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
            ended = cut_cell(cell, delimiter, &at, &line);
            if (ended == '"') return error_set(error, ET_ERROR_FORMAT, "%s:%d: a quote is never closed", path, row->line);
        }
    }
    return t->rows ? ET_OK : error_set(error, ET_ERROR_FORMAT, "%s: empty; a line with column names was expected", path);
}

et_status csv_table_read(csv_table **out, const char *path, char delimiter, et_error *error)
{
    csv_table *t = calloc(1, sizeof *t);
    if (!t) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    t->plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    t->decimal_commas = delimiter != ',';
    size_t size;
    et_status status = read_file(path, BYTES_MOST, (unsigned char **)&t->text, &size, error);
    if (!status && memchr(t->text, '\0', size)) status = error_set(error, ET_ERROR_FORMAT, "%s: not a text file", path);
    if (!status) status = cut(t, delimiter, path, error);
    if (status) {
        csv_table_free(t);
        return status;
    }
    *out = t;
    return ET_OK;
}

int csv_columns(const csv_table *t)
{
    return t->row[0].cells;
}
int csv_rows(const csv_table *t)
{
    return t->rows - 1;
}
const char *csv_name(const csv_table *t, int column)
{
    return column < t->row[0].cells ? t->cell[column] : "";
}
int csv_line(const csv_table *t, int row)
{
    return t->row[row + 1].line;
}
int csv_cells(const csv_table *t, int row)
{
    return t->row[row + 1].cells;
}

int csv_find(const csv_table *t, const char *name)
{
    for (int c = 0; c < csv_columns(t); c++)
        if (strcmp(csv_name(t, c), name) == 0) return c;
    return -1;
}

et_status csv_find_all(const csv_table *t, const char *path, const char *const *names, int count, int *column,
                       et_error *error)
{
    for (int i = 0; i < count; i++)
        if ((column[i] = csv_find(t, names[i])) < 0)
            return error_set(error, ET_ERROR_FORMAT, "%s:1: no column %s", path, names[i]);
    return ET_OK;
}

const char *csv_cell(const csv_table *t, int row, int column)
{
    const csv_row *r = &t->row[row + 1];
    return column >= 0 && column < r->cells ? t->cell[r->first + (size_t)column] : "";
}

bool csv_number(const csv_table *t, int row, int column, double *out)
{
    const char *text = csv_cell(t, row, column);
    char *end, pointed[40];
    const char *comma = t->decimal_commas ? strchr(text, ',') : NULL;
    if (comma && !strpbrk(text, ".") && strlen(text) < sizeof pointed) {
        strcpy(pointed, text);
        pointed[comma - text] = '.';
        text = pointed;
    }
    double value = t->plain ? strtod_l(text, &end, t->plain) : strtod(text, &end);
    while (*end == ' ') end++;
    bool good = end != text && *end == '\0' && isfinite(value);
    *out = good ? value : NAN;
    return good;
}
