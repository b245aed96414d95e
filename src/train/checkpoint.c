#include "train/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/read_file.h"

typedef struct header {
    char magic[8];
    uint64_t digest, count;
    int32_t member, epoch, best_epoch, log_bytes;
    int64_t steps;
    double best;
} header;

static const char magic[8] = "emochk3";

enum { LOG_MOST = 1 << 26, EPOCHS_MOST = 1 << 24 };
et_status checkpoint_create(checkpoint *c, const char *path, uint64_t digest, size_t count, int members, et_error *error)
{
    *c = (checkpoint){.path = path ? strdup(path) : NULL, .digest = digest, .count = count, .members = members, .best = NAN};
    c->done = calloc(count * (size_t)members + 1, sizeof *c->done);
    c->parameters = calloc(count, sizeof *c->parameters), c->best_parameters = calloc(count, sizeof *c->parameters);
    c->m = calloc(count, sizeof *c->m), c->v = calloc(count, sizeof *c->v);
    c->log = calloc(1, 1);
    if (c->done && c->parameters && c->best_parameters && c->m && c->v && c->log && (!path || c->path)) return ET_OK;
    checkpoint_free(c);
    return error_set(error, ET_ERROR_MEMORY, "no memory for %d networks of %zu parameters", members, count);
}

void checkpoint_free(checkpoint *c)
{
    free(c->path);
    free(c->done);
    free(c->parameters);
    free(c->best_parameters);
    free(c->m);
    free(c->v);
    free(c->log);
    *c = (checkpoint){0};
}

static void put(const void *bytes, size_t size, FILE *file, uint64_t *sum)
{
    *sum = digest_bytes(*sum, bytes, size);
    fwrite(bytes, 1, size, file);
}

et_status checkpoint_save(const checkpoint *c, et_error *error)
{
    if (!c->path) return ET_OK;
    atomic_file *file;
    et_status status = atomic_file_create(&file, c->path, error);
    if (status) return status;
    header h = {.digest = c->digest,
                .count = c->count,
                .member = c->member,
                .epoch = c->epoch,
                .best_epoch = c->best_epoch,
                .log_bytes = (int32_t)strlen(c->log),
                .steps = c->steps,
                .best = c->best};
    memcpy(h.magic, magic, sizeof magic);
    uint64_t sum = DIGEST_START;
    FILE *stream = atomic_file_stream(file);
    put(&h, sizeof h, stream, &sum);
    size_t bytes = c->count * sizeof(float);
    put(c->done, bytes * (size_t)c->member, stream, &sum);
    const float *parts[] = {c->parameters, c->m, c->v, c->best_parameters};
    for (int i = 0; i < 4; i++) put(parts[i], bytes, stream, &sum);
    put(c->log, strlen(c->log), stream, &sum);
    fwrite(&sum, sizeof sum, 1, stream);
    et_error why;
    status = atomic_file_commit(file, &why); /* finds write errors */
    if (!status) return ET_OK;
    return error_set(error, status, "%s; make room and go on with --resume", why.message);
}

/* The checksum is no secret: whoever writes a file can make it fit. */
static bool in_bounds(const checkpoint *c, const header *h, size_t size)
{
    if (h->member < 0 || h->member > c->members) return false;
    if (h->epoch < 0 || h->epoch > EPOCHS_MOST || h->best_epoch < 0 || h->best_epoch > h->epoch) return false;
    if (h->steps < 0 || h->steps > INT64_MAX / 2 || h->log_bytes < 0 || h->log_bytes > LOG_MOST) return false;
    size_t floats = c->count * ((size_t)h->member + 4);
    return size == sizeof *h + floats * sizeof(float) + (size_t)h->log_bytes + sizeof(uint64_t);
}

et_status checkpoint_parse(checkpoint *c, const unsigned char *bytes, size_t size, const char *name, et_error *error)
{
    header h;
    uint64_t kept;
    if (size < sizeof h + sizeof kept || memcmp(bytes, magic, sizeof magic) != 0)
        return error_set(error, ET_ERROR_FORMAT, "%s: not a checkpoint", name);
    memcpy(&h, bytes, sizeof h);
    memcpy(&kept, bytes + size - sizeof kept, sizeof kept);
    if (digest_bytes(DIGEST_START, bytes, size - sizeof kept) != kept)
        return error_set(error, ET_ERROR_FORMAT, "%s: damaged; remove it to begin again", name);
    if (h.digest != c->digest || h.count != c->count)
        return error_set(error, ET_ERROR_FORMAT,
                         "%s: belongs to a run with other data, options or program; give the same again, or remove it",
                         name);
    if (!in_bounds(c, &h, size)) return error_set(error, ET_ERROR_FORMAT, "%s: damaged; remove it to begin again", name);
    char *log = realloc(c->log, (size_t)h.log_bytes + 1);
    if (!log) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", name);
    c->log = log, log[h.log_bytes] = '\0';
    c->member = h.member, c->epoch = h.epoch, c->best_epoch = h.best_epoch, c->steps = h.steps, c->best = h.best;
    const unsigned char *at = bytes + sizeof h;
    const size_t part = c->count * sizeof(float);
    const struct {
        void *to;
        size_t bytes;
    } parts[] = {{c->done, part * (size_t)h.member}, {c->parameters, part},        {c->m, part}, {c->v, part},
                 {c->best_parameters, part},         {c->log, (size_t)h.log_bytes}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; at += parts[i++].bytes) memcpy(parts[i].to, at, parts[i].bytes);
    return ET_OK;
}

et_status checkpoint_load(checkpoint *c, et_error *error)
{
    unsigned char *bytes;
    size_t size, most = sizeof(header) + c->count * ((size_t)c->members + 4) * sizeof(float) + LOG_MOST + sizeof(uint64_t);
    if (!c->path) return error_set(error, ET_ERROR_FILE, "no checkpoint");
    et_status status = read_file(c->path, most, &bytes, &size, error);
    if (status) return status == ET_ERROR_LIMIT ? ET_ERROR_FORMAT : status;
    status = checkpoint_parse(c, bytes, size, c->path, error);
    free(bytes);
    return status;
}

void checkpoint_member_done(checkpoint *c, const float *parameters)
{
    memcpy(c->done + c->count * (size_t)c->member, parameters, c->count * sizeof *parameters);
    c->member++;
    c->epoch = c->best_epoch = 0, c->steps = 0, c->best = NAN;
}

bool checkpoint_log(checkpoint *c, const char *row)
{
    size_t had = strlen(c->log), more = strlen(row);
    char *log = realloc(c->log, had + more + 1);
    if (!log) return false;
    memcpy(log + had, row, more + 1);
    c->log = log;
    return true;
}

void checkpoint_remove(const char *path)
{
    unlink(path);
}
