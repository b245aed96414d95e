#include "audio/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audio/mpeg_source.h"
#include "base/error.h"
#include "base/read_file.h"

enum { BLOCK = 1 << 16 };

bool spool_is_needed(int fd, bool for_ffmpeg)
{
    static const char *const magic[] = {"fLaC", "RF64", "caff", "riff"};
    char head[4];
    if (lseek(fd, 0, SEEK_CUR) >= 0 || !mpeg_peek(fd, head, sizeof head, 0)) return false;
    if (for_ffmpeg) return true;
    for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
        if (memcmp(head, magic[i], sizeof head) == 0) return true;
    return false;
}

/* A file that has no name: it goes away with its last descriptor, however the program ends. */
static int unnamed_file(void)
{
    char path[4096];
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || folder[0] == '\0') folder = "/tmp";
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return file;
    snprintf(path, sizeof path, "%s/emotrack-XXXXXX", folder);
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0) unlink(path);
    return file;
}

static et_status copy_all(int from, int to, const char *name, uint64_t most_bytes, et_error *error)
{
    char bytes[BLOCK];
    uint64_t copied = 0;
    ssize_t got;
    while ((got = read(from, bytes, sizeof bytes)) > 0) {
        copied += (uint64_t)got;
        if (copied > most_bytes)
            return error_set(error, ET_ERROR_LIMIT,
                             "%s: this format is kept in a temporary file until the pipe ends, and it brings more than %llu "
                             "MB; name the file itself, or send WAV",
                             name, (unsigned long long)(most_bytes >> 20));
        if (!write_all(to, bytes, (size_t)got))
            return error_set(error, ET_ERROR_FILE,
                             "%s: this format is kept in a temporary file until the pipe ends: %s; set TMPDIR to a folder "
                             "with room, name the file itself, or send WAV",
                             name, strerror(errno));
    }
    if (got == 0) return ET_OK;
    if (errno == EINTR) return error_set(error, ET_ERROR_INTERRUPTED, "%s: interrupted", name);
    return error_set(error, ET_ERROR_FILE, "%s: cannot be read: %s", name, strerror(errno));
}

et_status spool_pipe(int *fd, const char *name, uint64_t most_bytes, et_error *error)
{
    int file = unnamed_file();
    if (file < 0)
        return error_set(error, ET_ERROR_FILE, "%s: no temporary file for a pipe of this format: %s; set TMPDIR to a folder",
                         name, strerror(errno));
    et_status status = copy_all(*fd, file, name, most_bytes, error);
    if (status == ET_OK && lseek(file, 0, SEEK_SET) != 0)
        status = error_set(error, ET_ERROR_FILE, "%s: its temporary file cannot be read", name);
    if (status != ET_OK) {
        close(file);
        return status;
    }
    close(*fd);
    *fd = file;
    return ET_OK;
}
