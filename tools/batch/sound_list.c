#include "batch/sound_list.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "audio/foreign.h"
#include "base/hash.h"
#include "base/room.h"
#include "cli/progress.h"
#include "cli/text.h"

enum { SOUNDS_MOST = 100000000, DEPTH_MOST = 64 };

typedef struct reading {
    sound_list *list;
    const sound_list_options *options;
    unsigned long shard, shards; /* 0 of 0: all */
} reading;

/* ---- one sound -------------------------------------------------------------------------------------------------------- */

static et_status no_memory(const reading *r, et_error *error)
{
    return error_set(error, ET_ERROR_MEMORY, "no memory for a list of %d sounds", r->list->count);
}

static et_status make_room(reading *r, et_error *error)
{
    sound_list *l = r->list;
    if (l->count >= SOUNDS_MOST) return error_set(error, ET_ERROR_LIMIT, "more than %d sounds; use --shard", SOUNDS_MOST);
    char **path = room_for_one_more(l->path, (size_t)l->count, sizeof *path);
    if (path) l->path = path;
    const char **relative = room_for_one_more(l->relative, (size_t)l->count, sizeof *relative);
    if (relative) l->relative = relative;
    return path && relative ? ET_OK : no_memory(r, error);
}

/* Where a path's own name begins that leads nowhere else: behind slashes and "." in front, and behind the last "..". */
static size_t safe_start(const char *path)
{
    size_t start = 0, last = 0;
    bool in_front = true;
    for (size_t at = 0, next; path[at]; at = next) {
        size_t length = strcspn(path + at, "/");
        next = at + length + (path[at + length] == '/');
        bool up = length == 2 && path[at] == '.' && path[at + 1] == '.';
        bool none = length == 0 || (length == 1 && path[at] == '.');
        in_front = up || (none && in_front);
        if (in_front) start = next;
        last = at;
    }
    return path[start] ? start : last;
}

/* @param from  where the name of its result begins in the path */
static et_status add(reading *r, const char *path, size_t from, et_error *error)
{
    const char *name = path + from;
    if (r->shards > 1 && digest_bytes(DIGEST_START, name, strlen(name)) % r->shards != r->shard - 1) return ET_OK;
    et_status status = make_room(r, error);
    if (status != ET_OK) return status;
    char *copy = strdup(path);
    if (!copy) return no_memory(r, error);
    r->list->path[r->list->count] = copy;
    r->list->relative[r->list->count++] = copy + from;
    return ET_OK;
}

static et_status add_file(reading *r, const char *path, et_error *error)
{
    const char *slash = strrchr(path, '/');
    return add(r, path, slash && slash[1] ? (size_t)(slash - path) + 1 : 0, error);
}

/* ---- folders ---------------------------------------------------------------------------------------------------------- */

static bool is_one_of(const char *ending, const char *const *endings)
{
    while (*endings && strcasecmp(ending, *endings) != 0) endings++;
    return *endings != NULL;
}

/* Sounds, not videos: who wants a video's sound names it. */
static bool ffmpeg_reads(const char *ending)
{
    static const char *const endings[] = {"m4a", "m4b", "aac", "wma", "weba", "webm", "mka", "wv",
                                          "ape", "tta", "mpc", "ac3", "dts",  "amr",  "dsf", NULL};
    const foreign_table *ffmpeg;
    return is_one_of(ending, endings) && foreign_load(&ffmpeg, NULL) == ET_OK && ffmpeg != NULL;
}

