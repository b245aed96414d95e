/** How songs are divided. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/csv_table.h"
#include "train/train_request.h"

static et_status split_sets(labelled_data *d, const train_request *r, et_error *error)
{
    et_status status = ET_OK;
    for (int k = 0; k < d->count && !status; k++) {
        if (d->set[k].layout == LAYOUT_MEANS || r->pipeline.split_frames) continue;
        const char **key = split_keys(&d->set[k], r->ungrouped);
        status = key ? split_shares(d->part[k], key, d->set[k].songs, r->test, r->validation, r->pipeline.seed, error)
                     : error_set(error, ET_ERROR_MEMORY, "no memory for the names of songs");
        free(key);
        for (int i = 0, set, at; i < d->set[k].songs && !status; i++)
            if (stands_before(d, k, i, &set, &at)) d->part[k][i] = d->part[set][at];
    }
    return status;
}

static int part_of(const char *word)
{
    static const char *const words[] = {"train", "validation", "test"};
    for (int p = PART_TRAIN; p <= PART_TEST; p++)
        if (strcmp(word, words[p]) == 0) return p;
    return -1;
}

static et_status read_parts(labelled_data *d, const char *path, et_error *error)
{
    csv_table *t;
    et_status status = csv_table_read(&t, path, ',', error);
    if (status) return status;
    int name = csv_find(t, "song"), place = csv_find(t, "part");
    if (name < 0 || place < 0)
        status = error_set(error, ET_ERROR_FORMAT, "%s:1: the columns song and part were expected", path);
    for (int row = 0; row < csv_rows(t) && !status; row++) {
        const char *id = csv_cell(t, row, name), *word = csv_cell(t, row, place);
        int p = part_of(word);
        if (p < 0)
            status = error_set(error, ET_ERROR_FORMAT, "%s:%d: '%.20s' is none of train, validation, test", path,
                               csv_line(t, row), word);
        for (int k = 0; k < d->count && !status; k++) {
            const song *s = d->set[k].layout == LAYOUT_MEANS ? NULL : song_find(&d->set[k], id);
            if (s) d->part[k][s - d->set[k].song] = (part)p;
        }
    }
    csv_table_free(t);
    return status;
}

et_status train_divide(labelled_data *d, const train_request *r, et_error *error)
{
    return r->songs ? read_parts(d, r->songs, error) : split_sets(d, r, error);
}
