#include "features/functionals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/error.h"
#include "features/lanes.h"

enum { COLUMNS = 2 * LANES, ROOM = (DESCRIPTOR_ROW + COLUMNS - 1) / COLUMNS * COLUMNS };

struct functionals {
    int rows; /* remembered                       */
    int next; /* slot that the next row will take */
    float row[FUNCTIONAL_WINDOW][ROOM];
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

void functionals_push(functionals *f, const float row[DESCRIPTOR_ROW])
{
    memcpy(f->row[f->next], row, DESCRIPTOR_ROW * sizeof *row);
    f->next = (f->next + 1) % FUNCTIONAL_WINDOW;
    if (f->rows < FUNCTIONAL_WINDOW) f->rows++;
}

/* Sixteen columns at a time, so that the sums stay in registers; oldest row first, so that their order, and with it their
 * last bit, does not depend on where the ring begins. */
typedef struct sums {
    double8 low, high;
} sums;

static inline sums add_values(const functionals *f, int oldest, int first)
{
    sums s = {{0}, {0}};
    for (int i = 0, r = oldest; i < f->rows; i++, r = r + 1 < FUNCTIONAL_WINDOW ? r + 1 : 0) {
        s.low += widen8(load8(f->row[r] + first));
        s.high += widen8(load8(f->row[r] + first + LANES));
    }
    return s;
}

static inline sums add_squares(const functionals *f, int oldest, int first, const float mean[COLUMNS])
{
    sums s = {{0}, {0}};
    double8 mean_low = widen8(load8(mean)), mean_high = widen8(load8(mean + LANES));
    for (int i = 0, r = oldest; i < f->rows; i++, r = r + 1 < FUNCTIONAL_WINDOW ? r + 1 : 0) {
        double8 low = widen8(load8(f->row[r] + first)) - mean_low,
                high = widen8(load8(f->row[r] + first + LANES)) - mean_high;
        s.low += low * low;
        s.high += high * high;
    }
    return s;
}

CPU_CLONES void functionals_get(const functionals *f, float out[FUNCTIONAL_COUNT])
{
    int oldest = (f->next - f->rows + FUNCTIONAL_WINDOW) % FUNCTIONAL_WINDOW;
    double rows = f->rows > 0 ? f->rows : 1;
    for (int first = 0; first < DESCRIPTOR_ROW; first += COLUMNS) {
        double sum[COLUMNS], squares[COLUMNS];
        float mean[COLUMNS];
        sums values = add_values(f, oldest, first);
        memcpy(sum, &values, sizeof sum);
        for (int d = 0; d < COLUMNS; d++) mean[d] = (float)(sum[d] / rows);
        sums away = add_squares(f, oldest, first, mean);
        memcpy(squares, &away, sizeof squares);
        for (int d = 0; d < COLUMNS && first + d < DESCRIPTOR_ROW; d++) {
            out[functional_mean(first + d)] = mean[d];
            out[functional_stddev(first + d)] = (float)sqrt(squares[d] / rows);
        }
    }
}
