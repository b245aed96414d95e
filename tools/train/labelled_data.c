#include "train/labelled_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "data/songs.h"

enum { LINES_MOST = 40, DEGRADED_SONGS_MOST = 80 };

static void tell(void *user, const char *line)
{
    int *told = user;
    if (++*told <= LINES_MOST)
        say("%s", line);
    else if (*told == LINES_MOST + 1)
        say("... and more of that kind; all are counted");
}

static void show(void *user, int done, int of)
{
    (void)user;
    (void)done;
    (void)of;
    progress_add(1);
}

static bool stop(void *user)
{
    (void)user;
    return interrupted();
}

static et_status read_range(song_options *s, const char *text, et_error *error)
{
    char rest;
    if (!text || (sscanf(text, "%lf:%lf%c", &s->label_low, &s->label_high, &rest) == 2 && s->label_low < s->label_high))
        return ET_OK;
    return error_set(error, ET_ERROR_ARGUMENT, "--label-range %s: LOW:HIGH with LOW < HIGH was expected, e.g. 1:9", text);
}

/** Sets in DEAM's layout were rated by the same raters on the same range: one scale. */
static int scale_of(const labelled_data *d, const song_set *set)
{
    for (int k = 0; k < d->count; k++)
        if (set->layout == LAYOUT_DEAM && d->set[k].layout == LAYOUT_DEAM) return d->scale[k];
    return d->count;
}

static et_status read_set(labelled_data *d, const data_options *o, const char *path, bool means, warning_list *warnings,
                          et_error *error)
{
    if (d->count == SONG_SETS_MOST) return error_set(error, ET_ERROR_LIMIT, "more than %d data sets", SONG_SETS_MOST);
    song_options how = {.layout = means ? LAYOUT_MEANS : (layout)o->layout,
                        .file = o->file_column,
                        .time = o->time_column,
                        .valence = o->valence_column,
                        .arousal = o->arousal_column,
                        .group = o->group_column};
    et_status status = read_range(&how, o->range, error);
    if (status) return status;
    song_set *set = &d->set[d->count];
    status = song_set_read(set, path, &how, warnings, error);
    if (status) return status;
    d->scale[d->count] = means ? 0 : scale_of(d, set);
    d->part[d->count] = calloc((size_t)set->songs, sizeof *d->part[0]);
    d->count++;
    return d->part[d->count - 1] ? ET_OK : error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
}

static bool known_elsewhere(const labelled_data *d, int k, const char *id)
{
    for (int other = 0; other < d->count; other++)
        if (other != k && d->scale[other] == d->scale[k] && song_find(&d->set[other], id)) return true;
    return false;
}

/** Songs whose mean stands beside their own rows are left out, whatever part those are in. */
static void leave_out_known(labelled_data *d)
{
    for (int k = 0; k < d->count; k++) {
        if (d->set[k].layout != LAYOUT_MEANS) continue;
        for (int i = 0; i < d->set[k].songs; i++)
            if (known_elsewhere(d, k, d->set[k].song[i].id)) d->part[k][i] = PART_TEST;
    }
}

static bool has_sound(const song *s)
{
    return s->sound != NULL;
}

/** The tracker will hear the songs; those that it cannot are left out. */
static et_status keep_sounds(song_set *set, warning_list *warnings, et_error *error)
{
    for (int i = 0; i < set->songs; i++)
        if (!has_sound(&set->song[i]))
            warning_grouped(warnings, WARNING_NO_SOUND, set->path, 0, "song %.200s has no sound", set->song[i].id);
    song_set_keep(set, has_sound);
    warning_groups_end(warnings);
    return set->songs ? ET_OK : error_set(error, ET_ERROR_FORMAT, "%s: no song with sound", set->path);
}

/** How degraded sound shifts a song, some songs show as well as all: keeps every n-th. */
static void keep_some(song_set *set)
{
    int step = (set->songs + DEGRADED_SONGS_MOST - 1) / DEGRADED_SONGS_MOST, kept = 0;
    for (int i = 0; i < set->songs; i++) {
        if (i % step == 0) {
            song one = set->song[kept];
            set->song[kept++] = set->song[i], set->song[i] = one;
        }
    }
    while (set->songs > kept) song_drop_last(set);
}

/** Features of a set's songs, from sound degraded by `degrade`; NULL: only of sets that have no sound. */
static et_status compute(song_set *set, const data_options *o, const char *degrade, int pitch_lag, warning_list *warnings,
                         et_error *error)
{
    bool any_sound = false;
    for (int i = 0; i < set->songs; i++) any_sound |= set->song[i].sound != NULL;
    if (!degrade && any_sound && o->from != FEATURES_FROM_FILES) return keep_sounds(set, warnings, error);
    if (!degrade) degrade = "none";
    feature_options how = {.source = (feature_source)o->from,
                           .pitch_lag_frames = pitch_lag,
                           .rasta_start = RASTA_START_STEADY,
                           .families = o->families,
                           .ear = o->ear,
                           .cache = o->cache,
                           .threads = o->threads,
                           .progress = show,
                           .stop = stop};
    et_status status = degradation_find(&how.degradation, degrade, error);
    if (status) return status;
    progress_begin(set->name, set->songs, "songs", o->quiet);
    status = song_set_features(set, &how, warnings, error);
    progress_end();
    return status;
}

