/** A delimited text file in memory: the first line names the columns, cells are bare or in double quotes. Lines of another
 *  length than the header are kept with the cells that they have; the reader of the table decides. Bounded: 512 MB, 100,000
 *  columns; a file with NUL bytes is no text. */
#ifndef EMOTRACK_DATA_CSV_TABLE_H
#define EMOTRACK_DATA_CSV_TABLE_H

#include "emotrack.h"

typedef struct csv_table csv_table;

/** @return ET_OK; ET_ERROR_FILE, _FORMAT (empty, not text, a quote without end), _LIMIT, _MEMORY */
et_status csv_table_read(csv_table **out, const char *path, char delimiter, et_error *error);
void csv_table_free(csv_table *table);

int csv_columns(const csv_table *table);
int csv_rows(const csv_table *table); /* empty lines and the header do not count */
const char *csv_name(const csv_table *table, int column);
int csv_find(const csv_table *table, const char *name); /* column, or -1                           */
/** Several columns. @param path  for messages   @return ET_OK; ET_ERROR_FORMAT (one is missing) */
et_status csv_find_all(const csv_table *table, const char *path, const char *const *names, int count, int *column,
                       et_error *error);
int csv_line(const csv_table *table, int row);                     /* line in the file, from 1                */
int csv_cells(const csv_table *table, int row);                    /* cells that this row has                 */
const char *csv_cell(const csv_table *table, int row, int column); /* "" where the row is too short           */

/** A cell as a number; "0,5" is one too where commas do not part cells. @return false (and NaN) if it is empty or not a finite number from end to end */
bool csv_number(const csv_table *table, int row, int column, double *out);

#endif
