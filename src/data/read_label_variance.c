/* How far raters differ, where a table says so: standard deviations of valence and arousal, and how many raters there were.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/csv_table.h"
#include "data/songs.h"

/** Column of that name, blanks before it not counted (DEAM's tables have some); -1 if there is none. */
static int find_trimmed(const csv_table *t, const char *name)
{
    for (int c = 0; c < csv_columns(t); c++)
        if (strcmp(csv_name(t, c) + strspn(csv_name(t, c), " "), name) == 0) return c;
    return -1;
}

static int find_spread(const csv_table *t, int target)
{
    static const char *const names[TARGETS][3] = {[TARGET_VALENCE] = {"valence_sd", "valence_std", "Valence(std)"},
                                                  [TARGET_AROUSAL] = {"arousal_sd", "arousal_std", "Arousal(std)"}};
    int column = -1;
    for (int i = 0; i < 3 && column < 0; i++) column = find_trimmed(t, names[target][i]);
    return column;
}

/** Variance of the mean label in one line, mean over the targets that it has; 0: not known. */
static double label_variance_of_line(const csv_table *t, int r, const int spread[TARGETS], int raters)
{
    double sum = 0, heads = 1;
    int known = 0;
    for (int k = 0; k < TARGETS; k++) {
        double sd;
        if (spread[k] >= 0 && csv_number(t, r, spread[k], &sd) && sd > 0) sum += sd * sd, known++;
    }
    if (raters >= 0 && (!csv_number(t, r, raters, &heads) || heads < 1)) heads = 1;
    return known ? sum / known / heads : 0;
}

void read_label_variance(song_set *set, const csv_table *t, const char *id)
{
    int spread[TARGETS], name = find_trimmed(t, id), raters = find_trimmed(t, "raters");
    for (int k = 0; k < TARGETS; k++) spread[k] = find_spread(t, k);
    int *lines = calloc((size_t)set->songs + 1, sizeof *lines);
    if (!lines || name < 0 || (spread[TARGET_VALENCE] < 0 && spread[TARGET_AROUSAL] < 0)) {
        free(lines);
        return;
    }
    for (int r = 0; r < csv_rows(t); r++) {
        song *s = song_find(set, csv_cell(t, r, name));
        double label_variance = s ? label_variance_of_line(t, r, spread, raters) : 0;
        if (label_variance > 0)
            s->label_variance +=
                (label_variance - s->label_variance) / ++lines[s - set->song]; /* mean over the song's lines */
    }
    free(lines);
}

void read_label_variance_file(song_set *set, const char *name, const char *id)
{
    char *path = path_if_there(set->path, name);
    csv_table *t = NULL;
    if (path && csv_table_read(&t, path, ',', NULL) == ET_OK) read_label_variance(set, t, id);
    csv_table_free(t);
    free(path);
}
