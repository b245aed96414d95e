#include "batch/folder_record.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic_file.h"
#include "batch/name_table.h"
#include "batch/record_file.h"
#include "batch/record_lines.h"
#include "batch/result_names.h"
#include "cli/output.h"

enum { RUN_LETTERS = 8, IDENTITY_ROOM = 96 };

static const char *const state_names[] = {"waiting", "done", "cut off", "failed"};

struct folder_record {
    const folder_run *run;
    char id[RUN_LETTERS + 1]; /* of this run */
    char path[PATH_MAX];
    pthread_mutex_t lock;
    record_file *file;
    result_names *naming;
    const char **names;
    bool *done;
};

/* ---- files ------------------------------------------------------------------------------------------------------------ */

/* One text that changes when a file is replaced or written to; "" if it is not there. */
static void identity(char text[IDENTITY_ROOM], const char *path)
{
    struct stat about;
    text[0] = '\0';
    if (stat(path, &about) != 0) return;
    snprintf(text, IDENTITY_ROOM, "%llu %lld %lld.%09ld", (unsigned long long)about.st_ino, (long long)about.st_size,
             (long long)about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
}

/* Which sound a path is: absolute, but a link is another sound than what it points to. The folder is the last one's, mostly. */
static const char *sound_key(char key[2 * PATH_MAX], char folder[PATH_MAX], char given[PATH_MAX], const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 0;
    if (strcmp(path, "-") == 0 || length >= PATH_MAX) return path;
    bool known = folder[0] && strncmp(given, path, length) == 0 && given[length] == '\0';
    if (!known) {
        snprintf(given, PATH_MAX, "%.*s", (int)length, path);
        if (!realpath(length ? given : ".", folder)) snprintf(folder, PATH_MAX, "%s", length ? given : ".");
    }
    snprintf(key, 2 * PATH_MAX, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, path + length);
    return key;
}

static void result_identity(const folder_record *r, int i, char text[IDENTITY_ROOM])
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s%s", r->run->folder, r->names[i], r->run->extension);
    identity(text, path);
}

/* ---- what is there ---------------------------------------------------------------------------------------------------- */

static bool is_complete(const folder_record *r, const record_lines *lines, const record_entry *e, const char *sound,
                        const char *result)
{
    const record_run *by = record_lines_run(lines, e->run);
    bool same_maker = by && strcmp(by->model_digest, r->run->model_digest) == 0 && strcmp(by->options, r->run->options) == 0;
    if (!same_maker || !sound[0] || !result[0] || strcmp(e->identity, sound) != 0) return false;
    bool appeared = strcmp(e->replaces, result) != 0;
    return strcmp(e->state, state_names[SOUND_DONE]) == 0 || (strcmp(e->state, state_names[SOUND_WAITING]) == 0 && appeared);
}

/* Names that sounds had, of this run or not, stay theirs. */
static bool keep_names(folder_record *r, record_lines *lines)
{
    for (size_t k = 0; k < record_lines_count(lines); k++) {
        record_entry *e = record_lines_entry(lines, k);
        if (e->name[0] && !result_names_keep(r->naming, e->name)) return false;
    }
    return true;
}

/* A sound's name, whether it is done already, and a line if it is not. @return false without memory */
static bool plan_sound(folder_record *r, record_lines *lines, int i, const char *key, FILE *out)
{
    char sound[IDENTITY_ROOM], result[IDENTITY_ROOM];
    const record_entry *e = record_lines_find(lines, key);
    bool had = e && result_names_fit(r->naming, e->name);
    r->names[i] = had ? result_names_keep(r->naming, e->name) : result_names_give(r->naming, r->run->relative[i]);
    if (!r->names[i]) return false;
    identity(sound, r->run->sounds[i]);
    result_identity(r, i, result);
    r->done[i] = r->run->resume && had && is_complete(r, lines, e, sound, result);
    r->done[i] |= r->run->keep_existing && result[0];
    if (r->done[i]) return true;
    record_write_entry(out, &(record_entry){key, r->names[i], r->id, sound, result, state_names[SOUND_WAITING], "", -1});
    return true;
}

