#include "base/plug_in.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

/* Beside this library or program, where an installation has it, and where a build has it (in src/ROOM/). */
static const char *const places[] = {"", "emotrack/", "../" EMOTRACK_LIBDIR "/emotrack/", "src/", "../src/", "../../src/"};
enum { PLACES = sizeof places / sizeof *places, FIRST_OF_BUILD = 3 };

/* The path of what holds this function. Of the program only the system knows it: dladdr gives argv[0], which may be a bare
 * name found through PATH. False unless it is absolute: what a relative one means depends on where one stands. */
static bool own_path(char path[PATH_MAX])
{
    Dl_info self, program;
    void *entry = (void *)getauxval(AT_ENTRY);
    if (!dladdr((const void *)&plug_in_open, &self) || !dladdr(entry, &program)) return false;
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

static bool it_and_its_folder_are_ours(const char *path)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    return only_ours(folder) && only_ours(path);
}

plug_in_state plug_in_open(void **library, const char *room, char *why, size_t room_for_why)
{
    char folder[PATH_MAX], path[PATH_MAX];
    char *slash = own_path(folder) ? strrchr(folder, '/') : NULL;
    for (int i = 0; slash && i < PLACES; i++) {
        bool build = i >= FIRST_OF_BUILD;
        int length = snprintf(path, sizeof path, "%.*s/%s%s%slibemotrack_%s.so", (int)(slash - folder), folder, places[i],
                              build ? room : "", build ? "/" : "", room);
        if (length >= PATH_MAX || access(path, F_OK) != 0) continue;
        if (!it_and_its_folder_are_ours(path)) {
            snprintf(why, room_for_why,
                     "%s is not opened: it or its folder belongs to, or may be written by, others than root and you; chown "
                     "and chmod go-w both",
                     path);
            return PLUG_IN_NOT_OURS;
        }
        *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (*library) return PLUG_IN_OPEN;
        snprintf(why, room_for_why, "%s", dlerror());
        return PLUG_IN_BROKEN;
    }
    return PLUG_IN_ABSENT;
}
