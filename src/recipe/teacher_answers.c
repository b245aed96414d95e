#include "recipe/teacher_answers.h"

#include <stdlib.h>

#include "base/error.h"
#include "recipe/training_set.h"

et_status teacher_answers(const teacher *t, const network *net, int scale, const song *s, double (**answer)[TARGETS],
                          et_error *error)
{
    const network_config *config = network_configuration(net);
    size_t columns = (size_t)config->columns, rows = (size_t)s->rows;
    double(*out)[TARGETS] = calloc(rows + 1, sizeof *out);
    float row[LEVEL_MOST], *point = malloc((rows * columns + 1) * sizeof *point);
    et_status status = out && point ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for the answers of %s", s->id);
    for (int k = 0; k < s->rows && !status; k++) {
        song_level(s, k + 1, config->columns_in, row);
        network_scaled(net, row, point + (size_t)k * columns);
    }
    if (!status) status = teacher_answer(t, point, s->rows, scale, out, error);
    free(point);
    if (status)
        free(out);
    else
        *answer = out;
    return status;
}
