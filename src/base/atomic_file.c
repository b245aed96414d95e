#include "base/atomic_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* The name says no more than whose it is: a result's own name may be as long as a name can be. */
static const char partial_name[] = "emotrack.partial-";
static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
enum { LETTERS = 8, PARTIAL_LENGTH = sizeof partial_name - 1 + LETTERS, MOST_LINKS = 40 };

struct atomic_file {
    FILE *stream;
    char *path;    /* for messages, as it was given */
    char *place;   /* what is replaced: behind symbolic links */
    char *partial; /* locked (flock) as long as its writer lives */
    bool keep_existing;
};

static void release(atomic_file *file)
{
    free(file->path);
    free(file->place);
    free(file->partial);
    free(file);
}

/* Bytes of `path` before its last part, its slash included. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Somebody else's link where everybody may put one (/tmp) is a trap: the system's own rule, fs.protected_symlinks. */
static bool may_follow(const char *path)
{
    struct stat link, folder;
    char *name = strndup(path, folder_length(path));
    bool known = name && lstat(path, &link) == 0 && stat(name[0] ? name : ".", &folder) == 0;
    free(name);
    if (!known) return false;
    bool everybodys = (folder.st_mode & S_ISVTX) && (folder.st_mode & S_IWOTH);
    return !everybodys || link.st_uid == geteuid() || link.st_uid == folder.st_uid;
}

/* A link stays, and what it points to is replaced, there or not. */
static char *behind_links(const char *path)
{
    char target[PATH_MAX];
    char *place = strdup(path);
    for (int i = 0; place && i < MOST_LINKS; i++) {
        ssize_t length = readlink(place, target, sizeof target - 1);
        if (length <= 0 || !may_follow(place)) break;
        target[length] = '\0';
        char *next;
        size_t folder = target[0] == '/' ? 0 : folder_length(place);
        if (asprintf(&next, "%.*s%s", (int)folder, place, target) < 0) next = NULL;
        free(place);
        place = next;
    }
    return place;
}

bool letters_by_chance(char *out, int count)
{
    unsigned char bytes[64];
    if (getrandom(bytes, (size_t)count, 0) != count) return false;
    for (int i = 0; i < count; i++) out[i] = letters[bytes[i] % (sizeof letters - 1)];
    return true;
}

/* Ours until the descriptor is closed. False: someone who sweeps was faster; where files cannot be locked nobody sweeps. */
static bool lock_own(int descriptor)
{
    struct stat about;
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
    return fstat(descriptor, &about) == 0 && about.st_nlink > 0;
}

/* Like mkstemp, but with the usual permissions: a result should be as readable as any other file, and to ask for the umask
 * is to change it for every thread. */
static int create_unique(char *name)
{
    char *end = name + strlen(name) - LETTERS;
    for (int tries = 0; tries < 100; tries++) {
        if (!letters_by_chance(end, LETTERS)) return -1;
        int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno != EEXIST) return -1;
        if (descriptor >= 0 && lock_own(descriptor)) return descriptor;
        if (descriptor >= 0) close(descriptor);
    }
    return -1;
}

/* A file that is replaced keeps its owner, if we may give it away, and its mode. */
static void keep_mode(int descriptor, const char *place)
{
    struct stat old, now;
    if (stat(place, &old) != 0 || !S_ISREG(old.st_mode) || fstat(descriptor, &now) != 0) return;
    bool same = old.st_uid == now.st_uid && old.st_gid == now.st_gid;
    if (same || fchown(descriptor, old.st_uid, old.st_gid) == 0) fchmod(descriptor, old.st_mode & 0777);
}

static et_status open_partial(atomic_file *file, et_error *error)
{
    struct stat about;
    if (stat(file->place, &about) == 0 && S_ISDIR(about.st_mode))
        return error_set(error, ET_ERROR_FILE, "%s: cannot be written: %s", file->path, strerror(EISDIR));
    int descriptor = create_unique(file->partial);
    if (descriptor < 0) return error_set(error, ET_ERROR_FILE, "%s: cannot be written: %s", file->path, strerror(errno));
    keep_mode(descriptor, file->place);
    file->stream = fdopen(descriptor, "wb");
    if (file->stream != NULL) return ET_OK;
    close(descriptor);
    unlink(file->partial);
    return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", file->path);
}

