#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "data/readers.h"

char *path_if_there(const char *folder, const char *name)
{
    char *path = NULL;
    struct stat info;
    if (asprintf(&path, "%s/%s", folder, name) < 0) return NULL;
    if (stat(path, &info) == 0) return path;
    free(path);
    return NULL;
}
