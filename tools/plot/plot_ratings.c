#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "data/csv_table.h"
#include "plot/plot_annotation.h"

static et_status fill(plot_ratings *r, const csv_table *table, const char *path, et_error *error)
{
    int time = csv_find(table, "time_s") >= 0 ? csv_find(table, "time_s") : csv_find(table, "time");
    int valence = csv_find(table, "valence"), arousal = csv_find(table, "arousal"), rows = csv_rows(table);
    if (time < 0 || (valence < 0 && arousal < 0))
        return error_set(error, ET_ERROR_FORMAT, "%s: ratings have the columns time_s, valence and arousal", path);
    double *all = malloc(3 * (size_t)(rows + 1) * sizeof *all);
    if (all == NULL) return error_set(error, ET_ERROR_MEMORY, "%s: no memory for %d ratings", path, rows);
    *r = (plot_ratings){all, all + rows, all + 2 * (size_t)rows, (size_t)rows};
    for (int i = 0; i < rows; i++) {
        r->valence[i] = r->arousal[i] = NAN;
        if (!csv_number(table, i, time, &r->time_s[i]))
            return error_set(error, ET_ERROR_FORMAT, "%s, line %d: '%.40s' is no time in seconds", path, csv_line(table, i),
                             csv_cell(table, i, time));
        if (valence >= 0) csv_number(table, i, valence, &r->valence[i]);
        if (arousal >= 0) csv_number(table, i, arousal, &r->arousal[i]);
    }
    return ET_OK;
}

et_status plot_ratings_read(plot_ratings *out, const char *path, et_error *error)
{
    csv_table *table;
    *out = (plot_ratings){0};
    et_status status = csv_table_read(&table, path, ',', error);
    if (status != ET_OK) return status;
    status = fill(out, table, path, error);
    csv_table_free(table);
    if (status != ET_OK) plot_ratings_free(out);
    return status;
}

void plot_ratings_free(plot_ratings *r)
{
    free(r->time_s);
    *r = (plot_ratings){0};
}
