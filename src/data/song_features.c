#include "data/song_features.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/room.h"
#include "base/workers.h"
#include "data/csv_table.h"
#include "data/feature_cache.h"

/** A file that failed as a whole; its message may begin with its path. */
static void left_out(warning_list *warnings, const char *path, const char *message)
{
    size_t n = strlen(path);
    bool named = strncmp(message, path, n) == 0 && message[n] == ':';
    warning_found(warnings, path, 0, "%s; left out", named ? message + n + 2 : message);
}

/* ---- shipped files ------------------------------------------------------------------------------------------------- */

/** Where a file's columns go: DEAM's names as they are; PMEmo says _mean and _std. */
static int place_of(const char *name)
{
    int place = functional_find(name);
    size_t n = strlen(name);
    char deam[128];
    if (place >= 0 || n > 100) return place;
    if (n > 5 && strcmp(name + n - 5, "_mean") == 0)
        snprintf(deam, sizeof deam, "%.*s_amean", (int)n - 5, name);
    else if (n > 4 && strcmp(name + n - 4, "_std") == 0)
        snprintf(deam, sizeof deam, "%.*s_stddev", (int)n - 4, name);
    else
        return -1;
    return functional_find(deam);
}

/** The deltas of the six voicing descriptors are broken in what the reference extractor writes. */
static bool broken_at_the_source(int column)
{
    int d = column / 2 - DESCRIPTOR_COUNT;
    return d >= DESCRIPTOR_F0 && d <= DESCRIPTOR_HNR;
}

static et_status find_places(int **out, song_set *set, const csv_table *t, const char *path, et_error *error)
{
    int *place = malloc((size_t)csv_columns(t) * sizeof *place), known = 0;
    if (!place) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    for (int c = 0; c < csv_columns(t); c++) {
        place[c] = place_of(csv_name(t, c));
        if (place[c] < 0) continue;
        known++;
        set->column_known[place[c]] = !broken_at_the_source(place[c]);
    }
    if (known != FUNCTIONAL_COUNT) {
        free(place);
        return error_set(error, ET_ERROR_FORMAT, "%s:1: %d of the %d feature columns are missing", path,
                         FUNCTIONAL_COUNT - known, FUNCTIONAL_COUNT);
    }
    *out = place;
    return ET_OK;
}

/** Adds row `r` of a table to the song unless one of its cells is not a number. @return false without memory */
static bool add_row(song *s, const csv_table *t, const int *place, const char *path, int r, warning_list *warnings)
{
    float *more = room_for_one_more(s->row, (size_t)s->rows, ROW_WIDTH * sizeof *more);
    if (!more) return false;
    s->row = more;
    float *row = s->row + (size_t)s->rows * ROW_WIDTH;
    memset(row, 0, ROW_WIDTH * sizeof *row);
    for (int c = 0; c < csv_columns(t); c++) {
        double value;
        if (place[c] < 0) continue;
        if (!csv_number(t, r, c, &value)) {
            const char *what = csv_cells(t, r) < csv_columns(t) ? "the line is too short" : "not a finite number";
            warning_found(warnings, path, csv_line(t, r), "%s: %s; the row before stands for it", csv_name(t, c), what);
            if (s->rows == 0) return true;
            memcpy(row, row - ROW_WIDTH, ROW_WIDTH * sizeof *row);
            break;
        }
        row[place[c]] = (float)value;
    }
    s->rows++;
    s->families = WITH_DESCRIPTORS;
    return true;
}

static et_status read_one(song_set *set, song *s, warning_list *warnings, et_error *error)
{
    csv_table *t = NULL;
    int *place = NULL;
    et_status status = csv_table_read(&t, s->features, ';', error);
    if (!status) status = find_places(&place, set, t, s->features, error);
    for (int r = 0; !status && r < csv_rows(t); r++)
        if (!add_row(s, t, place, s->features, r, warnings))
            status = error_set(error, ET_ERROR_MEMORY, "%s: out of memory", s->features);
    if (!status && s->rows == 0) status = error_set(error, ET_ERROR_FORMAT, "%s: no usable row", s->features);
    s->row_first = 2;
    free(place);
    csv_table_free(t);
    return status;
}

