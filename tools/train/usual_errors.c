#include "train/usual_errors.h"

#include <math.h>
#include <stdio.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "data/csv_table.h"

_Static_assert(ONSET_OFFSETS == (int)MODEL_ERRORS, "scores and models speak of the same times");

static const char *const names[TARGETS] = {[TARGET_VALENCE] = "valence_error", [TARGET_AROUSAL] = "arousal_error"};

void usual_errors_add(usual_errors *u, const score *s)
{
    for (int i = 0; i < ONSET_OFFSETS; i++)
        for (int t = 0; t < TARGETS; t++) {
            const metrics *m = &s->onset[i][t];
            if (m->n == 0) continue;
            u->square[i][t] += (double)m->n * m->rmse * m->rmse;
            u->songs[i][t] += m->n;
        }
}

static double error_of(const usual_errors *u, int i, int t)
{
    return u->songs[i][t] ? sqrt(u->square[i][t] / (double)u->songs[i][t]) : NAN;
}

void usual_errors_give(const usual_errors *u, struct et_model *model)
{
    for (int t = 0; t < TARGETS; t++)
        if (u->songs[0][t] < USUAL_ERRORS_SONGS) return;
    for (int i = 0; i < ONSET_OFFSETS; i++)
        for (int t = 0; t < TARGETS; t++)
            model->errors[i][t] = u->songs[i][t] >= USUAL_ERRORS_SONGS ? (float)error_of(u, i, t) : model->errors[i - 1][t];
    model->has_errors = true;
}

et_status usual_errors_write(const usual_errors *u, const char *path, et_error *error)
{
    atomic_file *file;
    if (!u->songs[0][0] || !u->songs[0][1])
        return error_set(error, ET_ERROR_ARGUMENT,
                         "%s: no network answered valence and arousal of a song, so that no errors are known (--epochs 1 "
                         "trains none)",
                         path);
    et_status status = atomic_file_create(&file, path, error);
    if (status) return status;
    FILE *stream = atomic_file_stream(file);
    fprintf(stream, "context_s,songs,%s,%s\n", names[0], names[1]);
    for (int i = 0; i < ONSET_OFFSETS; i++)
        if (u->songs[i][0] && u->songs[i][1])
            fprintf(stream, "%g,%zu,%.6f,%.6f\n", onset_offset_s[i], u->songs[i][0], error_of(u, i, 0), error_of(u, i, 1));
    return atomic_file_commit(file, error);
}

static bool read_row(usual_errors *u, const csv_table *t, int r, const int column[2 + TARGETS])
{
    double time, songs, value[TARGETS];
    int i = 0;
    if (!csv_number(t, r, column[0], &time) || !csv_number(t, r, column[1], &songs) || songs < 1 || songs > 1e9)
        return false;
    while (i < ONSET_OFFSETS && onset_offset_s[i] != time) i++;
    if (i == ONSET_OFFSETS) return false;
    for (int k = 0; k < TARGETS; k++) {
        if (!csv_number(t, r, column[2 + k], &value[k]) || value[k] < 0 || value[k] > 2) return false;
        u->songs[i][k] = (size_t)songs;
        u->square[i][k] = songs * value[k] * value[k];
    }
    return true;
}

et_status usual_errors_read(usual_errors *u, const char *path, et_error *error)
{
    csv_table *t;
    int column[2 + TARGETS];
    const char *const wanted[2 + TARGETS] = {"context_s", "songs", names[0], names[1]};
    *u = (usual_errors){0};
    et_status status = csv_table_read(&t, path, ',', error);
    if (status) return status;
    status = csv_find_all(t, path, wanted, 2 + TARGETS, column, error);
    for (int r = 0; r < csv_rows(t) && !status; r++)
        if (!read_row(u, t, r, column))
            status = error_set(error, ET_ERROR_FORMAT, "%s:%d: not an error from 0 to 2 after 1, 2, 3, 5, 10 or 20 s", path,
                               csv_line(t, r));
    csv_table_free(t);
    return status;
}
