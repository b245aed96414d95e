/* PMEmo2019: annotations/dynamic_annotations.csv (musicId,frameTime,Arousal(mean),Valence(mean)), chorus/ID.mp3,
 * features/dynamic_features.csv for all songs together. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/readers.h"

static const char annotations_name[] = "annotations/dynamic_annotations.csv";

static bool in_range(const song_set *set, double value)
{
    return value >= set->label_low && value <= set->label_high;
}

/** The song of an id; the last one is looked at first, since a song's lines stand together. */
static song *song_of(song_set *set, const char *id)
{
    if (set->songs && strcmp(set->song[set->songs - 1].id, id) == 0) return &set->song[set->songs - 1];
    return song_find(set, id);
}

static et_status add_line(song_set *set, const csv_table *t, const int column[4], const char *path, int r,
                          warning_list *warnings, et_error *error)
{
    double time, arousal, valence;
    int line = csv_line(t, r);
    bool whole = csv_number(t, r, column[1], &time);
    whole &= csv_number(t, r, column[2], &arousal);
    whole &= csv_number(t, r, column[3], &valence);
    if (!whole || time < 0) {
        warning_grouped(warnings, WARNING_NOT_A_NUMBER, path, line, "a cell is missing or not a number");
        return ET_OK;
    }
    if (!in_range(set, arousal) || !in_range(set, valence)) {
        warning_grouped(warnings, WARNING_LABEL_OUTSIDE, path, line, "label %g / %g is outside %g .. %g", arousal, valence,
                        (double)set->label_low, (double)set->label_high);
        return ET_OK;
    }
    const char *id = csv_cell(t, r, column[0]);
    song *s = song_of(set, id);
    if (!s) s = song_add(set, id);
    if (!s || !song_label(s, line, time, label_mapped(set, valence), label_mapped(set, arousal)))
        return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    return ET_OK;
}

static bool is_there(const song *s)
{
    return s->sound || s->features;
}

static et_status find_files(const song_set *set, song *s, const char *path, warning_list *warnings, et_error *error)
{
    char name[300];
    int line = s->labels ? s->label_line[0] : 0;
    snprintf(name, sizeof name, "chorus/%.200s", s->id);
    s->sound = sound_if_there(set->path, name);
    s->features = path_if_there(set->path, "features/dynamic_features.csv");
    if (!is_there(s))
        warning_grouped(warnings, WARNING_NO_SOUND, path, line,
                        "song %.40s has labels, but neither chorus/%.40s.mp3 nor features/dynamic_features.csv", s->id,
                        s->id);
    if (song_merge_labels(s, path, warnings)) return ET_OK;
    return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
}

et_status read_pmemo(song_set *set, const song_options *options, warning_list *warnings, et_error *error)
{
    if (options->label_low == options->label_high) set->label_low = 0, set->label_high = 1;
    char *path = path_if_there(set->path, annotations_name);
    if (!path) return error_set(error, ET_ERROR_FILE, "%s: no %s in it (PMEmo's layout)", set->path, annotations_name);
    csv_table *t = NULL;
    et_status status = csv_table_read(&t, path, ',', error);
    if (!status) {
        static const char *const names[4] = {"musicId", "frameTime", "Arousal(mean)", "Valence(mean)"};
        int column[4];
        status = csv_find_all(t, path, names, 4, column, error);
        for (int r = 0; !status && r < csv_rows(t); r++) status = add_line(set, t, column, path, r, warnings, error);
    }
    for (int i = 0; !status && i < set->songs; i++) status = find_files(set, &set->song[i], path, warnings, error);
    if (!status) song_set_keep(set, is_there);
    csv_table_free(t);
    free(path);
    return status;
}