/* What this run is, and its sounds; one that is given twice is done once. @return false without memory */
static bool plan(folder_record *r, record_lines *lines, FILE *out)
{
    char room[2 * PATH_MAX], folder[PATH_MAX] = "", given[PATH_MAX] = "";
    json_t *first = json_object();
    bool good = first && keep_names(r, lines);
    if (good) record_write_run(out, r->id, r->run->model_name, r->run->model_digest, r->run->options, r->run->extension);
    for (int i = 0; good && i < r->run->count; i++) {
        const char *key = sound_key(room, folder, given, r->run->sounds[i]);
        size_t before;
        if (name_table_find(first, key, &before))
            r->names[i] = r->names[before], r->done[i] = true;
        else
            good = name_table_put(first, key, (size_t)i) && plan_sound(r, lines, i, key, out);
    }
    json_decref(first);
    return good;
}

/* ---- opening ---------------------------------------------------------------------------------------------------------- */

static et_status no_memory(const folder_record *r, et_error *error)
{
    return error_set(error, ET_ERROR_MEMORY, "%s: no memory for the record of %d sounds", r->path, r->run->count);
}

static et_status add_plan(folder_record *r, record_lines *lines, bool head, et_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out) return no_memory(r, error);
    if (head) record_write_head(out);
    bool good = plan(r, lines, out);
    good = fclose(out) == 0 && good;
    et_status status = good ? record_file_add(r->file, text, size, error) : no_memory(r, error);
    free(text);
    return status;
}

static et_status write_anew(folder_record *r, const record_lines *lines, et_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out) return no_memory(r, error);
    bool good = record_lines_write(lines, out);
    good = fclose(out) == 0 && good;
    et_status status = good ? record_file_replace(r->file, text, size, error) : no_memory(r, error);
    free(text);
    return status;
}

/* Reads the record and adds to it, as one step for all other processes. @param again  receives whether to do it once more */
static et_status read_and_add(folder_record *r, bool *again, et_error *error)
{
    char *text = NULL;
    size_t size = 0;
    record_lines *lines = NULL;
    et_status status = record_file_lock(r->file, error);
    if (status == ET_OK) status = record_file_read(r->file, &text, &size, error);
    if (status == ET_OK) status = record_lines_read(&lines, text, size, r->path, error);
    *again = status == ET_OK && record_lines_are_many(lines) && write_anew(r, lines, error) == ET_OK;
    if (status == ET_OK && !*again) status = add_plan(r, lines, size == 0, error);
    record_file_unlock(r->file);
    record_lines_free(lines);
    free(text);
    return status;
}

et_status folder_record_open(folder_record **out, const folder_run *run, et_error *error)
{
    *out = NULL;
    if (output_folder(run->folder, error) != ET_OK) return ET_ERROR_FILE;
    folder_record *r = calloc(1, sizeof *r);
    if (!r) return error_set(error, ET_ERROR_MEMORY, "no memory for the record of %s", run->folder);
    r->run = run;
    if (!letters_by_chance(r->id, RUN_LETTERS)) memset(r->id, 'a', RUN_LETTERS);
    pthread_mutex_init(&r->lock, NULL);
    snprintf(r->path, sizeof r->path, "%s/emotrack.jsonl", run->folder);
    atomic_file_sweep(r->path);
    r->names = calloc((size_t)run->count, sizeof *r->names);
    r->done = calloc((size_t)run->count, sizeof *r->done);
    r->naming = result_names_create(run->extension);
    et_status status = r->names && r->done && r->naming ? record_file_open(&r->file, r->path, error) : no_memory(r, error);
    for (bool again = true; status == ET_OK && again;) status = read_and_add(r, &again, error);
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
    if (r->file) record_file_sync(r->file);
    record_file_close(r->file);
    result_names_destroy(r->naming);
    pthread_mutex_destroy(&r->lock);
    free(r->names);
    free(r->done);
    free(r);
}

const char *const *folder_record_names(const folder_record *r)
{
    return r->names;
}

bool folder_record_is_done(const folder_record *r, int i)
{
    return r->done[i];
}

et_status folder_record_set(folder_record *r, int i, sound_state state, long rows, const char *problem, et_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *line = open_memstream(&text, &size);
    if (!line) return no_memory(r, error);
    record_write_entry(line, &(record_entry){NULL, r->names[i], r->id, NULL, NULL, state_names[state], problem, rows});
    if (fclose(line) != 0) {
        free(text);
        return no_memory(r, error);
    }
    pthread_mutex_lock(&r->lock);
    et_status status = record_file_lock(r->file, error);
    if (status == ET_OK) status = record_file_add(r->file, text, size, error);
    record_file_unlock(r->file);
    pthread_mutex_unlock(&r->lock);
    free(text);
    return status;
}