static bool is_sound(const reading *r, const char *relative, const char *name)
{
    static const char *const endings[] = {"wav", "flac", "mp3", "ogg",  "oga", "opus", "aif",  "aiff", "aifc", "au",
                                          "snd", "caf",  "w64", "rf64", "mp2", "mp1",  "mpga", "spx",  NULL};
    const option_list *include = &r->options->include;
    for (int i = 0; i < include->count; i++)
        if (fnmatch(include->item[i], strchr(include->item[i], '/') ? relative : name, FNM_PATHNAME) == 0) return true;
    const char *dot = strrchr(name, '.');
    return include->count == 0 && dot && (is_one_of(dot + 1, endings) || ffmpeg_reads(dot + 1));
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static et_status add_folder(reading *r, const char *folder, size_t from, int depth, et_error *error);

static et_status add_entry(reading *r, const char *folder, const struct dirent *entry, size_t from, int depth,
                           et_error *error)
{
    char path[PATH_MAX];
    struct stat about;
    const char *between = folder[strlen(folder) - 1] == '/' ? "" : "/";
    int length = snprintf(path, sizeof path, "%s%s%s", folder, between, entry->d_name);
    if (length >= (int)sizeof path) return error_set(error, ET_ERROR_LIMIT, "%s: a path in it is too long", folder);
    unsigned char type = entry->d_type;
    if (type == DT_UNKNOWN && lstat(path, &about) == 0) type = S_ISDIR(about.st_mode) ? DT_DIR : DT_REG;
    if (type == DT_DIR) return add_folder(r, path, from, depth + 1, error);
    if (type != DT_REG && type != DT_LNK) return ET_OK;
    if (!is_sound(r, path + from, entry->d_name)) return ET_OK;
    if (type == DT_LNK && stat(path, &about) == 0 && !S_ISREG(about.st_mode)) return ET_OK;
    return add(r, path, from, error);
}

/* @param from  where in the folder's path the names of results begin */
static et_status add_folder(reading *r, const char *folder, size_t from, int depth, et_error *error)
{
    struct dirent **entries;
    if (depth > DEPTH_MOST) return error_set(error, ET_ERROR_LIMIT, "%s: folders deeper than %d", folder, DEPTH_MOST);
    int count = scandir(folder, &entries, visible, by_bytes);
    if (count < 0) return error_set(error, ET_ERROR_FILE, "%s: the folder cannot be read: %s", folder, strerror(errno));
    et_status status = ET_OK;
    for (int i = 0; i < count; i++) {
        if (status == ET_OK) status = add_entry(r, folder, entries[i], from, depth, error);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* ---- lists ------------------------------------------------------------------------------------------------------------ */

typedef enum list_kind { LIST_PLAIN, LIST_M3U, LIST_JSON, LIST_FAILED /* JSON, paths as they were given */ } list_kind;

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    return length > tail && strcasecmp(path + length - tail, ending) == 0;
}

static list_kind kind_of(const char *path)
{
    if (ends_in(path, ".m3u") || ends_in(path, ".m3u8")) return LIST_M3U;
    return ends_in(path, ".jsonl") ? LIST_JSON : LIST_PLAIN;
}

/* A path as a list says it, or relative to the list where it is one of those that are. */
static et_status add_listed(reading *r, const char *list, list_kind kind, const char *said, const char *name,
                            et_error *error)
{
    char path[PATH_MAX];
    const char *slash = strrchr(list, '/');
    bool beside = (kind == LIST_M3U || kind == LIST_JSON) && said[0] != '/' && slash;
    int length = snprintf(path, sizeof path, "%.*s%s", beside ? (int)(slash - list) + 1 : 0, list, said);
    if (length >= (int)sizeof path) return error_set(error, ET_ERROR_LIMIT, "%s: a path in it is too long", list);
    size_t from = (size_t)length - strlen(said) + safe_start(said), wanted = name ? strlen(name) : 0;
    if (wanted > 0 && wanted <= (size_t)length && strcmp(path + length - wanted, name) == 0 && safe_start(name) == 0 &&
        name[0] != '/')
        from = (size_t)length - wanted;
    return add(r, path, from, error);
}

static et_status add_json(reading *r, const char *list, list_kind kind, size_t number, const char *line, et_error *error)
{
    static const char *const keys[] = {"path", "file", "sound", "audio_filepath", NULL};
    json_error_t problem;
    json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &problem);
    const char *said = NULL, *name = json_string_value(json_object_get(o, "name"));
    char *bytes = NULL;
    for (int i = 0; !said && keys[i]; i++) said = json_string_value(json_object_get(o, keys[i]));
    const char *coded = json_string_value(json_object_get(o, "path_bytes"));
    if (coded && (bytes = strdup(coded))) text_from_percent(bytes), said = bytes, name = NULL;
    et_status status = ET_OK;
    if (!said || !said[0])
        status = error_set(error, ET_ERROR_FORMAT, "%s: line %zu: no JSON object with a \"path\"", list, number);
    else
        status = add_listed(r, list, kind, said, name, error);
    free(bytes);
    json_decref(o);
    return status;
}

static et_status add_line(reading *r, const char *list, list_kind kind, size_t number, char *line, et_error *error)
{
    if (kind != LIST_PLAIN || !r->options->nul) line[strcspn(line, "\r\n")] = '\0';
    if (line[0] == '\0' || (kind == LIST_M3U && line[0] == '#')) return ET_OK;
    if (kind == LIST_JSON || kind == LIST_FAILED) return add_json(r, list, kind, number, line, error);
    if (kind == LIST_M3U && strncmp(line, "\xEF\xBB\xBF", 3) == 0) line += 3;
    if (kind == LIST_M3U && (line[0] == '#' || strstr(line, "://"))) return ET_OK;
    return add_listed(r, list, kind, line, NULL, error);
}

static et_status add_list(reading *r, const char *list, list_kind kind, et_error *error)
{
    bool standard = strcmp(list, "-") == 0;
    FILE *file = standard ? stdin : fopen(list, "re");
    if (!file) return error_set(error, ET_ERROR_FILE, "%s: the list cannot be read: %s", list, strerror(errno));
    char *line = NULL;
    size_t room = 0, number = 0;
    et_status status = ET_OK;
    int end = kind == LIST_PLAIN && r->options->nul ? '\0' : '\n';
    while (status == ET_OK && getdelim(&line, &room, end, file) >= 0)
        status = add_line(r, list, kind, ++number, line, error);
    if (status == ET_OK && ferror(file))
        status = error_set(error, ET_ERROR_FILE, "%s: the list cannot be read: %s", list, strerror(errno));
    free(line);
    if (!standard) fclose(file);
    return status;
}

/* ---- all -------------------------------------------------------------------------------------------------------------- */

static et_status read_shard(reading *r, et_error *error)
{
    char rest;
    const char *text = r->options->shard;
    if (!text) return ET_OK;
    bool good = text[0] >= '1' && text[0] <= '9' && sscanf(text, "%9lu/%9lu%c", &r->shard, &r->shards, &rest) == 2;
    if (good && r->shard >= 1 && r->shard <= r->shards) return ET_OK;
    return error_set(error, ET_ERROR_ARGUMENT, "--shard is I/N with I from 1 to N, e.g. 3/100, not '%s'", text);
}

static et_status add_operand(reading *r, const char *operand, et_error *error)
{
    struct stat about;
    if (strcmp(operand, "-") == 0) return add(r, operand, 0, error);
    if (stat(operand, &about) == 0 && S_ISDIR(about.st_mode)) {
        r->list->listed = true;
        size_t length = strlen(operand);
        return add_folder(r, operand, length + (operand[length - 1] != '/'), 0, error);
    }
    list_kind kind = kind_of(operand);
    if (kind == LIST_PLAIN) return add_file(r, operand, error);
    r->list->listed = true;
    return add_list(r, operand, kind, error);
}

et_status sound_list_read(sound_list *out, const sound_list_options *options, char *const *operands, int count,
                          et_error *error)
{
    *out = (sound_list){.partial = options->shard || options->retry};
    out->listed = out->partial || options->files_from;
    reading r = {.list = out, .options = options};
    et_status status = read_shard(&r, error);
    for (int i = 0; i < count && status == ET_OK; i++) status = add_operand(&r, operands[i], error);
    const char *list = options->files_from;
    if (status == ET_OK && list) status = add_list(&r, list, kind_of(list), error);
    if (status == ET_OK && options->retry) status = add_list(&r, options->retry, LIST_FAILED, error);
    return status;
}

int sound_list_from(sound_list *out, const sound_list_options *options, const option_page *page, char *const *operands,
                    int count)
{
    et_error error;
    et_status status = sound_list_read(out, options, operands, count, &error);
    if (status == ET_ERROR_ARGUMENT) return options_wrong(page, "%s", error.message);
    if (status != ET_OK) {
        say("%s", error.message);
        return EXIT_FAILED;
    }
    if (out->count > 0) return OPTIONS_GO;
    if (!out->listed && !out->partial)
        return options_wrong(page, "no sound is named; give files, folders, lists, or - for standard input");
    if (out->partial)
        say("no sound to do");
    else
        say("%s: no sound in it; --include takes names that are not known as sounds",
            count ? operands[0] : options->files_from);
    return out->partial ? EXIT_DONE : EXIT_FAILED;
}

void sound_list_free(sound_list *list)
{
    for (int i = 0; i < list->count; i++) free(list->path[i]);
    free(list->path);
    free(list->relative);
    *list = (sound_list){0};
}
