#include "data/feature_cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/hash.h"

typedef struct cache_header {
    char magic[8];
    int32_t version, pitch_lag_frames, rasta_start, rows;
    int64_t sound_bytes, sound_date_ns;
    degradation degradation;
    uint32_t families;
    char ear[68]; /* digest of its weights, where the ear is among the families */
} cache_header;

unsigned feature_families(const feature_options *o)
{
    return o->families | WITH_DESCRIPTORS;
}

static bool header_of(cache_header *h, const song *s, const feature_options *o)
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
    h->families = feature_families(o);
    if (h->families & WITH_EAR) snprintf(h->ear, sizeof h->ear, "%s", ear_weights_digest(o->ear));
    return true;
}

/** Name of the file: the sound's id with everything but letters and digits replaced, and a digest of options and id. */
static char *cache_path(const song_set *set, const song *s, const feature_options *o, const cache_header *h)
{
    double options[8] = {h->degradation.low_hz, h->degradation.high_hz, h->degradation.noise_db, h->degradation.gain_db,
                         h->degradation.room,   h->degradation.clip,    h->pitch_lag_frames,     h->rasta_start};
    uint64_t digest = digest_bytes(digest_bytes(DIGEST_START, s->id, strlen(s->id)), options, sizeof options);
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
static bool serves(const cache_header *kept, const cache_header *want)
{
    cache_header same = *kept;
    if ((kept->families & want->families) != want->families || kept->families > WITH_ALL) return false;
    same.rows = 0, same.families = want->families;
    if (!(want->families & WITH_EAR)) memset(same.ear, 0, sizeof same.ear);
    return memcmp(&same, want, sizeof same) == 0;
}

static bool read_rows(song *s, const char *path, const cache_header *want)
{
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    cache_header h;
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

static void write_rows(const song *s, const char *path, cache_header h)
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

void feature_cache_open(const song_set *set, const feature_options *o)
{
    char *folder = NULL;
    if (!o->cache && asprintf(&folder, "%s/.emotrack", set->path) < 0) folder = NULL;
    mkdir(o->cache ? o->cache : folder ? folder : ".", 0777);
    free(folder);
}

et_status feature_cache_rows(const song_set *set, song *s, const feature_options *o, et_error *error)
{
    cache_header h;
    if (!header_of(&h, s, o)) return error_set(error, ET_ERROR_FILE, "%s: %s", s->sound, strerror(errno));
    char *path = cache_path(set, s, o, &h);
    if (!path) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", s->sound);
    et_status status = ET_OK;
    if (!read_rows(s, path, &h)) {
        status = sound_rows(&s->row, &s->rows, s->sound, o, error);
        if (!status) write_rows(s, path, h);
    }
    free(path);
    return status;
}
