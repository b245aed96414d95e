#include "batch/result_names.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch/name_table.h"
#include "batch/sounds.h"

static const char record_name[] = "emotrack"; /* with an extension it may be the folder's record */

struct result_names {
    const char *extension;
    json_t *taken; /* its keys are the names that are given */
    json_t *next;  /* by stem: the number that is tried next */
};

result_names *result_names_create(const char *extension)
{
    result_names *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    *n = (result_names){extension, json_object(), json_object()};
    if (n->taken && n->next && name_table_put(n->taken, record_name, 0)) return n;
    result_names_destroy(n);
    return NULL;
}

void result_names_destroy(result_names *n)
{
    if (!n) return;
    json_decref(n->taken);
    json_decref(n->next);
    free(n);
}

const char *result_names_keep(result_names *n, const char *name)
{
    return name_table_put(n->taken, name, 0);
}

/* Length of the folders in front of a file's name, their last slash included. */
static size_t folders_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* "stem" or "stem-2" behind its folders, cut so that the extension has room; not within a UTF-8 character. */
static void compose(const result_names *n, char name[PATH_MAX], const char *stem, size_t number)
{
    char suffix[24] = "";
    if (number > 1) snprintf(suffix, sizeof suffix, "-%zu", number);
    size_t most = folders_of(stem) + FILE_NAME_MOST - strlen(n->extension) - strlen(suffix), length = strlen(stem);
    if (length > most)
        for (length = most; length > most - 3 && (stem[length] & 0xC0) == 0x80;) length--;
    snprintf(name, PATH_MAX, "%.*s%s", (int)length, stem, suffix);
}

bool result_names_fit(const result_names *n, const char *name)
{
    size_t folders = folders_of(name);
    return name[folders] && strlen(name + folders) + strlen(n->extension) <= FILE_NAME_MOST && strlen(name) < PATH_MAX / 2;
}

const char *result_names_give(result_names *n, const char *sound_path)
{
    char stem[PATH_MAX], name[PATH_MAX];
    size_t folders = folders_of(sound_path);
    if (folders >= PATH_MAX / 2) folders = 0;
    memcpy(stem, sound_path, folders);
    sound_stem(stem + folders, FILE_NAME_MOST + 1, sound_path);
    size_t number = 1;
    name_table_find(n->next, stem, &number);
    do compose(n, name, stem, number++);
    while (json_object_get(n->taken, name));
    return name_table_put(n->next, stem, number) ? result_names_keep(n, name) : NULL;
}

const char **result_names_give_all(result_names *n, const char *const *sounds, int count)
{
    const char **names = calloc((size_t)count, sizeof *names);
    for (int i = 0; names && i < count; i++) {
        names[i] = result_names_give(n, sounds[i]);
        if (names[i]) continue;
        free(names);
        return NULL;
    }
    return names;
}
