#include "batch/record_lines.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "batch/kept_texts.h"
#include "batch/name_table.h"
#include "cli/text.h"

enum { RECORD_VERSION = 2 };

/* Lines are parsed one by one and the texts that are kept are copied out: 100,000 sounds are some 20 MB. */
struct record_lines {
    record_entry *entry;
    size_t count, room, lines;
    record_run *runs;
    char **run_lines; /* as they stand in the file */
    size_t run_count, run_room;
    name_table *by_sound, *by_name, *by_run;
    kept_text *texts;
};

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));
    return text ? text : "";
}

/* A path: its bytes where they are given apart. */
static const char *path_of(record_lines *l, const json_t *o, const char *key)
{
    char bytes_key[32];
    snprintf(bytes_key, sizeof bytes_key, "%s_bytes", key);
    const char *coded = text_of(o, bytes_key);
    if (!coded[0]) return kept_texts_add(&l->texts, text_of(o, key));
    char *bytes = strdup(coded);
    if (!bytes) return NULL;
    text_from_percent(bytes);
    const char *kept = kept_texts_add(&l->texts, bytes);
    free(bytes);
    return kept;
}

static bool add_run(record_lines *l, const json_t *o, char *line)
{
    if (l->run_count == l->run_room) {
        size_t room = l->run_room ? 2 * l->run_room : 16;
        record_run *runs = realloc(l->runs, room * sizeof *runs);
        if (runs) l->runs = runs;
        char **run_lines = realloc(l->run_lines, room * sizeof *run_lines);
        if (run_lines) l->run_lines = run_lines;
        if (!runs || !run_lines) return false;
        l->run_room = room;
    }
    record_run r = {kept_texts_add(&l->texts, text_of(o, "run")), kept_texts_add(&l->texts, text_of(o, "model_digest")),
                    kept_texts_add(&l->texts, text_of(o, "options"))};
    if (!r.run || !r.model_digest || !r.options || !name_table_put(l->by_run, r.run, l->run_count)) return false;
    l->run_lines[l->run_count] = line;
    l->runs[l->run_count++] = r;
    return true;
}

static record_entry *new_entry(record_lines *l, const char *sound)
{
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 256;
        record_entry *entry = realloc(l->entry, room * sizeof *entry);
        if (!entry) return NULL;
        l->entry = entry, l->room = room;
    }
    if (!name_table_put(l->by_sound, sound, l->count)) return NULL;
    l->entry[l->count] = (record_entry){sound, "", "", "", "", "", "", -1};
    return &l->entry[l->count++];
}

/* A name is a file in this folder or below it, and nowhere else, and not the record itself. */
static bool is_name(const char *name)
{
    if (name[0] == '\0' || name[0] == '/' || strcmp(name, "emotrack") == 0 || strlen(name) >= PATH_MAX / 2) return false;
    for (const char *at = name; *at;) {
        size_t length = strcspn(at, "/");
        if (length > 255 || (length > 0 && strspn(at, ".") >= length && length <= 2)) return false;
        if (at[length] == '\0') return true;
        at += length + 1;
    }
    return false;
}

static bool take_state(record_lines *l, record_entry *e, const json_t *o)
{
    e->state = kept_texts_add(&l->texts, text_of(o, "state"));
    e->problem = kept_texts_add(&l->texts, text_of(o, "problem"));
    e->run = kept_texts_add(&l->texts, text_of(o, "run"));
    const json_t *rows = json_object_get(o, "rows");
    e->rows = json_is_integer(rows) ? (long)json_integer_value(rows) : -1;
    return e->state && e->problem && e->run;
}

static bool take_sound(record_lines *l, const json_t *o)
{
    const char *sound = path_of(l, o, "sound"), *name = path_of(l, o, "name");
    if (!sound || !name) return false;
    if (!sound[0] || !is_name(name)) return true;
    size_t *place = name_table_find(l->by_sound, sound), *owner = name_table_find(l->by_name, name);
    record_entry *e = place ? &l->entry[*place] : new_entry(l, sound);
    if (!e) return false;
    if (owner && &l->entry[*owner] != e) return true; /* another sound's: this one will get a new one */
    e->name = name, e->identity = kept_texts_add(&l->texts, text_of(o, "identity")),
    e->replaces = kept_texts_add(&l->texts, text_of(o, "replaces"));
    return e->identity && e->replaces && name_table_put(l->by_name, e->name, (size_t)(e - l->entry)) && take_state(l, e, o);
}

/* @return false without memory; a line that says nothing is passed over */
static bool take_line(record_lines *l, char *line)
{
    json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    bool good = true;
    if (json_object_get(o, "sound")) {
        good = take_sound(l, o);
    } else if (json_object_get(o, "name")) {
        const char *name = path_of(l, o, "name");
        size_t *place = name ? name_table_find(l->by_name, name) : NULL;
        good = name && (!place || take_state(l, &l->entry[*place], o));
    } else if (text_of(o, "run")[0]) {
        good = add_run(l, o, line);
    }
    json_decref(o);
    l->lines++;
    return good;
}