/** PMEmo: one file for all songs, its lines sorted by song. */
static et_status read_shared(song_set *set, const char *path, warning_list *warnings, et_error *error)
{
    csv_table *t = NULL;
    int *place = NULL;
    et_status status = csv_table_read(&t, path, ',', error);
    int id = status ? -1 : csv_find(t, "musicId");
    if (!status && id < 0) status = error_set(error, ET_ERROR_FORMAT, "%s:1: no column musicId", path);
    if (!status) status = find_places(&place, set, t, path, error);
    song *s = NULL;
    bool *heard = calloc((size_t)set->songs, sizeof *heard); /* rows come from its sound */
    if (!status && !heard) status = error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    for (int i = 0; !status && i < set->songs; i++) heard[i] = set->song[i].rows > 0;
    for (int r = 0; !status && r < csv_rows(t); r++) {
        const char *of = csv_cell(t, r, id);
        if (!s || strcmp(s->id, of) != 0) s = song_find(set, of);
        if (!s)
            warning_grouped(warnings, WARNING_NO_LABELS, path, csv_line(t, r), "song %.40s has features, but no labels", of);
        else if (!heard[s - set->song] && !add_row(s, t, place, path, r, warnings))
            status = error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    }
    for (int i = 0; heard && i < set->songs; i++)
        if (!heard[i]) set->song[i].row_first = 2;
    free(heard);
    free(place);
    csv_table_free(t);
    return status;
}

/* ---- all songs ----------------------------------------------------------------------------------------------------- */

typedef struct work {
    song_set *set;
    const feature_options *options;
    et_error *error; /* one a song */
    int done;
    atomic_bool stopped;
    pthread_mutex_t progress; /* holds `done` and the callbacks */
} work;

static bool wanted_from_sound(const song *s, const feature_options *o)
{
    if (s->means_only || s->rows) return false;
    return s->sound && (o->source == FEATURES_FROM_SOUND || (o->source == FEATURES_BEST));
}

static void compute_one(void *context, int i)
{
    work *w = context;
    const feature_options *o = w->options;
    song *s = &w->set->song[i];
    if (atomic_load(&w->stopped)) return;
    if (wanted_from_sound(s, o)) {
        feature_cache_rows(w->set, s, o, &w->error[i]);
        s->families = feature_families(o);
        s->row_first = o->rasta_start == RASTA_START_REFERENCE && s->rows > 2 ? 2 : 0;
    }
    pthread_mutex_lock(&w->progress);
    w->done++;
    if (o->progress) o->progress(o->user, w->done, w->set->songs);
    if (o->stop && o->stop(o->user)) atomic_store(&w->stopped, true);
    pthread_mutex_unlock(&w->progress);
}

static et_status compute_all(song_set *set, const feature_options *o, warning_list *warnings, et_error *error)
{
    work w = {.set = set, .options = o, .error = calloc((size_t)set->songs, sizeof *w.error)};
    workers *threads = NULL;
    if (!w.error) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", set->path);
    et_status status = workers_create(&threads, o->threads, error);
    if (status) {
        free(w.error);
        return status;
    }
    pthread_mutex_init(&w.progress, NULL);
    workers_run(threads, compute_one, &w, set->songs);
    workers_destroy(threads);
    pthread_mutex_destroy(&w.progress);
    if (atomic_load(&w.stopped)) status = error_set(error, ET_ERROR_INTERRUPTED, "interrupted while computing features");
    for (int i = 0; i < set->songs; i++)
        if (w.error[i].status) left_out(warnings, set->song[i].sound, w.error[i].message);
    free(w.error);
    return status;
}

static bool has_rows(const song *s)
{
    return s->rows > 0;
}

static void drop_songs_without_rows(song_set *set, warning_list *warnings)
{
    for (int i = 0; i < set->songs; i++)
        if (!has_rows(&set->song[i]) && !set->song[i].sound)
            warning_grouped(warnings, WARNING_NO_SOUND, set->path, 0, "song %.200s: no sound and no usable features",
                            set->song[i].id);
    song_set_keep(set, has_rows);
    warning_groups_end(warnings);
}

et_status song_set_features(song_set *set, const feature_options *o, warning_list *warnings, et_error *error)
{
    if (set->layout == LAYOUT_MEANS) return ET_OK;
    bool any_sound = false, shared_done = false;
    for (int i = 0; i < set->songs; i++) any_sound |= wanted_from_sound(&set->song[i], o);
    if (any_sound) {
        feature_cache_open(set, o);
        for (int c = 0; c < ROW_COLUMNS; c++) set->column_known[c] = feature_families(o) & 1u << row_family(c);
        et_status status = compute_all(set, o, warnings, error);
        if (status) return status;
    }
    for (int i = 0; i < set->songs; i++) {
        song *s = &set->song[i];
        if (s->rows || s->means_only || !s->features || o->source == FEATURES_FROM_SOUND || shared_done) continue;
        shared_done = set->layout == LAYOUT_PMEMO;
        et_error why = {0};
        et_status status = shared_done ? read_shared(set, s->features, warnings, &why) : read_one(set, s, warnings, &why);
        if (status == ET_ERROR_MEMORY) return error_set(error, status, "%s", why.message);
        if (status) left_out(warnings, s->features, why.message);
    }
    drop_songs_without_rows(set, warnings);
    return set->songs ? ET_OK : error_set(error, ET_ERROR_FORMAT, "%s: no song with usable features", set->path);
}
