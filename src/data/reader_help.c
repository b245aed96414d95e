#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "data/readers.h"

char *path_if_there(const char *folder, const char *name)
{
    char *path = NULL;
    struct stat info;
    if (asprintf(&path, "%s/%s", folder, name) < 0) return NULL;
    if (stat(path, &info) == 0) return path;
    free(path);
    return NULL;
}

char *sound_if_there(const char *folder, const char *stem)
{
    static const char *const types[] = {"mp3", "flac", "wav", "ogg", "m4a"};
    char *path = NULL;
    for (size_t t = 0; t < sizeof types / sizeof *types && !path; t++) {
        char name[300];
        snprintf(name, sizeof name, "%.200s.%s", stem, types[t]);
        path = path_if_there(folder, name);
    }
    return path;
}

double label_mapped(const song_set *set, double label)
{
    return 2 * (label - set->label_low) / (set->label_high - set->label_low) - 1;
}

bool label_read(const song_set *set, const csv_table *t, const char *path, int row, int column, double *out,
                warning_list *warnings)
{
    double value;
    const char *text = csv_cell(t, row, column), *name = csv_name(t, column < 0 ? 0 : column);
    *out = NAN;
    if (*text == '\0') return true;
    bool number = csv_number(t, row, column, &value), inside = value >= set->label_low && value <= set->label_high;
    if (!number)
        warning_grouped(warnings, WARNING_NOT_A_NUMBER, path, csv_line(t, row), "%s: label \"%.20s\" is not a number", name,
                        text);
    else if (!inside)
        warning_grouped(warnings, WARNING_LABEL_OUTSIDE, path, csv_line(t, row), "%s: label %g is outside %g .. %g", name,
                        value, (double)set->label_low, (double)set->label_high);
    else
        *out = label_mapped(set, value);
    return !isnan(*out);
}
