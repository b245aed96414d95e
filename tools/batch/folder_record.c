#include "batch/folder_record.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "batch/sounds.h"

enum { NAME_ROOM = 256 };

static const char *const state_names[] = {"waiting", "done", "cut off", "failed"};
static const double SAVE_EVERY_S = 1.0;

struct folder_record {
    const folder_run *run;
    char path[PATH_MAX];
    pthread_mutex_t lock;
    json_t *root, *sounds; /* sounds: array of objects, also of earlier runs; owned by root */
    json_t **entry;        /* of this run's sounds; borrowed                               */
    char **names;
    struct timespec saved;
};

/* ---- identity of files ------------------------------------------------------------------------------------------------ */

/* One text that changes when a file is replaced or written to; "" if it is not there. */
static void identity(char text[64], const char *path)
{
    struct stat about;
    text[0] = '\0';
    if (stat(path, &about) != 0) return;
    snprintf(text, 64, "%llu %lld %lld.%09ld", (unsigned long long)about.st_ino, (long long)about.st_size,
             (long long)about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
}

static void result_path(const folder_record *r, int i, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%s%s", r->run->folder, r->names[i], r->run->extension);
}

static const char *text_of(const json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));
    return text ? text : "";
}

/* ---- reading ---------------------------------------------------------------------------------------------------------- */

static et_status load(folder_record *r, et_error *error)
{
    json_error_t problem;
    if (access(r->path, F_OK) != 0) {
        r->root = json_object();
    } else {
        r->root = json_load_file(r->path, JSON_REJECT_DUPLICATES, &problem);
        if (!r->root)
            return error_set(error, ET_ERROR_FORMAT, "%s: line %d: %s; move it away to begin anew", r->path, problem.line,
                             problem.text);
    }
    json_t *sounds = json_object_get(r->root, "sounds");
    bool ours = json_is_object(r->root) && (!sounds || json_is_array(sounds));
    size_t i;
    json_t *entry;
    json_array_foreach(sounds, i, entry) ours = ours && json_is_object(entry);
    if (!ours) return error_set(error, ET_ERROR_FORMAT, "%s: not a record of this program; move it away", r->path);
    if (!sounds) json_object_set_new(r->root, "sounds", json_array());
    r->sounds = json_object_get(r->root, "sounds");
    return r->sounds ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for %s", r->path);
}

static json_t *find(const folder_record *r, const char *key, const char *text)
{
    size_t i;
    json_t *entry;
    json_array_foreach(r->sounds, i, entry) if (strcmp(text_of(entry, key), text) == 0) return entry;
    return NULL;
}

/* JSON is UTF-8, a path is bytes: a byte that is not UTF-8 stands as U+FFFD. */
static json_t *json_of_path(const char *path)
{
    json_t *text = json_string(path);
    if (text) return text;
    char *copy = strdup(path);
    for (char *c = copy; c && *c; c++)
        if (*c & 0x80) *c = '?';
    text = json_string(copy ? copy : "?");
    free(copy);
    return text;
}

/* The entry of a sound, made if it is new; its result's name is not taken by another sound's. */
static et_status adopt(folder_record *r, int i, et_error *error)
{
    char stem[NAME_ROOM - 16], file[NAME_ROOM + 16], whole[PATH_MAX];
    const char *path = realpath(r->run->sounds[i], whole) ? whole : r->run->sounds[i];
    json_t *key = json_of_path(path);
    json_t *entry = key ? find(r, "sound", json_string_value(key)) : NULL;
    const char *extension = r->run->extension;
    sound_stem(stem, sizeof stem, r->run->sounds[i]);
    snprintf(r->names[i], NAME_ROOM, "%s", stem);
    const char *had = entry ? text_of(entry, "name") : "";
    if (had[0] && !strchr(had, '/') && strlen(had) < NAME_ROOM) {
        strcpy(r->names[i], had);
    } else {
        json_t *other;
        for (int k = 2; (other = find(r, "name", r->names[i])) && other != entry; k++)
            snprintf(r->names[i], NAME_ROOM, "%s-%d", stem, k);
    }
    snprintf(file, sizeof file, "%s%s", r->names[i], extension);
    if (!entry) {
        entry = json_object();
        json_array_append_new(r->sounds, entry);
    }
    json_object_set_new(entry, "sound", key);
    json_object_set_new(entry, "name", json_of_path(r->names[i]));
    json_object_set_new(entry, "file", json_of_path(file));
    r->entry[i] = entry;
    return entry && key ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for %s", r->path);
}

static et_status adopt_all(folder_record *r, et_error *error)
{
    for (int i = 0; i < r->run->count; i++) {
        r->names[i] = (char *)(r->names + r->run->count) + (size_t)i * NAME_ROOM;
        et_status status = adopt(r, i, error);
        if (status != ET_OK) return status;
    }
    atomic_file_sweep(r->path);
    return ET_OK;
}

