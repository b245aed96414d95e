#include "data/songs.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

static const char *const layout_names[] = {"auto", "deam", "pmemo", "long", "clips", "means"};

const char *layout_name(layout l)
{
    return layout_names[l];
}

layout layout_of(const char *name)
{
    for (int l = LAYOUT_DEAM; l <= LAYOUT_MEANS; l++)
        if (strcmp(layout_names[l], name) == 0) return (layout)l;
    return LAYOUT_AUTO;
}

char *path_if_there(const char *folder, const char *name)
{
    char *path = NULL;
    struct stat info;
    if (asprintf(&path, "%s/%s", folder, name) < 0) return NULL;
    if (stat(path, &info) == 0) return path;
    free(path);
    return NULL;
}

static bool stands_in(const char *folder, const char *name)
{
    char *path = path_if_there(folder, name);
    free(path);
    return path != NULL;
}

song *song_add(song_set *set, const char *id)
{
    if (set->songs == set->room) {
        int room = set->room ? set->room * 2 : 64;
        song *more = realloc(set->song, (size_t)room * sizeof *more);
        if (!more) return NULL;
        set->song = more, set->room = room;
    }
    song *s = &set->song[set->songs];
    *s = (song){.id = strdup(id)};
    if (!s->id) return NULL;
    set->songs++;
    return s;
}

static void song_clear(song *s)
{
    free(s->id);
    free(s->group);
    free(s->sound);
    free(s->features);
    free(s->label_time_s);
    free(s->label);
    free(s->row);
}

void song_drop_last(song_set *set)
{
    song_clear(&set->song[--set->songs]);
}

void song_set_free(song_set *set)
{
    for (int i = 0; i < set->songs; i++) song_clear(&set->song[i]);
    free(set->song);
    set->song = NULL, set->songs = set->room = 0;
}

bool song_label(song *s, double time_s, double valence, double arousal)
{
    if ((s->labels & (s->labels - 1)) == 0) {
        size_t room = s->labels ? (size_t)s->labels * 2 : 1;
        float(*label)[TARGETS] = realloc(s->label, room * sizeof *label);
        if (label) s->label = label;
        double *time = isnan(time_s) ? s->label_time_s : realloc(s->label_time_s, room * sizeof *time);
        if (time) s->label_time_s = time;
        if (!label || (!time && !isnan(time_s))) return false;
    }
    if (s->label_time_s) s->label_time_s[s->labels] = time_s;
    s->label[s->labels][TARGET_VALENCE] = (float)valence;
    s->label[s->labels][TARGET_AROUSAL] = (float)arousal;
    s->labels++;
    return true;
}

song *song_find(const song_set *set, const char *id)
{
    for (int i = 0; i < set->songs; i++)
        if (strcmp(set->song[i].id, id) == 0) return &set->song[i];
    return NULL;
}

double song_mean_label(const song *s, int target)
{
    double sum = 0;
    int n = 0;
    for (int i = 0; i < s->labels; i++)
        if (!isnan(s->label[i][target])) sum += s->label[i][target], n++;
    return n ? sum / n : NAN;
}

/** What stands in the folder says how it is laid out. */
static layout recognise(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) return LAYOUT_AUTO;
    if (!S_ISDIR(info.st_mode)) return LAYOUT_MEANS;
    if (stands_in(path, "annotations/dynamic_annotations.csv")) return LAYOUT_PMEMO;
    if (stands_in(path, "annotations/arousal.csv") || stands_in(path, "annotations/valence.csv") ||
        stands_in(path, "annotations/annotations averaged per song"))
        return LAYOUT_DEAM;
    if (stands_in(path, "song_means.csv")) return LAYOUT_MEANS;
    return LAYOUT_LONG; /* or clips: its table's header decides */
}

static void name_set(song_set *set, const char *path)
{
    snprintf(set->path, sizeof set->path, "%s", path);
    size_t end = strlen(set->path);
    while (end > 1 && set->path[end - 1] == '/') set->path[--end] = '\0';
    const char *slash = strrchr(set->path, '/');
    snprintf(set->name, sizeof set->name, "%.60s", slash ? slash + 1 : set->path);
}

et_status song_set_read(song_set *out, const char *path, const song_options *options, warning_list *warnings,
                        et_error *error)
{
    static const song_options plain = {0};
    if (!options) options = &plain;
    song_set set = {.layout = options->layout ? options->layout : recognise(path), .label_low = -1, .label_high = 1};
    struct stat info;
    if (stat(path, &info) != 0) return error_set(error, ET_ERROR_FILE, "%s: no such data set", path);
    if (strlen(path) >= sizeof set.path) return error_set(error, ET_ERROR_LIMIT, "%s: path too long", path);
    name_set(&set, path);
    if (options->label_low != options->label_high)
        set.label_low = (float)options->label_low, set.label_high = (float)options->label_high;
    et_status status = ET_OK;
    switch (set.layout) {
    case LAYOUT_DEAM: status = read_deam(&set, options, warnings, error); break;
    case LAYOUT_PMEMO: status = read_pmemo(&set, options, warnings, error); break;
    case LAYOUT_MEANS: status = read_means(&set, warnings, error); break;
    default: status = read_folder(&set, options, warnings, error); break;
    }
    if (!status && set.songs == 0)
        status = error_set(error, ET_ERROR_FORMAT, "%s: no usable song in it (layout %s); see the lines above", path,
                           layout_name(set.layout));
    if (status) {
        song_set_free(&set);
        return status;
    }
    *out = set;
    return ET_OK;
}
