#include "batch/results.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch/jobs.h"

struct results {
    const results_options *options;
    output *single;  /* NULL with a folder */
    ordered *order;  /* NULL with a folder */
    output *files[]; /* with a folder */
};

void results_path(const results_options *options, int i, char *path, size_t room)
{
    snprintf(path, room, "%s/%s%s", options->output_dir, options->names[i], options->extension);
}

/* The folders between the results' and a result. Another process may make them too. */
static et_status make_folders(const results *r, char *path, et_error *error)
{
    et_status status = ET_OK;
    for (char *slash = path + strlen(r->options->output_dir) + 1; status == ET_OK && (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        status = output_folder(path, error);
        *slash = '/';
    }
    return status;
}

static et_status open_single(results *r, et_error *error)
{
    et_status status = output_open(&r->single, r->options->output, r->options->keep_existing, error);
    if (status != ET_OK) return status;
    r->options->header(output_stream(r->single), r->options->context);
    return ordered_create(&r->order, r->single, r->options->count, error);
}

et_status results_create(results **out, const results_options *options, et_error *error)
{
    results *r = calloc(1, sizeof *r + sizeof(output *) * (size_t)options->count);
    if (!r) return error_set(error, ET_ERROR_MEMORY, "no memory for %d results", options->count);
    r->options = options;
    et_status status = options->output_dir ? output_folder(options->output_dir, error) : open_single(r, error);
    if (status != ET_OK) {
        output_abandon(r->single);
        free(r);
        return status;
    }
    *out = r;
    return ET_OK;
}

FILE *results_begin(results *r, int i, et_error *error)
{
    char path[PATH_MAX];
    if (r->order) {
        FILE *stream = ordered_begin(r->order, i);
        if (!stream) error_set(error, ET_ERROR_MEMORY, "no memory for rows");
        return stream;
    }
    results_path(r->options, i, path, sizeof path);
    if (make_folders(r, path, error) != ET_OK) return NULL;
    if (output_open(&r->files[i], path, false, error) != ET_OK) return NULL;
    FILE *stream = output_stream(r->files[i]);
    r->options->header(stream, r->options->context);
    return stream;
}

et_status results_pass(results *r, int i, et_error *error)
{
    if (!r->order) return output_check(r->files[i], error);
    if (ordered_pass(r->order, i)) return ET_OK;
    return error_set(error, ET_ERROR_INTERRUPTED, "nobody reads on");
}

et_status results_end(results *r, int i, bool keep, et_error *error)
{
    if (r->order) {
        ordered_end(r->order, i);
        return ET_OK;
    }
    output *file = r->files[i];
    r->files[i] = NULL;
    if (file && keep) return output_close(file, error);
    output_abandon(file);
    return ET_OK;
}

et_status results_close(results *r, et_error *error)
{
    et_status status = ET_OK;
    if (r->order) {
        status = ordered_status(r->order, error);
        if (status == ET_OK)
            status = output_close(r->single, error);
        else
            output_abandon(r->single);
        ordered_destroy(r->order);
    }
    free(r);
    return status;
}

bool results_is_there(const results *r, int i)
{
    char path[PATH_MAX];
    results_path(r->options, i, path, sizeof path);
    return access(path, F_OK) == 0;
}

bool results_wanted(const results *r)
{
    return !r->single || output_wanted(r->single);
}
