#include "features/functionals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/error.h"

struct functionals {
    int rows; /* remembered                     */
    int next; /* slot that the next row will take */
    float row[FUNCTIONAL_WINDOW][DESCRIPTOR_ROW];
};

et_status functionals_create(functionals **out, et_error *error)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) return error_set(error, ET_ERROR_MEMORY, "out of memory: functionals need %zu bytes", sizeof **out);
    return ET_OK;
}

void functionals_destroy(functionals *f)
{
    free(f);
}

void functionals_reset(functionals *f)
{
    f->rows = f->next = 0;
}

int functionals_rows(const functionals *f)
{
    return f->rows;
}

void functionals_push(functionals *f, const float row[DESCRIPTOR_ROW])
{
    memcpy(f->row[f->next], row, sizeof f->row[0]);
    f->next = (f->next + 1) % FUNCTIONAL_WINDOW;
    if (f->rows < FUNCTIONAL_WINDOW) f->rows++;
}

static void add_row(double sum[DESCRIPTOR_ROW], const float row[DESCRIPTOR_ROW])
{
    for (int d = 0; d < DESCRIPTOR_ROW; d++) sum[d] += row[d];
}

static void add_squares(double sum[DESCRIPTOR_ROW], const float row[DESCRIPTOR_ROW], const float mean[DESCRIPTOR_ROW])
{
    for (int d = 0; d < DESCRIPTOR_ROW; d++) {
        double away = (double)row[d] - (double)mean[d];
        sum[d] += away * away;
    }
}

/* Oldest row first: the order of the sums, and so their last bit, does not depend on where the ring begins. */
CPU_CLONES void functionals_get(const functionals *f, float out[FUNCTIONAL_COUNT])
{
    double sum[DESCRIPTOR_ROW] = {0};
    float mean[DESCRIPTOR_ROW];
    int oldest = (f->next - f->rows + FUNCTIONAL_WINDOW) % FUNCTIONAL_WINDOW;

    for (int i = 0; i < f->rows; i++) add_row(sum, f->row[(oldest + i) % FUNCTIONAL_WINDOW]);
    for (int d = 0; d < DESCRIPTOR_ROW; d++) mean[d] = (float)(f->rows > 0 ? sum[d] / f->rows : 0.0);

    memset(sum, 0, sizeof sum);
    for (int i = 0; i < f->rows; i++) add_squares(sum, f->row[(oldest + i) % FUNCTIONAL_WINDOW], mean);
    for (int d = 0; d < DESCRIPTOR_ROW; d++) {
        out[functional_mean(d)] = mean[d];
        out[functional_stddev(d)] = (float)(f->rows > 0 ? sqrt(sum[d] / f->rows) : 0.0);
    }
}