static bool is_head(const char *line)
{
    json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    bool good =
        strcmp(text_of(o, "program"), "emotrack") == 0 && json_integer_value(json_object_get(o, "record")) == RECORD_VERSION;
    json_decref(o);
    return good;
}

et_status record_lines_read(record_lines **out, char *text, size_t size, const char *name, et_error *error)
{
    *out = NULL;
    record_lines *l = calloc(1, sizeof *l);
    if (l) l->by_sound = name_table_create(), l->by_name = name_table_create(), l->by_run = name_table_create();
    bool memory = l && l->by_sound && l->by_name && l->by_run, ours = size == 0 || memchr(text, '\n', size);
    for (char *line = text, *end; memory && ours && line < text + size; line = end + 1) {
        end = memchr(line, '\n', (size_t)(text + size - line));
        if (!end) break;
        *end = '\0';
        if (line == text)
            ours = is_head(line);
        else
            memory = take_line(l, line);
    }
    if (memory && ours) {
        *out = l;
        return ET_OK;
    }
    record_lines_free(l);
    if (!memory) return error_set(error, ET_ERROR_MEMORY, "%s: no memory to read it", name);
    return error_set(error, ET_ERROR_FORMAT, "%s: not a record of this program; move it away", name);
}

void record_lines_free(record_lines *l)
{
    if (!l) return;
    name_table_destroy(l->by_sound);
    name_table_destroy(l->by_name);
    name_table_destroy(l->by_run);
    kept_texts_free(&l->texts);
    free(l->entry);
    free(l->runs);
    free(l->run_lines);
    free(l);
}

size_t record_lines_count(const record_lines *l)
{
    return l->count;
}

record_entry *record_lines_entry(record_lines *l, size_t k)
{
    return &l->entry[k];
}

record_entry *record_lines_find(record_lines *l, const char *sound)
{
    size_t *place = name_table_find(l->by_sound, sound);
    return place ? &l->entry[*place] : NULL;
}

const record_run *record_lines_run(const record_lines *l, const char *run)
{
    size_t *place = name_table_find(l->by_run, run);
    return place ? &l->runs[*place] : NULL;
}

bool record_lines_are_many(const record_lines *l)
{
    enum { FEW = 1000 };
    return l->lines > 4 * (l->count + FEW);
}

bool record_lines_write(const record_lines *l, FILE *stream)
{
    bool *used = calloc(l->run_count + 1, sizeof *used);
    if (!used) return false;
    for (size_t k = 0; k < l->count; k++) {
        const size_t *place = name_table_find(l->by_run, l->entry[k].run);
        if (place) used[*place] = true;
    }
    record_write_head(stream);
    for (size_t k = 0; k < l->run_count; k++)
        if (used[k]) fprintf(stream, "%s\n", l->run_lines[k]);
    free(used);
    for (size_t k = 0; k < l->count; k++)
        if (l->entry[k].name[0]) record_write_entry(stream, &l->entry[k]);
    return true;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------- */

static void write_text(FILE *stream, const char *key, const char *text)
{
    if (!text || !text[0]) return;
    fputs(",\"", stream);
    fputs(key, stream);
    fputs("\":", stream);
    text_write_json(stream, text);
}

static void write_path(FILE *stream, const char *key, const char *path)
{
    char bytes_key[32];
    write_text(stream, key, path);
    if (text_is_utf8(path)) return;
    snprintf(bytes_key, sizeof bytes_key, "%s_bytes", key);
    fprintf(stream, ",\"%s\":\"", bytes_key);
    text_write_percent(stream, path);
    fputc('"', stream);
}

void record_write_head(FILE *stream)
{
    fprintf(stream, "{\"program\":\"emotrack\",\"record\":%d}\n", RECORD_VERSION);
}

void record_write_run(FILE *stream, const char *run, const char *model_name, const char *model_digest, const char *options,
                      const char *extension)
{
    fprintf(stream, "{\"run\":\"%s\",\"version\":\"%s\"", run, et_version());
    write_text(stream, "model", model_name);
    write_text(stream, "model_digest", model_digest);
    write_text(stream, "options", options);
    write_text(stream, "extension", extension);
    fputs("}\n", stream);
}

void record_write_entry(FILE *stream, const record_entry *e)
{
    fputs("{\"run\":", stream);
    text_write_json(stream, e->run);
    if (e->sound && e->sound[0]) write_path(stream, "sound", e->sound);
    write_path(stream, "name", e->name);
    write_text(stream, "identity", e->identity);
    write_text(stream, "replaces", e->replaces);
    write_text(stream, "state", e->state);
    if (e->rows >= 0) fprintf(stream, ",\"rows\":%ld", e->rows);
    write_text(stream, "problem", e->problem);
    fputs("}\n", stream);
}
