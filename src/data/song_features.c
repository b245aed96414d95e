#include "data/song_features.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "data/csv_table.h"

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
    if ((s->rows & (s->rows - 1)) == 0) {
        float *more = realloc(s->row, (size_t)(s->rows ? s->rows * 2 : 1) * ROW_WIDTH * sizeof *more);
        if (!more) return false;
        s->row = more;
    }
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

/* ---- computed and kept --------------------------------------------------------------------------------------------- */

typedef struct kept_header {
    char magic[8];
    int32_t version, pitch_lag_frames, rasta_start, rows;
    int64_t sound_bytes, sound_date_ns;
    degradation degradation;
    uint32_t families;
    char ear[68]; /* digest of its weights, where the ear is among the families */
} kept_header;

static unsigned wanted_families(const feature_options *o)
{
    return o->families | WITH_DESCRIPTORS;
}

static bool header_of(kept_header *h, const song *s, const feature_options *o)
{
    struct stat info;
    if (stat(s->sound, &info) != 0) return false;
    memset(h, 0, sizeof *h);
    memcpy(h->magic, "emorows", 8);
    h->version = FEATURE_VERSION;
    h->pitch_lag_frames = o->pitch_lag_frames;
    h->rasta_start = (int32_t)o->rasta_start;
    h->sound_bytes = info.st_size;
    h->sound_date_ns = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
    h->degradation.low_hz = o->degradation.low_hz, h->degradation.high_hz = o->degradation.high_hz,
    h->degradation.noise_db = o->degradation.noise_db;
    h->degradation.room = o->degradation.room, h->degradation.gain_db = o->degradation.gain_db,
    h->degradation.clip = o->degradation.clip;
    h->families = wanted_families(o);
    if (h->families & WITH_EAR) snprintf(h->ear, sizeof h->ear, "%s", ear_weights_digest(o->ear));
    return true;
}

