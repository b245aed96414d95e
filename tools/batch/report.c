#include "batch/report.h"

#include <stdlib.h>
#include <string.h>

#include "batch/jobs.h"
#include "cli/output.h"
#include "cli/text.h"

struct report {
    const char *failed;
    const sound_list *sounds;
    output *summary; /* NULL: not asked for */
    ordered *order;
    struct {
        bool failed;
        char *reason; /* NULL where memory ran out too */
    } sound[];
};

et_status report_create(report **out, const char *failed, const char *summary, const sound_list *sounds, et_error *error)
{
    report *r = calloc(1, sizeof *r + sizeof r->sound[0] * (size_t)sounds->count);
    if (!r) return error_set(error, ET_ERROR_MEMORY, "no memory for %d sounds", sounds->count);
    r->failed = failed;
    r->sounds = sounds;
    et_status status = summary ? output_open(&r->summary, summary, false, error) : ET_OK;
    if (status == ET_OK && summary) status = ordered_create(&r->order, r->summary, sounds->count, error);
    if (status != ET_OK) {
        output_abandon(r->summary);
        free(r);
        return status;
    }
    if (summary) song_summary_header(output_stream(r->summary));
    *out = r;
    return ET_OK;
}

void report_failed(report *r, int i, const char *reason)
{
    if (r->sound[i].failed) return;
    r->sound[i].failed = true;
    r->sound[i].reason = strdup(reason);
}

static const char *reason_of(const report *r, int i)
{
    return r->sound[i].reason ? r->sound[i].reason : "no memory";
}

void report_end(report *r, int i, const song_summary *s)
{
    if (!r->order) return;
    FILE *stream = s ? ordered_begin(r->order, i) : NULL;
    if (stream) song_summary_row(stream, r->sounds->path[i], s, r->sound[i].failed ? reason_of(r, i) : NULL);
    ordered_end(r->order, i);
}

static void write_failure(FILE *stream, const char *path, const char *name, const char *reason)
{
    fputc('{', stream);
    text_write_json_path(stream, "path", path);
    fputs(",\"name\":", stream);
    text_write_json(stream, name);
    fputs(",\"reason\":", stream);
    text_write_json(stream, reason);
    fputs("}\n", stream);
}

static et_status write_failures(const report *r, et_error *error)
{
    output *out;
    et_status status = output_open(&out, r->failed, false, error);
    if (status != ET_OK) return status;
    for (int i = 0; i < r->sounds->count; i++)
        if (r->sound[i].failed)
            write_failure(output_stream(out), r->sounds->path[i], r->sounds->relative[i], reason_of(r, i));
    return output_close(out, error);
}

static et_status close_summary(report *r, et_error *error)
{
    if (!r->order) return ET_OK;
    et_status status = ordered_status(r->order, error);
    ordered_destroy(r->order);
    if (status == ET_OK) return output_close(r->summary, error);
    output_abandon(r->summary);
    return status;
}

/* @return whether a sound failed */
static bool free_report(report *r)
{
    bool any = false;
    for (int i = 0; i < r->sounds->count; i++) {
        any |= r->sound[i].failed;
        free(r->sound[i].reason);
    }
    free(r);
    return any;
}

et_status report_close(report *r, bool *any_failed, et_error *error)
{
    et_status status = close_summary(r, error);
    et_status written = r->failed ? write_failures(r, status == ET_OK ? error : NULL) : ET_OK;
    *any_failed = free_report(r);
    return status == ET_OK ? written : status;
}

void report_abandon(report *r)
{
    ordered_destroy(r->order);
    output_abandon(r->summary);
    free_report(r);
}
