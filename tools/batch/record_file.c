#include "batch/record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/read_file.h"

struct record_file {
    int descriptor;
    char *path;
};

static et_status failed(const record_file *f, et_error *error)
{
    return error_set(error, ET_ERROR_FILE, "%s: cannot be written: %s", f->path, strerror(errno));
}

static et_status reopen(record_file *f, et_error *error)
{
    if (f->descriptor >= 0) close(f->descriptor);
    f->descriptor = open(f->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    return f->descriptor >= 0 ? ET_OK : failed(f, error);
}

et_status record_file_open(record_file **out, const char *path, et_error *error)
{
    *out = NULL;
    record_file *f = calloc(1, sizeof *f);
    if (f) *f = (record_file){-1, strdup(path)};
    et_status status =
        f && f->path ? reopen(f, error) : error_set(error, ET_ERROR_MEMORY, "no memory for the record %s", path);
    if (status != ET_OK) {
        record_file_close(f);
        return status;
    }
    *out = f;
    return ET_OK;
}

void record_file_close(record_file *f)
{
    if (!f) return;
    if (f->descriptor >= 0) close(f->descriptor);
    free(f->path);
    free(f);
}

/* Whether the path still names what is open: another process may have written the file anew. */
static bool is_current(const record_file *f)
{
    struct stat mine, now;
    if (fstat(f->descriptor, &mine) != 0 || stat(f->path, &now) != 0) return false;
    return mine.st_ino == now.st_ino && mine.st_dev == now.st_dev;
}

et_status record_file_lock(record_file *f, et_error *error)
{
    for (;;) {
        while (flock(f->descriptor, LOCK_EX) != 0 && errno == EINTR) continue;
        if (is_current(f)) return ET_OK;
        et_status status = reopen(f, error);
        if (status != ET_OK) return status;
    }
}

void record_file_unlock(record_file *f)
{
    flock(f->descriptor, LOCK_UN);
}

et_status record_file_read(record_file *f, char **text, size_t *size, et_error *error)
{
    struct stat about;
    if (fstat(f->descriptor, &about) != 0) return failed(f, error);
    size_t count = (size_t)about.st_size, done = 0;
    char *bytes = malloc(count + 1);
    if (!bytes) return error_set(error, ET_ERROR_MEMORY, "%s: no memory for %zu bytes", f->path, count);
    while (done < count) {
        ssize_t got = pread(f->descriptor, bytes + done, count - done, (off_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            free(bytes);
            return error_set(error, ET_ERROR_FILE, "%s: cannot be read: %s", f->path, strerror(errno));
        }
        if (got == 0) break;
        done += (size_t)got;
    }
    bytes[done] = '\0';
    *text = bytes;
    *size = done;
    return ET_OK;
}

et_status record_file_add(record_file *f, const char *lines, size_t size, et_error *error)
{
    struct stat about;
    char last = '\n';
    if (fstat(f->descriptor, &about) != 0) return failed(f, error);
    /* A line that a crash has left half written is ended, so that it spoils no other. */
    if (about.st_size > 0 && pread(f->descriptor, &last, 1, about.st_size - 1) != 1) return failed(f, error);
    if ((last == '\n' || write_all(f->descriptor, "\n", 1)) && write_all(f->descriptor, lines, size)) return ET_OK;
    et_status status = failed(f, error);
    if (ftruncate(f->descriptor, about.st_size) != 0) return status; /* a part of a line is passed over by its readers */
    return status;
}

et_status record_file_replace(record_file *f, const char *lines, size_t size, et_error *error)
{
    atomic_file *file;
    et_status status = atomic_file_create(&file, f->path, error);
    if (status != ET_OK) return status;
    fwrite(lines, 1, size, atomic_file_stream(file));
    return atomic_file_commit(file, error);
}

void record_file_sync(record_file *f)
{
    fsync(f->descriptor);
}
