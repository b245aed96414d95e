#include "base/read_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

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
    if (!S_ISREG(info.st_mode))
        status = error_set(error, ET_ERROR_FILE, "%s: not a file", path);
    else if ((uint64_t)info.st_size > most)
        status = error_set(error, ET_ERROR_LIMIT, "%s: larger than any such file (%zu bytes)", path, most);
    size_t count = status == ET_OK ? (size_t)info.st_size : 0;
    unsigned char *room = status == ET_OK ? malloc(count + 1) : NULL;
    if (status == ET_OK && !room) status = error_set(error, ET_ERROR_MEMORY, "%s: no memory for %zu bytes", path, count);
    if (status == ET_OK && fread(room, 1, count, file) != count)
        status = error_set(error, ET_ERROR_FILE, "%s: cannot be read to its end: %s", path, strerror(errno));
    fclose(file);
    if (status != ET_OK) {
        free(room);
        return status;
    }
    *bytes = room;
    *size = count;
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
