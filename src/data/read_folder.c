/* A folder with sounds and one CSV: file,time_s,valence,arousal (labels over time) or file,valence,arousal (one for a clip).
 */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/readers.h"

typedef struct columns {
    int file, time, target[TARGETS], group;
} columns;

static const char *or_else(const char *given, const char *otherwise)
{
    return given ? given : otherwise;
}

static bool find_columns(columns *c, const csv_table *t, const song_options *o)
{
    c->file = csv_find(t, or_else(o->file, "file"));
    c->time = csv_find(t, or_else(o->time, "time_s"));
    c->target[TARGET_VALENCE] = csv_find(t, or_else(o->valence, "valence"));
    c->target[TARGET_AROUSAL] = csv_find(t, or_else(o->arousal, "arousal"));
    c->group = csv_find(t, or_else(o->group, "group"));
    return c->file >= 0 && (c->target[TARGET_VALENCE] >= 0 || c->target[TARGET_AROUSAL] >= 0);
}

static int csv_files_only(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > 4 && strcmp(entry->d_name + n - 4, ".csv") == 0;
}

/** Reads a table whatever stands between its cells. @return ET_OK with a table that has labels, or NULL if it has none */
static et_status try_table(csv_table **out, columns *c, const char *path, const song_options *o, et_error *error)
{
    static const char delimiters[] = ",;\t";
    *out = NULL;
    for (const char *delimiter = delimiters; *delimiter; delimiter++) {
        csv_table *t = NULL;
        et_status status = csv_table_read(&t, path, *delimiter, error);
        if (status) return status;
        if (find_columns(c, t, o)) {
            *out = t;
            return ET_OK;
        }
        csv_table_free(t);
    }
    return ET_OK;
}

/** The one table of the folder whose header names a file and a label. */
static et_status find_table(csv_table **out, char **path_out, columns *c, const song_set *set, const song_options *o,
                            et_error *error)
{
    struct dirent **entry;
    int entries = scandir(set->path, &entry, csv_files_only, alphasort);
    if (entries < 0) return error_set(error, ET_ERROR_FILE, "%s: cannot be listed", set->path);
    int found = 0;
    et_status status = ET_OK;
    et_error broken = {0};
    for (int i = 0; i < entries; i++) {
        char *path = path_if_there(set->path, entry[i]->d_name);
        csv_table *t = NULL;
        columns these = {0};
        if (!status && path) try_table(&t, &these, path, o, &broken);
        if (t && ++found > 1)
            status = error_set(error, ET_ERROR_FORMAT, "%s: two tables with labels, %s and %s: leave one", set->path,
                               *path_out, entry[i]->d_name);
        else if (t)
            *out = t, *path_out = path, *c = these, t = NULL, path = NULL;
        csv_table_free(t);
        free(path);
        free(entry[i]);
    }
    free(entry);
    if (status || found) return status;
    if (broken.status) return error_set(error, broken.status, "%s", broken.message);
    return error_set(error, ET_ERROR_FORMAT,
                     "%s: no known layout. Looked for annotations/arousal.csv (DEAM), annotations/dynamic_annotations.csv "
                     "(PMEmo), song_means.csv, and a CSV with the columns file, valence, arousal (see train --help)",
                     set->path);
}

/** The song of this line, made if it is the first of its file; NULL with ET_OK if its sound is missing. */
static et_status song_of_line(song **out, song_set *set, const csv_table *t, const columns *c, const char *path, int r,
                              warning_list *warnings, et_error *error)
{
    const char *file = csv_cell(t, r, c->file);
    *out = set->songs && strcmp(set->song[set->songs - 1].id, file) == 0 ? &set->song[set->songs - 1] : song_find(set, file);
    if (*out) return ET_OK;
    char *sound = *file ? path_if_there(set->path, file) : NULL;
    if (!sound) {
        warning_grouped(warnings, WARNING_NO_SOUND, path, csv_line(t, r), "sound \"%.200s\" is not there", file);
        return ET_OK;
    }
    song *s = song_add(set, file);
    if (s && c->group >= 0 && *csv_cell(t, r, c->group)) s->group = strdup(csv_cell(t, r, c->group));
    if (!s) {
        free(sound);
        return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    }
    s->sound = sound;
    *out = s;
    return ET_OK;
}

static et_status add_line(song_set *set, const csv_table *t, const columns *c, const char *path, int r,
                          warning_list *warnings, et_error *error)
{
    double value[TARGETS], time = NAN;
    for (int k = 0; k < TARGETS; k++)
        if (!label_read(set, t, path, r, c->target[k], &value[k], warnings)) return ET_OK;
    if (isnan(value[0]) && isnan(value[1])) {
        warning_found(warnings, path, csv_line(t, r), "no label in this line; left out");
        return ET_OK;
    }
    if (set->layout == LAYOUT_LONG && (!csv_number(t, r, c->time, &time) || time < 0)) {
        warning_found(warnings, path, csv_line(t, r), "%s \"%.20s\" is not a time; line left out", csv_name(t, c->time),
                      csv_cell(t, r, c->time));
        return ET_OK;
    }
    song *s;
    et_status status = song_of_line(&s, set, t, c, path, r, warnings, error);
    if (status || !s) return status;
    return song_label(s, csv_line(t, r), time, value[TARGET_VALENCE], value[TARGET_AROUSAL])
               ? ET_OK
               : error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
}

et_status read_folder(song_set *set, const song_options *options, warning_list *warnings, et_error *error)
{
    csv_table *t = NULL;
    char *path = NULL;
    columns c = {0};
    et_status status = find_table(&t, &path, &c, set, options, error);
    if (!status) {
        if (options->layout == LAYOUT_LONG && c.time < 0)
            status = error_set(error, ET_ERROR_FORMAT, "%s:1: no column %s, which long form needs", path,
                               or_else(options->time, "time_s"));
        set->layout = options->layout == LAYOUT_CLIPS || c.time < 0 ? LAYOUT_CLIPS : LAYOUT_LONG;
    }
    for (int r = 0; !status && r < csv_rows(t); r++) status = add_line(set, t, &c, path, r, warnings, error);
    for (int i = 0; !status && i < set->songs; i++)
        if (!song_merge_labels(&set->song[i], path, warnings))
            status = error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    csv_table_free(t);
    free(path);
    return status;
}
