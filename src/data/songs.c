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
    free(s->label_line);
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

void song_set_keep(song_set *set, bool (*wanted)(const song *s))
{
    int kept = 0;
    for (int i = 0; i < set->songs; i++) {
        song held = set->song[kept];
        set->song[kept] = set->song[i], set->song[i] = held;
        if (wanted(&set->song[kept])) kept++;
    }
    while (set->songs > kept) song_drop_last(set);
}

bool song_label(song *s, int line, double time_s, double valence, double arousal)
{
    if ((s->labels & (s->labels - 1)) == 0) {
        size_t room = s->labels ? (size_t)s->labels * 2 : 1;
        float(*label)[TARGETS] = realloc(s->label, room * sizeof *label);
        if (label) s->label = label;
        double *time = isnan(time_s) ? s->label_time_s : realloc(s->label_time_s, room * sizeof *time);
        if (time) s->label_time_s = time;
        int *lines = realloc(s->label_line, room * sizeof *lines);
        if (lines) s->label_line = lines;
        if (!label || !lines || (!time && !isnan(time_s))) return false;
    }
    s->label_line[s->labels] = line;
    if (s->label_time_s) s->label_time_s[s->labels] = time_s;
    s->label[s->labels][TARGET_VALENCE] = (float)valence;
    s->label[s->labels][TARGET_AROUSAL] = (float)arousal;
    s->labels++;
    return true;
}

typedef struct timed {
    double time_s;
    int at;
} timed;

static int by_time(const void *a, const void *b)
{
    const timed *x = a, *y = b;
    if (x->time_s != y->time_s) return x->time_s < y->time_s ? -1 : 1;
    return x->at - y->at;
}

/* The mean of the labels order[0 .. count-1], in the place of the first. */
static void merge(song *s, const timed *order, int count)
{
    for (int t = 0; t < TARGETS; t++) {
        double sum = 0;
        int n = 0;
        for (int i = 0; i < count; i++)
            if (!isnan(s->label[order[i].at][t])) sum += (double)s->label[order[i].at][t], n++;
        s->label[order[0].at][t] = n ? (float)(sum / n) : NAN;
    }
}

static bool is_ascending(const song *s)
{
    if (!s->label_time_s) return s->labels < 2;
    for (int i = 1; i < s->labels; i++)
        if (!(s->label_time_s[i] > s->label_time_s[i - 1])) return false;
    return true;
}

bool song_merge_labels(song *s, const char *path, warning_list *warnings)
{
    timed *order = is_ascending(s) ? NULL : malloc((size_t)s->labels * sizeof *order);
    bool *gone = order ? calloc((size_t)s->labels, sizeof *gone) : NULL;
    bool good = is_ascending(s) || gone;
    for (int i = 0; gone && i < s->labels; i++) order[i] = (timed){s->label_time_s ? s->label_time_s[i] : 0, i};
    if (gone) qsort(order, (size_t)s->labels, sizeof *order, by_time);
    for (int from = 0, to; gone && from < s->labels; from = to) {
        for (to = from + 1; to < s->labels && order[to].time_s == order[from].time_s; to++) {
            gone[order[to].at] = true;
            warning_grouped(warnings, WARNING_LABEL_TWICE, path, s->label_line[order[to].at],
                            "sound %.100s has a label for the same time in line %d already", s->id,
                            s->label_line[order[from].at]);
        }
        merge(s, order + from, to - from);
    }
    int kept = 0;
    for (int i = 0; gone && i < s->labels; i++) {
        if (gone[i]) continue;
        if (s->label_time_s) s->label_time_s[kept] = s->label_time_s[i];
        memmove(s->label[kept++], s->label[i], sizeof *s->label);
    }
    if (gone) s->labels = kept;
    free(order);
    free(gone);
    free(s->label_line);
    s->label_line = NULL;
    return good;
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
    et_status status = ET_OK;
    switch (set.layout) {
    case LAYOUT_DEAM: status = read_deam(&set, options, warnings, error); break;
    case LAYOUT_PMEMO: status = read_pmemo(&set, options, warnings, error); break;
    case LAYOUT_MEANS: status = read_means(&set, warnings, error); break;
    default: status = read_folder(&set, options, warnings, error); break;
    }
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