/** Name of the kept file: the sound's id with everything but letters and digits replaced, and a digest of options and id. */
static char *kept_path(const song_set *set, const song *s, const feature_options *o, const kept_header *h)
{
    uint64_t digest = 14695981039346656037u; /* FNV-1a */
    for (const char *c = s->id; *c; c++) digest = (digest ^ (unsigned char)*c) * 1099511628211u;
    double gist[8] = {h->degradation.low_hz, h->degradation.high_hz, h->degradation.noise_db, h->degradation.gain_db,
                      h->degradation.room,   h->degradation.clip,    h->pitch_lag_frames,     h->rasta_start};
    for (size_t i = 0; i < sizeof gist; i++) digest = (digest ^ ((const unsigned char *)gist)[i]) * 1099511628211u;
    char name[80], *path = NULL;
    snprintf(name, sizeof name, "%.40s", s->id);
    for (char *c = name; *c; c++)
        if (!((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z'))) *c = '_';
    int made = o->cache ? asprintf(&path, "%s/%s-%s-%016llx.rows", o->cache, set->name, name, (unsigned long long)digest)
                        : asprintf(&path, "%s/.emotrack/%s-%016llx.rows", set->path, name, (unsigned long long)digest);
    return made < 0 ? NULL : path;
}

/** Passes through the columns of some families of a row, as a file holds them: one after the other, tails behind. */
static void pack(unsigned families, float *row, float *packed, bool unpack, size_t *count)
{
    *count = 0;
    for (int f = 0; f < FAMILIES; f++) {
        const column_family *family = &family_table[f];
        const int part[2][2] = {{family->first, family->columns}, {family->tail, family->tail_columns}};
        for (int i = 0; i < 2 && families & 1u << f; i++) {
            size_t n = (size_t)part[i][1];
            if (row && unpack) memcpy(row + part[i][0], packed + *count, n * sizeof *row);
            if (row && !unpack) memcpy(packed + *count, row + part[i][0], n * sizeof *row);
            *count += n;
        }
    }
}

/** Whether what was kept serves: everything is as wanted, or more than is wanted was computed with it. */
static bool serves(const kept_header *kept, const kept_header *want)
{
    kept_header same = *kept;
    if ((kept->families & want->families) != want->families || kept->families > WITH_ALL) return false;
    same.rows = 0, same.families = want->families;
    if (!(want->families & WITH_EAR)) memset(same.ear, 0, sizeof same.ear);
    return memcmp(&same, want, sizeof same) == 0;
}

static bool kept_read(song *s, const char *path, const kept_header *want)
{
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    kept_header h;
    size_t count;
    float packed[ROW_WIDTH], whole[ROW_WIDTH];
    bool good = fread(&h, sizeof h, 1, file) == 1 && h.rows > 0 && h.rows < 1 << 20 && serves(&h, want);
    if (good) s->row = calloc((size_t)h.rows * ROW_WIDTH, sizeof *s->row);
    good = good && s->row;
    for (int k = 0; good && k < h.rows; k++) {
        pack(h.families, NULL, NULL, true, &count);
        good = fread(packed, sizeof *packed, count, file) == count;
        pack(h.families, whole, packed, true, &count);
        pack(want->families, whole, packed, false, &count);
        pack(want->families, s->row + (size_t)k * ROW_WIDTH, packed, true, &count);
    }
    if (good && fgetc(file) == EOF)
        s->rows = h.rows;
    else
        free(s->row), s->row = NULL;
    fclose(file);
    return s->rows > 0;
}

static void kept_write(const song *s, const char *path, kept_header h)
{
    atomic_file *file;
    float packed[ROW_WIDTH];
    size_t count;
    if (atomic_file_create(&file, path, NULL)) return; /* a folder that cannot be written: computed again next time */
    h.rows = s->rows;
    fwrite(&h, sizeof h, 1, atomic_file_stream(file));
    for (int k = 0; k < s->rows; k++) {
        pack(h.families, s->row + (size_t)k * ROW_WIDTH, packed, false, &count);
        fwrite(packed, sizeof *packed, count, atomic_file_stream(file));
    }
    atomic_file_commit(file, NULL);
}

static et_status compute_one(const song_set *set, song *s, const feature_options *o, et_error *error)
{
    kept_header h;
    if (!header_of(&h, s, o)) return error_set(error, ET_ERROR_FILE, "%s: %s", s->sound, strerror(errno));
    char *path = kept_path(set, s, o, &h);
    if (!path) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", s->sound);
    et_status status = ET_OK;
    if (!kept_read(s, path, &h)) {
        status = sound_rows(&s->row, &s->rows, s->sound, o, error);
        if (!status) kept_write(s, path, h);
    }
    s->families = wanted_families(o);
    s->row_first = o->rasta_start == RASTA_START_REFERENCE && s->rows > 2 ? 2 : 0;
    free(path);
    return status;
}

/* ---- all songs ----------------------------------------------------------------------------------------------------- */

typedef struct work {
    song_set *set;
    const feature_options *options;
    et_error *error; /* one a song */
    atomic_int next, done;
    atomic_bool stopped;
    pthread_mutex_t progress;
} work;

static bool wanted_from_sound(const song *s, const feature_options *o)
{
    if (s->means_only || s->rows) return false;
    return s->sound && (o->source == FEATURES_FROM_SOUND || (o->source == FEATURES_BEST));
}

static void *work_on(void *argument)
{
    work *w = argument;
    const feature_options *o = w->options;
    for (int i; (i = atomic_fetch_add(&w->next, 1)) < w->set->songs && !atomic_load(&w->stopped);) {
        song *s = &w->set->song[i];
        if (wanted_from_sound(s, o)) compute_one(w->set, s, o, &w->error[i]);
        pthread_mutex_lock(&w->progress);
        int done = atomic_fetch_add(&w->done, 1) + 1;
        if (o->progress) o->progress(o->user, done, w->set->songs);
        if (o->stop && o->stop(o->user)) atomic_store(&w->stopped, true);
        pthread_mutex_unlock(&w->progress);
    }
    return NULL;
}

static et_status compute_all(song_set *set, const feature_options *o, warning_list *warnings, et_error *error)
{
    work w = {.set = set, .options = o, .error = calloc((size_t)set->songs, sizeof *w.error)};
    if (!w.error) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", set->path);
    pthread_mutex_init(&w.progress, NULL);
    pthread_t thread[64];
    int threads = 0;
    while (threads < o->threads - 1 && threads < 64 && pthread_create(&thread[threads], NULL, work_on, &w) == 0) threads++;
    work_on(&w);
    for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
    pthread_mutex_destroy(&w.progress);
    et_status status =
        atomic_load(&w.stopped) ? error_set(error, ET_ERROR_INTERRUPTED, "interrupted while computing features") : ET_OK;
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
        char *folder = NULL;
        if (!o->cache && asprintf(&folder, "%s/.emotrack", set->path) < 0) folder = NULL;
        mkdir(o->cache ? o->cache : folder ? folder : ".", 0777);
        free(folder);
        for (int c = 0; c < ROW_COLUMNS; c++) set->column_known[c] = wanted_families(o) & 1u << row_family(c);
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