et_status folder_record_open(folder_record **out, const folder_run *run, et_error *error)
{
    *out = NULL;
    if (mkdir(run->folder, 0777) != 0 && errno != EEXIST)
        return error_set(error, ET_ERROR_FILE, "%s: the folder cannot be made: %s", run->folder, strerror(errno));
    folder_record *r = calloc(1, sizeof *r);
    if (!r) return error_set(error, ET_ERROR_MEMORY, "no memory for the record of %s", run->folder);
    r->run = run;
    pthread_mutex_init(&r->lock, NULL);
    snprintf(r->path, sizeof r->path, "%s/emotrack.json", run->folder);
    r->entry = calloc((size_t)run->count, sizeof(json_t *));
    r->names = malloc((size_t)run->count * (sizeof(char *) + NAME_ROOM));
    et_status status =
        r->entry && r->names ? load(r, error) : error_set(error, ET_ERROR_MEMORY, "no memory for %s", r->path);
    if (status == ET_OK) status = adopt_all(r, error);
    if (status != ET_OK) {
        folder_record_close(r);
        return status;
    }
    *out = r;
    return ET_OK;
}

void folder_record_close(folder_record *r)
{
    if (!r) return;
    json_decref(r->root);
    pthread_mutex_destroy(&r->lock);
    free(r->entry);
    free(r->names);
    free(r);
}

char *const *folder_record_names(const folder_record *r)
{
    return r->names;
}

bool folder_record_is_done(const folder_record *r, int i)
{
    char path[PATH_MAX], sound[64], result[64];
    const json_t *entry = r->entry[i];
    const char *state = text_of(entry, "state");
    identity(sound, r->run->sounds[i]);
    result_path(r, i, path);
    identity(result, path);
    bool same_maker = strcmp(text_of(entry, "model_digest"), r->run->model_digest) == 0 &&
                      strcmp(text_of(entry, "options"), r->run->options) == 0 &&
                      strcmp(text_of(entry, "sound_identity"), sound) == 0;
    if (!same_maker || !sound[0] || !result[0]) return false;
    bool appeared = strcmp(text_of(entry, "before"), result) != 0;
    return strcmp(state, "done") == 0 || (strcmp(state, "waiting") == 0 && appeared);
}

/* ---- writing ---------------------------------------------------------------------------------------------------------- */

static et_status save(folder_record *r, et_error *error)
{
    atomic_file *file;
    et_status status = atomic_file_create(&file, r->path, error);
    if (status != ET_OK) return status;
    json_object_set_new(r->root, "program", json_string("emotrack"));
    json_object_set_new(r->root, "version", json_string(et_version()));
    json_object_set_new(r->root, "model", json_string(r->run->model_name));
    json_object_set_new(r->root, "model_digest", json_string(r->run->model_digest));
    json_object_set_new(r->root, "options", json_string(r->run->options));
    clock_gettime(CLOCK_MONOTONIC, &r->saved);
    if (json_dumpf(r->root, atomic_file_stream(file), JSON_INDENT(1) | JSON_SORT_KEYS) != 0) {
        atomic_file_abandon(file);
        return error_set(error, ET_ERROR_FILE, "%s: cannot be written", r->path);
    }
    return atomic_file_commit(file, error);
}

et_status folder_record_save(folder_record *r, et_error *error)
{
    pthread_mutex_lock(&r->lock);
    et_status status = save(r, error);
    pthread_mutex_unlock(&r->lock);
    return status;
}

et_status folder_record_begin(folder_record *r, const bool *done, et_error *error)
{
    char path[PATH_MAX], text[64];
    for (int i = 0; i < r->run->count; i++) {
        json_t *entry = r->entry[i];
        if (done[i]) {
            json_object_set_new(entry, "state", json_string(state_names[SOUND_DONE]));
            continue;
        }
        result_path(r, i, path);
        identity(text, path);
        json_object_set_new(entry, "before", json_string(text));
        identity(text, r->run->sounds[i]);
        json_object_set_new(entry, "sound_identity", json_string(text));
        json_object_set_new(entry, "state", json_string(state_names[SOUND_WAITING]));
        json_object_set_new(entry, "model_digest", json_string(r->run->model_digest));
        json_object_set_new(entry, "options", json_string(r->run->options));
        json_object_del(entry, "problem");
        json_object_del(entry, "rows");
    }
    return folder_record_save(r, error);
}

static double since(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) * 1e-9;
}

et_status folder_record_set(folder_record *r, int i, sound_state state, long rows, const char *problem, et_error *error)
{
    pthread_mutex_lock(&r->lock);
    json_object_set_new(r->entry[i], "state", json_string(state_names[state]));
    json_object_set_new(r->entry[i], "rows", json_integer(rows));
    if (problem) json_object_set_new(r->entry[i], "problem", json_of_path(problem));
    bool now = state != SOUND_DONE || since(&r->saved) > SAVE_EVERY_S;
    et_status status = now ? save(r, error) : ET_OK;
    pthread_mutex_unlock(&r->lock);
    return status;
}
