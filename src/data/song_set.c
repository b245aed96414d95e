#include "data/song_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/room.h"
#include "track/compose.h"

song *song_add(song_set *set, const char *id)
{
    song *more = room_for_one_more(set->song, (size_t)set->songs, sizeof *more);
    if (!more) return NULL;
    set->song = more;
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
    set->song = NULL, set->songs = 0;
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
    size_t count = (size_t)s->labels;
    float(*label)[TARGETS] = room_for_one_more(s->label, count, sizeof *label);
    if (label) s->label = label;
    double *time = isnan(time_s) ? s->label_time_s : room_for_one_more(s->label_time_s, count, sizeof *time);
    if (time) s->label_time_s = time;
    int *lines = room_for_one_more(s->label_line, count, sizeof *lines);
    if (lines) s->label_line = lines;
    if (!label || !lines || (!time && !isnan(time_s))) return false;
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

void song_mean_row(const song *s, int first, int last, int columns, float *out)
{
    if (first < s->row_first && s->row_first < last) first = s->row_first;
    if (s->means_only)
        memcpy(out, s->row, (size_t)columns * sizeof *out);
    else
        compose_rows(s->row, first, last, first <= s->row_first, columns, out);
}