int labelled_data_read(labelled_data *d, const data_options *o, const char *degrade, int pitch_lag_frames, et_error *error)
{
    int told = 0;
    warning_list warnings = {.tell = tell, .user = &told};
    *d = (labelled_data){0};
    et_status status = ET_OK;
    for (int i = 0; i < o->data.count && !status; i++) status = read_set(d, o, o->data.item[i], false, &warnings, error);
    if (!status && o->song_means) status = read_set(d, o, o->song_means, true, &warnings, error);
    for (int k = 0; k < d->count && !status && degrade && strcmp(degrade, "none") != 0; k++) keep_some(&d->set[k]);
    for (int k = 0; k < d->count && !status; k++)
        status = compute(&d->set[k], o, degrade, pitch_lag_frames, &warnings, error);
    leave_out_known(d);
    d->warnings = warnings.count;
    if (!status && warnings.count) say("%d defects in the data, named above; the rest is used", warnings.count);
    if (!status) return OPTIONS_GO;
    say("%s", error->message);
    labelled_data_free(d);
    return status == ET_ERROR_INTERRUPTED ? EXIT_INTERRUPTED : status == ET_ERROR_ARGUMENT ? EXIT_USAGE : EXIT_FAILED;
}

void labelled_data_free(labelled_data *d)
{
    for (int k = 0; k < d->count; k++) {
        song_set_free(&d->set[k]);
        free(d->part[k]);
    }
    d->count = 0;
}

void labelled_data_sets(const labelled_data *d, dataset *datasets)
{
    for (int k = 0; k < d->count; k++) datasets[k] = (dataset){&d->set[k], d->part[k], d->scale[k]};
}

const char **split_keys(const song_set *set, bool ungrouped)
{
    const char **key = malloc((size_t)set->songs * sizeof *key);
    for (int i = 0; key && i < set->songs; i++)
        key[i] = set->song[i].group && !ungrouped ? set->song[i].group : set->song[i].id;
    return key;
}

bool stands_before(const labelled_data *d, int k, int i, int *set, int *at)
{
    for (*set = 0; *set < k; ++*set) {
        const song_set *other = &d->set[*set];
        if (d->scale[*set] != d->scale[k] || other->layout == LAYOUT_MEANS) continue;
        const struct song *found = song_find(other, d->set[k].song[i].id);
        *at = found ? (int)(found - other->song) : -1;
        if (found) return true;
    }
    return false;
}

const char *data_set_name(const song_set *set)
{
    return set->layout == LAYOUT_DEAM || set->layout == LAYOUT_PMEMO ? layout_name(set->layout) : set->name;
}

const char *split_note(const json_t *training)
{
    const char *split = json_string_value(json_object_get(training, "split"));
    return split && strncmp(split, "song", 4) != 0 ? SPLIT_BY_FRAME : NULL;
}

json_t *songs_by_part(const labelled_data *d)
{
    static const char *const names[] = {"train", "validation", "test"};
    json_t *all = json_array();
    for (int k = 0; k < d->count; k++) {
        const song_set *set = &d->set[k];
        /* Means stand for songs of the first set. */
        const char *name = set->layout == LAYOUT_MEANS && k > 0 ? data_set_name(&d->set[0]) : data_set_name(set);
        json_t *one = json_pack("{ss ss}", "name", name, "layout", layout_name(set->layout)), *parts[3];
        for (int p = 0; p < 3; p++) parts[p] = json_array();
        for (int i = 0; i < set->songs; i++)
            if (d->part[k][i] != PART_TEST || set->layout != LAYOUT_MEANS)
                json_array_append_new(parts[d->part[k][i]], json_string(set->song[i].id));
        for (int p = 0; p < 3; p++) json_object_set_new(one, names[p], parts[p]);
        json_array_append_new(all, one);
    }
    return all;
}

bool trained_on(const json_t *training, const song_set *set, const song *s)
{
    size_t k, i;
    json_t *one, *id;
    json_array_foreach(json_object_get(training, "songs"), k, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        if (!name || strcmp(name, data_set_name(set)) != 0) continue;
        json_array_foreach(json_object_get(one, "train"), i,
                           id) if (json_is_string(id) && strcmp(json_string_value(id), s->id) == 0) return true;
        json_array_foreach(json_object_get(one, "validation"), i,
                           id) if (json_is_string(id) && strcmp(json_string_value(id), s->id) == 0) return true;
    }
    return false;
}