/* @param name  of the temporary file, without its letters, in the folder of the place; NULL: the place's own and a suffix */
static et_status create(atomic_file **out, const char *path, const char *name, et_error *error)
{
    *out = NULL;
    atomic_file *file = calloc(1, sizeof *file);
    if (file == NULL) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    file->path = strdup(path);
    file->place = behind_links(path);
    size_t whole = file->place ? strlen(file->place) : 0, folder = file->place ? folder_length(file->place) : 0;
    bool made = file->place && asprintf(&file->partial, "%.*s%s%*s", (int)(name ? folder : whole), file->place,
                                        name ? name : ".partial-", LETTERS, "") > 0;
    if (!made) file->partial = NULL;
    et_status status =
        made && file->path ? open_partial(file, error) : error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    if (status != ET_OK) {
        release(file);
        return status;
    }
    *out = file;
    return ET_OK;
}

et_status atomic_file_create(atomic_file **out, const char *path, et_error *error)
{
    return create(out, path, partial_name, error);
}

et_status atomic_file_create_lasting(atomic_file **out, const char *path, et_error *error)
{
    return create(out, path, NULL, error);
}

void atomic_file_keep_existing(atomic_file *file)
{
    file->keep_existing = true;
}

const char *atomic_file_partial(const atomic_file *file)
{
    return file->partial;
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

static et_status cannot_be_written(const atomic_file *file, int reason, et_error *error)
{
    return error_set(error, ET_ERROR_FILE, "%s: cannot be written: %s", file->path,
                     reason == EEXIST ? "it is there already"
                     : reason != 0    ? strerror(reason)
                                      : "write failed (disk full?)");
}

et_status atomic_file_check(atomic_file *file, et_error *error)
{
    return ferror(file->stream) ? cannot_be_written(file, why_failed(file->stream), error) : ET_OK;
}

static bool put_in_place(const atomic_file *file)
{
    if (!file->keep_existing) return rename(file->partial, file->place) == 0;
    if (renameat2(AT_FDCWD, file->partial, AT_FDCWD, file->place, RENAME_NOREPLACE) == 0) return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
    /* A file system that has no such renaming */
    return link(file->partial, file->place) == 0 && unlink(file->partial) == 0;
}

et_status atomic_file_commit(atomic_file *file, et_error *error)
{
    errno = 0;
    bool failed = ferror(file->stream);
    bool good = !failed && fflush(file->stream) == 0 && fsync(fileno(file->stream)) == 0;
    int reason = failed ? why_failed(file->stream) : errno;
    if (good && !put_in_place(file)) { /* still open, hence locked: nobody takes it for one that was left behind */
        good = false;
        reason = errno;
    }
    et_status status = ET_OK;
    if (good) {
        sync_folder(file->place);
    } else {
        unlink(file->partial);
        status = cannot_be_written(file, reason, error);
    }
    fclose(file->stream);
    release(file);
    return status;
}

void atomic_file_abandon(atomic_file *file)
{
    if (file == NULL) return;
    unlink(file->partial);
    fclose(file->stream);
    release(file);
}

static bool is_partial(const char *name)
{
    size_t fixed = sizeof partial_name - 1;
    return strncmp(name, partial_name, fixed) == 0 && strlen(name) == PARTIAL_LENGTH &&
           strspn(name + fixed, letters) == LETTERS;
}

/* Unlinked under the lock: a writer that has just made it sees that it has lost it. */
static void remove_if_left(int folder, const char *name)
{
    int descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) return;
    struct stat about;
    if (fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
    close(descriptor);
}

void atomic_file_sweep(const char *path)
{
    char *folder = strndup(path, folder_length(path));
    DIR *listing = folder ? opendir(folder[0] ? folder : ".") : NULL;
    free(folder);
    if (listing == NULL) return;
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
        if (is_partial(entry->d_name)) remove_if_left(dirfd(listing), entry->d_name);
    closedir(listing);
}
