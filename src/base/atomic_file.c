#include "base/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

struct atomic_file {
    FILE *stream;
    char *path;
    char *partial;
};

static const char suffix[] = ".partial-XXXXXX";

static void release(atomic_file *file)
{
    free(file->path);
    free(file->partial);
    free(file);
}

/* Like mkstemp, but with the usual permissions: a result should be as readable as any other file, and to ask for the umask
 * is to change it for every thread. */
static int create_unique(char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    char *end = name + strlen(name) - 6;
    for (int tries = 0; tries < 100; tries++) {
        unsigned char bytes[6];
        if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) return -1;
        for (int i = 0; i < 6; i++) end[i] = letters[bytes[i] % (sizeof letters - 1)];
        int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST) return descriptor;
    }
    return -1;
}

static et_status open_partial(atomic_file *file, et_error *error)
{
    int descriptor = create_unique(file->partial);
    if (descriptor < 0) return error_set(error, ET_ERROR_FILE, "%s: cannot be written: %s", file->path, strerror(errno));
    file->stream = fdopen(descriptor, "wb");
    if (file->stream != NULL) return ET_OK;
    close(descriptor);
    unlink(file->partial);
    return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", file->path);
}

et_status atomic_file_create(atomic_file **out, const char *path, et_error *error)
{
    *out = NULL;
    atomic_file *file = calloc(1, sizeof *file);
    if (file == NULL) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    size_t length = strlen(path);
    file->path = strdup(path);
    file->partial = malloc(length + sizeof suffix);
    et_status status = ET_OK;
    if (file->path == NULL || file->partial == NULL) {
        status = error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    } else {
        memcpy(file->partial, path, length);
        memcpy(file->partial + length, suffix, sizeof suffix);
        status = open_partial(file, error);
    }
    if (status != ET_OK) {
        release(file);
        return status;
    }
    *out = file;
    return ET_OK;
}

FILE *atomic_file_stream(atomic_file *file)
{
    return file->stream;
}

/* The rename itself must reach the disk too. Some file systems cannot sync a folder; the file is in place all the same. */
static void sync_folder(const char *path)
{
    char *folder = strdup(path);
    if (folder == NULL) return;
    char *slash = strrchr(folder, '/');
    if (slash != NULL) slash[slash == folder] = '\0';
    int descriptor = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (descriptor < 0) return;
    fsync(descriptor);
    close(descriptor);
}

/* A stream that failed long ago knows no more why: the system is asked for one byte more. */
static int why_failed(FILE *stream)
{
    errno = 0;
    return write(fileno(stream), "", 1) < 0 ? errno : 0;
}

et_status atomic_file_commit(atomic_file *file, et_error *error)
{
    errno = 0;
    bool failed = ferror(file->stream);
    bool good = !failed && fflush(file->stream) == 0 && fsync(fileno(file->stream)) == 0;
    int reason = failed ? why_failed(file->stream) : errno;
    if (fclose(file->stream) != 0 && good) {
        good = false;
        reason = errno;
    }
    if (good && rename(file->partial, file->path) != 0) {
        good = false;
        reason = errno;
    }
    et_status status = ET_OK;
    if (good) {
        sync_folder(file->path);
    } else {
        unlink(file->partial);
        status = error_set(error, ET_ERROR_FILE, "%s: cannot be written: %s", file->path,
                           reason != 0 ? strerror(reason) : "write failed (disk full?)");
    }
    release(file);
    return status;
}

void atomic_file_abandon(atomic_file *file)
{
    if (file == NULL) return;
    fclose(file->stream);
    unlink(file->partial);
    release(file);
}

void atomic_file_sweep(const char *path)
{
    char pattern[PATH_MAX * 2];
    size_t n = 0;
    glob_t found;
    for (const char *c = path; *c && n < sizeof pattern - 32; c++) {
        if (strchr("*?[]\\", *c)) pattern[n++] = '\\';
        pattern[n++] = *c;
    }
    snprintf(pattern + n, sizeof pattern - n, ".partial-??????");
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0) return;
    for (size_t k = 0; k < found.gl_pathc; k++) unlink(found.gl_pathv[k]);
    globfree(&found);
}
