#include "train/percentiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "evaluate/evaluation.h"

enum { PERCENTS = 100 };

static et_status level_of(const struct et_model *model, const song *s, double level[TARGETS], et_error *error)
{
    double(*answer)[TARGETS];
    et_status status = model_answers(model, s, &answer, error);
    if (status) return status;
    answers_mean((const double(*)[TARGETS])answer, s->rows / 2, s->rows, level);
    free(answer);
    return ET_OK;
}

static json_t *table_of(double *level, size_t songs)
{
    json_t *table = json_array();
    for (int p = 0; p <= PERCENTS; p++)
        json_array_append_new(table, json_real(round(percentile(level, songs, p) * 1e4) / 1e4));
    return table;
}

et_status percentiles_give(struct et_model *model, const labelled_data *d, et_error *error)
{
    size_t songs = 0, most = 0;
    for (int k = 0; k < d->count; k++) most += (size_t)d->set[k].songs;
    double *level[TARGETS];
    for (int t = 0; t < TARGETS; t++) level[t] = malloc((most + 1) * sizeof *level[t]);
    et_status status = level[0] && level[1] ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for the songs' levels");
    for (int k = 0; k < d->count && !status; k++)
        for (int i = 0; i < d->set[k].songs && !status; i++) {
            const song *s = &d->set[k].song[i];
            double one[TARGETS];
            if (d->part[k][i] != PART_TRAIN || s->means_only || s->rows < 1) continue;
            status = level_of(model, s, one, error);
            for (int t = 0; t < TARGETS && !status; t++) level[t][songs] = one[t];
            songs += !status && !isnan(one[0]) && !isnan(one[1]);
        }
    if (!status && songs >= PERCENTILES_SONGS)
        json_object_set_new(model->metadata, "percentiles",
                            json_pack("{so so}", "valence", table_of(level[TARGET_VALENCE], songs), "arousal",
                                      table_of(level[TARGET_AROUSAL], songs)));
    for (int t = 0; t < TARGETS; t++) free(level[t]);
    return status;
}
