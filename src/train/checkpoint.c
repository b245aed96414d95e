#include "train/checkpoint.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/hash.h"

typedef struct header {
    char magic[8];
    uint64_t digest, count;
    int32_t member, stage, epoch, best_epoch, log_bytes, reserved;
    int64_t steps;
    double best;
} header;

static const char magic[8] = "emochk2";

et_status checkpoint_create(checkpoint *c, const char *path, uint64_t digest, size_t count, int members, et_error *error)
{
    *c = (checkpoint){.path = path ? strdup(path) : NULL, .digest = digest, .count = count, .best = NAN};
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

/** One pass over everything behind the header, for reading and writing alike. */
static bool each_part(checkpoint *c, size_t (*move)(void *, size_t, FILE *, uint64_t *), FILE *file, uint64_t *sum,
                      size_t log_bytes)
{
    size_t bytes = c->count * sizeof(float);
    bool good = move(c->done, bytes * (size_t)c->member, file, sum) == bytes * (size_t)c->member;
    float *parts[] = {c->parameters, c->m, c->v, c->best_parameters};
    for (int i = 0; i < 4 && good; i++) good = move(parts[i], bytes, file, sum) == bytes;
    return good && move(c->log, log_bytes, file, sum) == log_bytes;
}

static size_t put(void *bytes, size_t size, FILE *file, uint64_t *sum)
{
    *sum = digest_bytes(*sum, bytes, size);
    return fwrite(bytes, 1, size, file);
}

static size_t take(void *bytes, size_t size, FILE *file, uint64_t *sum)
{
    size_t got = fread(bytes, 1, size, file);
    *sum = digest_bytes(*sum, bytes, got);
    return got;
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
                .stage = c->stage,
                .epoch = c->epoch,
                .best_epoch = c->best_epoch,
                .log_bytes = (int32_t)strlen(c->log),
                .steps = c->steps,
                .best = c->best};
    memcpy(h.magic, magic, sizeof magic);
    uint64_t sum = DIGEST_START;
    FILE *stream = atomic_file_stream(file);
    put(&h, sizeof h, stream, &sum);
    each_part((checkpoint *)c, put, stream, &sum, strlen(c->log));
    fwrite(&sum, sizeof sum, 1, stream);
    et_error why;
    status = atomic_file_commit(file, &why); /* finds write errors */
    if (!status) return ET_OK;
    return error_set(error, status, "%s; make room and go on with --resume", why.message);
}

static et_status read_state(checkpoint *c, FILE *file, et_error *error)
{
    header h;
    uint64_t sum = DIGEST_START, kept;
    if (take(&h, sizeof h, file, &sum) != sizeof h || memcmp(h.magic, magic, sizeof magic) != 0)
        return error_set(error, ET_ERROR_FORMAT, "%s: not a checkpoint", c->path);
    if (h.digest != c->digest || h.count != c->count)
        return error_set(error, ET_ERROR_FORMAT,
                         "%s: belongs to a run with other data, options or program; give the same again, or remove it",
                         c->path);
    if (h.member < 0 || h.stage < 0 || h.epoch < 0 || h.log_bytes < 0 || h.log_bytes > 1 << 26)
        return error_set(error, ET_ERROR_FORMAT, "%s: damaged; remove it to begin again", c->path);
    char *log = realloc(c->log, (size_t)h.log_bytes + 1);
    if (!log) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", c->path);
    c->log = log, log[h.log_bytes] = '\0';
    c->member = h.member, c->stage = h.stage, c->epoch = h.epoch, c->best_epoch = h.best_epoch, c->steps = h.steps,
    c->best = h.best;
    bool good =
        each_part(c, take, file, &sum, (size_t)h.log_bytes) && fread(&kept, sizeof kept, 1, file) == 1 && kept == sum;
    return good ? ET_OK : error_set(error, ET_ERROR_FORMAT, "%s: damaged; remove it to begin again", c->path);
}

et_status checkpoint_load(checkpoint *c, et_error *error)
{
    FILE *file = c->path ? fopen(c->path, "rb") : NULL;
    if (!file) return error_set(error, ET_ERROR_FILE, "%s: %s", c->path ? c->path : "no checkpoint", strerror(errno));
    et_status status = read_state(c, file, error);
    fclose(file);
    return status;
}

void checkpoint_next_stage(checkpoint *c, const float *parameters)
{
    memcpy(c->best_parameters, parameters, c->count * sizeof *parameters);
    c->stage++;
    c->epoch = c->best_epoch = 0, c->steps = 0, c->best = NAN;
}

void checkpoint_member_done(checkpoint *c, const float *parameters)
{
    memcpy(c->done + c->count * (size_t)c->member, parameters, c->count * sizeof *parameters);
    c->member++;
    c->stage = c->epoch = c->best_epoch = 0, c->steps = 0, c->best = NAN;
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
