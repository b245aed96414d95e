/** Where a model lies: a file, or a bundled model by its name. */
#include <ctype.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "model/model_file.h"

static bool is_bundled_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-') return false;
    return *name != '\0' && strlen(name) < 64;
}

static bool is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* The folder of the running program; empty where the system does not tell. */
static void program_folder(char *folder, size_t size)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    snprintf(folder, size, "%s", length > 0 ? dirname(path) : "");
}

static bool find_bundled(const char *name, char *path, size_t size)
{
    char folder[PATH_MAX];
    program_folder(folder, sizeof folder);
    const char *const places[][2] = {{EMOTRACK_MODELS_INSTALLED, ""},
                                     {folder, "/../share/emotrack/models"},
                                     {folder, "/models"},
                                     {EMOTRACK_MODELS_SOURCE, ""}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (*places[i][0] == '\0') continue;
        int length = snprintf(path, size, "%s%s/%s.safetensors", places[i][0], places[i][1], name);
        if (length > 0 && (size_t)length < size && is_file(path)) return true;
    }
    return false;
}

et_status et_model_create(et_model **model, const char *name, et_error *error)
{
    char path[PATH_MAX + 128];
    if (name == NULL) name = getenv("EMOTRACK_MODEL");
    if (name == NULL || *name == '\0') name = "music";
    /* A name without slash or dot is a bundled model's, whatever the current folder holds. */
    if (is_bundled_name(name) && find_bundled(name, path, sizeof path)) return model_load(model, path, error);
    if (!is_bundled_name(name) || is_file(name)) return model_load(model, name, error);
    return error_set(error, ET_ERROR_FILE,
                     "%s: neither a file nor a bundled model; \"music\" is the default, a path ends in .safetensors", name);
}

et_status bundled_ear_find(char *path, size_t size, et_error *error)
{
    if (find_bundled("ear", path, size)) return ET_OK;
    return error_set(error, ET_ERROR_FILE, "the learned ear, ear.safetensors, is not installed beside the bundled models");
}
