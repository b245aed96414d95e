/* DEAM: annotations/{arousal,valence}.csv (song_id,sample_15000ms,...), features/ID.csv, MEMD_audio/ID.mp3. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/readers.h"

static const char *const places[] = {"annotations/%s.csv",
                                     "annotations/annotations averaged per song/dynamic (per second annotations)/%s.csv",
                                     "annotations/annotations averaged per song/%s.csv", "%s.csv"};

static char *annotation_path(const char *folder, const char *target)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char name[256];
        snprintf(name, sizeof name, places[i], target); /* NOLINT: the formats stand above */
        char *path = path_if_there(folder, name);
        if (path) return path;
    }
    return NULL;
}

/** "sample_15500ms" is 15.5 s; NaN if the name is another. */
static double time_of(const char *name)
{
    int ms, end = 0;
    if (sscanf(name, "sample_%dms%n", &ms, &end) != 1 || name[end] != '\0' || ms < 0) return NAN;
    return ms / 1000.0;
}

typedef struct annotations {
    csv_table *table[TARGETS];
    char *path[TARGETS];
} annotations;

static void annotations_free(annotations *a)
{
    for (int t = 0; t < TARGETS; t++) {
        csv_table_free(a->table[t]);
        free(a->path[t]);
    }
}

static et_status annotations_read(annotations *a, const char *folder, et_error *error)
{
    static const char *const names[TARGETS] = {"valence", "arousal"};
    for (int t = 0; t < TARGETS; t++) {
        a->path[t] = annotation_path(folder, names[t]);
        if (!a->path[t])
            return error_set(error, ET_ERROR_FILE, "%s: no annotations/%s.csv in it (DEAM's layout)", folder, names[t]);
        et_status status = csv_table_read(&a->table[t], a->path[t], ',', error);
        if (status) return status;
        if (csv_columns(a->table[t]) < 2 || strcmp(csv_name(a->table[t], 0), "song_id") != 0)
            return error_set(error, ET_ERROR_FORMAT, "%s:1: the first column is not song_id", a->path[t]);
    }
    return ET_OK;
}

static int row_of(const csv_table *table, const char *id)
{
    for (int r = 0; r < csv_rows(table); r++)
        if (strcmp(csv_cell(table, r, 0), id) == 0) return r;
    return -1;
}

/** Labels of one song: every time at which at least one of the two files has one. */
static bool add_labels(song *s, const song_set *set, const annotations *a, int valence_row, int arousal_row,
                       warning_list *warnings)
{
    const csv_table *arousals = a->table[TARGET_AROUSAL], *valences = a->table[TARGET_VALENCE];
    for (int c = 1; c < csv_columns(arousals); c++) {
        double time = time_of(csv_name(arousals, c));
        if (isnan(time)) continue;
        int same = c < csv_columns(valences) && strcmp(csv_name(valences, c), csv_name(arousals, c)) == 0
                       ? c
                       : csv_find(valences, csv_name(arousals, c));
        double arousal, valence = NAN;
        label_read(set, arousals, a->path[TARGET_AROUSAL], arousal_row, c, &arousal, warnings);
        if (same >= 0 && valence_row >= 0)
            label_read(set, valences, a->path[TARGET_VALENCE], valence_row, same, &valence, warnings);
        if (isnan(arousal) && isnan(valence)) continue;
        if (!song_label(s, csv_line(arousals, arousal_row), time, valence, arousal)) return false;
    }
    return song_merge_labels(s, a->path[TARGET_AROUSAL], warnings);
}

static et_status add_song(song_set *set, const annotations *a, int arousal_row, warning_list *warnings, et_error *error)
{
    const csv_table *arousals = a->table[TARGET_AROUSAL];
    const char *id = csv_cell(arousals, arousal_row, 0), *path = a->path[TARGET_AROUSAL];
    int line = csv_line(arousals, arousal_row), valence_row = row_of(a->table[TARGET_VALENCE], id);
    if (song_find(set, id)) {
        warning_found(warnings, path, line, "song %.40s stands here a second time; left out", id);
        return ET_OK;
    }
    if (valence_row < 0)
        warning_grouped(warnings, WARNING_NO_VALENCE, path, line, "song %.40s has no line in %s", id,
                        a->path[TARGET_VALENCE]);
    char name[300];
    snprintf(name, sizeof name, "features/%.200s.csv", id);
    song *s = song_add(set, id);
    if (!s) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    s->features = path_if_there(set->path, name);
    snprintf(name, sizeof name, "MEMD_audio/%.200s", id);
    s->sound = sound_if_there(set->path, name);
    if (!s->sound && !s->features) {
        warning_grouped(warnings, WARNING_NO_SOUND, path, line,
                        "song %.40s has labels, but neither MEMD_audio/%.40s.mp3 nor features/%.40s.csv", id, id, id);
        song_drop_last(set);
        return ET_OK;
    }
    if (!add_labels(s, set, a, valence_row, arousal_row, warnings))
        return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    if (s->labels == 0) {
        warning_found(warnings, path, line, "song %.40s has no label; left out", id);
        song_drop_last(set);
    }
    return ET_OK;
}

et_status read_deam(song_set *set, const song_options *options, warning_list *warnings, et_error *error)
{
    (void)options;
    annotations a = {0};
    et_status status = annotations_read(&a, set->path, error);
    for (int r = 0; !status && r < csv_rows(a.table[TARGET_AROUSAL]); r++) status = add_song(set, &a, r, warnings, error);
    for (int r = 0; !status && r < csv_rows(a.table[TARGET_VALENCE]); r++) {
        const char *id = csv_cell(a.table[TARGET_VALENCE], r, 0);
        if (row_of(a.table[TARGET_AROUSAL], id) < 0)
            warning_grouped(warnings, WARNING_NO_AROUSAL, a.path[TARGET_VALENCE], csv_line(a.table[TARGET_VALENCE], r),
                            "song %.40s has no line in %s", id, a.path[TARGET_AROUSAL]);
    }
    annotations_free(&a);
    return status;
}
