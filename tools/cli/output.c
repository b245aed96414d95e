#include "cli/output.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.h"

struct output {
    const char *name;
    FILE *stream;
    atomic_file *file; /* NULL: standard output, a device or a pipe */
    bool owned;        /* stream is closed with the output         */
    bool reader_gone;
};

/* /dev/null, a FIFO, a terminal: nothing that a rename should replace. */
static bool is_special(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

static et_status open_in_place(output *o, const char *path, bool keep_existing, et_error *error)
{
    o->stream = fopen(path, keep_existing ? "wxe" : "we");
    o->owned = true;
    if (o->stream) return ET_OK;
    if (errno == EEXIST) return error_set(error, ET_ERROR_FILE, "%s: is there already (--no-clobber)", path);
    return error_set(error, ET_ERROR_FILE, "%s: cannot be written: %s", path, strerror(errno));
}

static et_status open_atomic(output *o, const char *path, bool keep_existing, et_error *error)
{
    if (keep_existing && access(path, F_OK) == 0)
        return error_set(error, ET_ERROR_FILE, "%s: is there already (--no-clobber)", path);
    et_status status = atomic_file_create(&o->file, path, error);
    if (status != ET_OK) return status;
    o->stream = atomic_file_stream(o->file);
    if (keep_existing) atomic_file_keep_existing(o->file);
    return ET_OK;
}

static et_status open_any(output **out, const char *path, bool keep_existing, bool growing, et_error *error)
{
    output *o = calloc(1, sizeof *o);
    if (!o) return error_set(error, ET_ERROR_MEMORY, "no memory for the output");
    et_status status = ET_OK;
    o->name = path;
    if (!path || strcmp(path, "-") == 0)
        o->name = "standard output", o->stream = stdout;
    else if (is_special(path))
        status = open_in_place(o, path, false, error);
    else
        status = growing ? open_in_place(o, path, keep_existing, error) : open_atomic(o, path, keep_existing, error);
    if (status != ET_OK) {
        free(o);
        return status;
    }
    *out = o;
    return ET_OK;
}

et_status output_open(output **out, const char *path, bool keep_existing, et_error *error)
{
    return open_any(out, path, keep_existing, false, error);
}

et_status output_open_growing(output **out, const char *path, bool keep_existing, et_error *error)
{
    return open_any(out, path, keep_existing, true, error);
}

et_status output_folder(const char *path, et_error *error)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST) return ET_OK;
    return error_set(error, ET_ERROR_FILE, "%s: the folder cannot be made: %s", path, strerror(errno));
}

FILE *output_stream(output *o)
{
    return o->stream;
}

bool output_wanted(const output *o)
{
    return !o->reader_gone;
}

/* stdio may have met the failure long before it is asked: the pipe itself knows best. */
static bool pipe_is_closed(FILE *stream)
{
    struct pollfd pipe = {.fd = fileno(stream)};
    return poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLERR);
}

et_status output_flush(output *o, et_error *error)
{
    if (o->reader_gone) return ET_OK;
    errno = 0;
    if (fflush(o->stream) == 0 && !ferror(o->stream)) return ET_OK;
    /* Ctrl-C while a slow reader lets us wait: what it has not taken is not forced upon it. */
    if (errno == EPIPE || errno == EINTR || pipe_is_closed(o->stream)) {
        o->reader_gone = true;
        return ET_OK;
    }
    const char *why = errno == EBADF ? "it is closed" : errno ? strerror(errno) : "write error";
    return error_set(error, ET_ERROR_FILE, "%s: cannot be written: %s", o->name, why);
}

et_status output_check(output *o, et_error *error)
{
    if (o->file) return atomic_file_check(o->file, error);
    return ferror(o->stream) ? error_set(error, ET_ERROR_FILE, "%s: cannot be written", o->name) : ET_OK;
}

et_status output_close(output *o, et_error *error)
{
    et_status status;
    if (o->file) {
        status = atomic_file_commit(o->file, error);
    } else {
        status = output_flush(o, error);
        if (o->owned) fclose(o->stream);
    }
    free(o);
    return status;
}

void output_abandon(output *o)
{
    if (!o) return;
    if (o->file) atomic_file_abandon(o->file);
    if (o->owned) fclose(o->stream);
    free(o);
}
