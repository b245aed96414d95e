#include "base/read_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

enum { FIRST_ROOM = 1 << 16 };

et_status read_file(const char *path, size_t most, unsigned char **bytes, size_t *size, et_error *error)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    if (!file || fstat(fileno(file), &info) != 0) {
        et_status status = error_set(error, ET_ERROR_FILE, "%s: %s", path, strerror(errno));
        if (file) fclose(file);
        return status;
    }
    et_status status = ET_OK;
    if (S_ISDIR(info.st_mode)) status = error_set(error, ET_ERROR_FILE, "%s: not a file", path);
    unsigned char *all = NULL;
    size_t used = 0, room = S_ISREG(info.st_mode) && (uint64_t)info.st_size <= most ? (size_t)info.st_size + 1 : FIRST_ROOM;
    for (bool more = true; more && status == ET_OK; room *= 2) {
        unsigned char *wider = realloc(all, room);
        if (wider) all = wider, used += fread(all + used, 1, room - used, file);
        if (!wider) status = error_set(error, ET_ERROR_MEMORY, "%s: no memory for %zu bytes", path, room);
        if (used > most) status = error_set(error, ET_ERROR_LIMIT, "%s: larger than any such file (%zu bytes)", path, most);
        if (ferror(file)) status = error_set(error, ET_ERROR_FILE, "%s: cannot be read: %s", path, strerror(errno));
        more = used == room;
    }
    fclose(file);
    if (status != ET_OK) {
        free(all);
        return status;
    }
    all[used] = '\0';
    *bytes = all;
    *size = used;
    return ET_OK;
}

bool write_all(int descriptor, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno != EINTR) return false;
        if (written < 0) continue;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}
