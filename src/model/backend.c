#include "model/backend.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "model/network_internal.h"

#define LIBRARY "libemotrack_cuda.so"

/* Beside this library or program, where an installation has it, and where a build has it. */
static const char *const places[] = {"",          "emotrack/",    "../" EMOTRACK_LIBDIR "/emotrack/",
                                     "src/cuda/", "../src/cuda/", "../../src/cuda/"};

/* The path of what holds this function. Of the program only the system knows it: dladdr gives argv[0], which may be a bare
 * name found through PATH. False unless it is absolute: what a relative one means depends on where one stands. */
static bool own_path(char path[PATH_MAX])
{
    Dl_info self, program;
    void *entry = (void *)getauxval(AT_ENTRY);
    if (!dladdr((const void *)&backend_load, &self) || !dladdr(entry, &program)) return false;
    ssize_t length = 0;
    if (self.dli_fbase == program.dli_fbase)
        length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    else if (self.dli_fname)
        length = (ssize_t)strnlen(strncpy(path, self.dli_fname, PATH_MAX - 1), PATH_MAX - 1);
    if (length <= 0) return false;
    path[length] = '\0';
    return path[0] == '/';
}

/* Whether nobody but root and this user may have written it. A group with its owner's number is private. */
static bool only_ours(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0) return false;
    bool shared = (about.st_mode & S_IWOTH) || ((about.st_mode & S_IWGRP) && about.st_gid != about.st_uid);
    return !shared && (about.st_uid == 0 || about.st_uid == geteuid());
}

/* Its constructors run as us: a library that others may have put there is not opened. */
static et_status check_owner(const char *path, et_error *error)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    if (only_ours(folder) && only_ours(path)) return ET_OK;
    return error_set(error, ET_ERROR_UNSUPPORTED,
                     "cuda: %s is not opened: it or its folder belongs to, or may be written by, others than root and you; "
                     "chown and chmod go-w both, or use --device cpu",
                     path);
}

/* The library opened, or why the one that is there cannot be. */
static et_status open_library(void **library, et_error *error)
{
    char folder[PATH_MAX], path[PATH_MAX];
    char *slash = own_path(folder) ? strrchr(folder, '/') : NULL;
    for (size_t i = 0; slash && i < sizeof places / sizeof places[0]; i++) {
        int length = snprintf(path, sizeof path, "%.*s/%s" LIBRARY, (int)(slash - folder), folder, places[i]);
        if (length >= PATH_MAX || access(path, F_OK) != 0) continue;
        et_status status = check_owner(path, error);
        if (status != ET_OK) return status;
        *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (*library) return ET_OK;
        return error_set(error, ET_ERROR_UNSUPPORTED, "cuda: %s; install CUDA 13's cuBLAS or use --device cpu", dlerror());
    }
    return error_set(error, ET_ERROR_UNSUPPORTED,
                     "cuda: " LIBRARY " is not installed (this emotrack is built without CUDA); use --device cpu");
}

et_status backend_load(const backend **out, et_error *error)
{
    void *library;
    char name[128];
    et_status status = open_library(&library, error);
    if (status != ET_OK) return status;
    backend_entry entry;
    *(void **)&entry = dlsym(library, BACKEND_SYMBOL);
    const backend *table = entry ? entry() : NULL;
    if (!table || strcmp(table->version, EMOTRACK_VERSION) != 0 || table->network_size != sizeof(struct network))
        return error_set(error, ET_ERROR_UNSUPPORTED,
                         "cuda: " LIBRARY " belongs to another version of emotrack; install both together");
    status = table->probe(name, sizeof name, error);
    if (status == ET_OK) *out = table;
    return status;
}
