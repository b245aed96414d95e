/* Songs known by their means only: song_id,label_frames,arousal_mean,valence_mean and columns named as DEAM's features. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "data/readers.h"

static et_status add_line(song_set *set, const csv_table *t, const int *place, const int id_arousal_valence[3],
                          const char *path, int r, warning_list *warnings, et_error *error)
{
    const char *id = csv_cell(t, r, id_arousal_valence[0]);
    double arousal, valence;
    bool labelled = csv_number(t, r, id_arousal_valence[1], &arousal);
    labelled &= csv_number(t, r, id_arousal_valence[2], &valence);
    if (!labelled || fabs(arousal) > 1 || fabs(valence) > 1) {
        warning_found(warnings, path, csv_line(t, r), "song %.40s: a mean label is missing or outside -1 .. 1; left out",
                      id);
        return ET_OK;
    }
    if (song_find(set, id)) {
        warning_found(warnings, path, csv_line(t, r), "song %.40s stands here a second time; left out", id);
        return ET_OK;
    }
    song *s = song_add(set, id);
    if (!s || !(s->row = calloc(ROW_WIDTH, sizeof *s->row)) || !song_label(s, csv_line(t, r), NAN, valence, arousal))
        return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    s->rows = 1, s->means_only = true, s->families = WITH_DESCRIPTORS;
    for (int c = 0; c < csv_columns(t); c++) {
        double value;
        if (place[c] < 0) continue;
        if (!csv_number(t, r, c, &value)) {
            warning_found(warnings, path, csv_line(t, r), "song %.40s: %s is missing or not a number; left out", id,
                          csv_name(t, c));
            song_drop_last(set);
            return ET_OK;
        }
        s->row[place[c]] = (float)value;
    }
    return ET_OK;
}

static et_status read_table(song_set *set, const csv_table *t, const char *path, warning_list *warnings, et_error *error)
{
    static const char *const names[3] = {"song_id", "arousal_mean", "valence_mean"};
    int column[3], known = 0;
    et_status status = csv_find_all(t, path, names, 3, column, error);
    if (status) return status;
    int *place = malloc((size_t)csv_columns(t) * sizeof *place);
    if (!place) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    for (int c = 0; c < csv_columns(t); c++) {
        place[c] = functional_find(csv_name(t, c));
        if (place[c] >= 0) set->column_known[place[c]] = true, known++;
    }
    status = known ? ET_OK : error_set(error, ET_ERROR_FORMAT, "%s:1: no column is named as DEAM's features are", path);
    for (int r = 0; !status && r < csv_rows(t); r++) status = add_line(set, t, place, column, path, r, warnings, error);
    free(place);
    return status;
}

et_status read_means(song_set *set, const song_options *options, warning_list *warnings, et_error *error)
{
    (void)options;
    struct stat info;
    char *inside = stat(set->path, &info) == 0 && S_ISDIR(info.st_mode) ? path_if_there(set->path, "song_means.csv") : NULL;
    const char *path = inside ? inside : set->path;
    csv_table *t = NULL;
    et_status status = csv_table_read(&t, path, ',', error);
    if (!status) status = read_table(set, t, path, warnings, error);
    csv_table_free(t);
    free(inside);
    return status;
}
