#include "batch/record_lines.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/room.h"
#include "batch/name_table.h"
#include "cli/text.h"

enum { RECORD_VERSION = 2, PATH_ROOM = 6 * PATH_MAX }; /* a byte may be three letters */

/* Lines are parsed one by one; of what they say the texts that are needed stay: 100,000 sounds are some 40 MB. */
struct record_lines {
    record_entry *entry;
    size_t count, lines;
    record_run *runs;
    size_t run_count;
    json_t *by_sound, *by_name, *by_run; /* tables, whose keys are the entries' texts */
    json_t *texts;                       /* a list of what else they point to */
};

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));
    return text ? text : "";
}

/* The same, for as long as the lines stay. NULL: no memory. */
static const char *kept(record_lines *l, const json_t *o, const char *key)
{
    json_t *text = json_object_get(o, key);
    if (!json_is_string(text)) return "";
    return json_array_append(l->texts, text) == 0 ? json_string_value(text) : NULL;
}

/* A path: its bytes where they are given apart. */
static const char *path_of(char room[PATH_ROOM], const json_t *o, const char *key)
{
    char bytes_key[32];
    snprintf(bytes_key, sizeof bytes_key, "%s_bytes", key);
    const char *coded = text_of(o, bytes_key);
    if (!coded[0]) return text_of(o, key);
    snprintf(room, PATH_ROOM, "%s", coded);
    text_from_percent(room);
    return room;
}

static bool add_run(record_lines *l, const json_t *o, char *line)
{
    record_run *runs = room_for_one_more(l->runs, l->run_count, sizeof *runs);
    if (!runs) return false;
    l->runs = runs;
    runs[l->run_count] = (record_run){line, kept(l, o, "model_digest"), kept(l, o, "options")};
    return runs[l->run_count].model_digest && runs[l->run_count].options &&
           name_table_put(l->by_run, text_of(o, "run"), l->run_count++);
}

static record_entry *new_entry(record_lines *l, const char *sound)
{
    record_entry *entry = room_for_one_more(l->entry, l->count, sizeof *entry);
    if (!entry) return NULL;
    l->entry = entry;
    entry[l->count] = (record_entry){name_table_put(l->by_sound, sound, l->count), "", "", "", "", "", "", -1};
    return entry[l->count].sound ? &entry[l->count++] : NULL;
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
    e->state = kept(l, o, "state");
    e->problem = kept(l, o, "problem");
    e->run = kept(l, o, "run");
    const json_t *rows = json_object_get(o, "rows");
    e->rows = json_is_integer(rows) ? (long)json_integer_value(rows) : -1;
    return e->state && e->problem && e->run;
}

static bool take_sound(record_lines *l, const json_t *o)
{
    char sound_room[PATH_ROOM], name_room[PATH_ROOM];
    const char *sound = path_of(sound_room, o, "sound"), *name = path_of(name_room, o, "name");
    size_t place, owner;
    if (!sound[0] || !is_name(name)) return true;
    record_entry *e = name_table_find(l->by_sound, sound, &place) ? &l->entry[place] : new_entry(l, sound);
    if (!e) return false;
    place = (size_t)(e - l->entry);
    if (name_table_find(l->by_name, name, &owner) && owner != place)
        return true; /* another's: this one will get a new one */
    e->name = name_table_put(l->by_name, name, place);
    e->identity = kept(l, o, "identity"), e->replaces = kept(l, o, "replaces");
    return e->name && e->identity && e->replaces && take_state(l, e, o);
}

/* @return false without memory; a line that says nothing is passed over */
static bool take_line(record_lines *l, char *line)
{
    json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    bool good = true;
    if (json_object_get(o, "sound")) {
        good = take_sound(l, o);
    } else if (json_object_get(o, "name")) {
        char room[PATH_ROOM];
        size_t place;
        if (name_table_find(l->by_name, path_of(room, o, "name"), &place)) good = take_state(l, &l->entry[place], o);
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
    if (l) l->by_sound = json_object(), l->by_name = json_object(), l->by_run = json_object(), l->texts = json_array();
    bool memory = l && l->by_sound && l->by_name && l->by_run && l->texts, ours = size == 0 || memchr(text, '\n', size);
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
    json_decref(l->by_sound);
    json_decref(l->by_name);
    json_decref(l->by_run);
    json_decref(l->texts);
    free(l->entry);
    free(l->runs);
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
    size_t place;
    return name_table_find(l->by_sound, sound, &place) ? &l->entry[place] : NULL;
}

const record_run *record_lines_run(const record_lines *l, const char *run)
{
    size_t place;
    return name_table_find(l->by_run, run, &place) ? &l->runs[place] : NULL;
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
        size_t place;
        if (name_table_find(l->by_run, l->entry[k].run, &place)) used[place] = true;
    }
    record_write_head(stream);
    for (size_t k = 0; k < l->run_count; k++)
        if (used[k]) fprintf(stream, "%s\n", l->runs[k].line);
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
    if (!path || !path[0]) return;
    fputc(',', stream);
    text_write_json_path(stream, key, path);
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
    write_path(stream, "sound", e->sound);
    write_path(stream, "name", e->name);
    write_text(stream, "identity", e->identity);
    write_text(stream, "replaces", e->replaces);
    write_text(stream, "state", e->state);
    if (e->rows >= 0) fprintf(stream, ",\"rows\":%ld", e->rows);
    write_text(stream, "problem", e->problem);
    fputs("}\n", stream);
}
