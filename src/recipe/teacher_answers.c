#include "recipe/teacher_answers.h"

#include <stdlib.h>

#include "base/error.h"
#include "recipe/training_set.h"

et_status teacher_answers(const teacher *t, const residual *more, const network *front, int scale, const song *s,
                          double (**answer)[TARGETS], et_error *error)
{
    const network_config *config = network_configuration(front);
    double(*out)[TARGETS] = calloc((size_t)s->rows + 1, sizeof *out);
    float row[2 * FUNCTIONAL_COUNT] = {0}, *point = malloc((size_t)config->columns * sizeof *point);
    if (!out || !point) {
        free(out);
        free(point);
        return error_set(error, ET_ERROR_MEMORY, "no memory for the answers of %s", s->id);
    }
    for (int k = 0; k < s->rows; k++) {
        song_level(s, k + 1, config->columns_in, row);
        network_scaled(front, row, point);
        double left[TARGETS] = {0};
        teacher_answer(t, point, scale, out[k]);
        if (more && scale == 0) residual_answer(more, point, left);
        for (int c = 0; c < TARGETS; c++) out[k][c] += left[c];
    }
    free(point);
    *answer = out;
    return ET_OK;
}
