#include "data/songs.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

static const struct {
    const char *name;
    song_reader *read;
} layouts[] = {
    [LAYOUT_AUTO] = {"auto", NULL},        [LAYOUT_DEAM] = {"deam", read_deam},     [LAYOUT_PMEMO] = {"pmemo", read_pmemo},
    [LAYOUT_LONG] = {"long", read_folder}, [LAYOUT_CLIPS] = {"clips", read_folder}, [LAYOUT_MEANS] = {"means", read_means},
};

const char *layout_name(layout l)
{
    return layouts[l].name;
}

static bool stands_in(const char *folder, const char *name)
{
    char *path = path_if_there(folder, name);
    free(path);
    return path != NULL;
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

/* Labels of a scale from 0 to 1, read as one from -1 to 1, are all on one half of it. */
static void hint_range(const song_set *set, const song_options *options, const warning_list *warnings)
{
    enum { ENOUGH = 20 };
    long labels = 0;
    float least = INFINITY;
    if (options->label_low != options->label_high || set->layout == LAYOUT_PMEMO || !warnings || !warnings->tell) return;
    for (int i = 0; i < set->songs; i++)
        for (int k = 0; k < set->song[i].labels; k++, labels++)
            for (int t = 0; t < TARGETS; t++) least = fminf(least, set->song[i].label[k][t]);
    if (labels < ENOUGH || !(least >= 0)) return;
    char line[1200];
    snprintf(line, sizeof line, "%s: all %ld labels lie in 0 .. 1; if that is their range, say so: --label-range 0:1",
             set->path, labels);
    warnings->tell(warnings->user, line);
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
    if (set.layout == LAYOUT_AUTO) set.layout = LAYOUT_LONG;
    et_status status = layouts[set.layout].read(&set, options, warnings, error);
    warning_groups_end(warnings);
    if (!status) hint_range(&set, options, warnings);
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
