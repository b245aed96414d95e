#include "evaluate/metrics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static int known(const double *label, const double *answer, size_t i)
{
    return !isnan(label[i]) && !isnan(answer[i]);
}

metrics metrics_of(const double *label, const double *answer, size_t n)
{
    metrics m = {.rmse = NAN, .mae = NAN, .r = NAN, .r2 = NAN, .nse = NAN, .ccc = NAN};
    double sum_y = 0, sum_p = 0;
    for (size_t i = 0; i < n; i++) {
        if (!known(label, answer, i)) continue;
        m.n++, sum_y += label[i], sum_p += answer[i];
    }
    if (m.n == 0) return m;
    double count = (double)m.n, mean_y = sum_y / count, mean_p = sum_p / count;
    double yy = 0, pp = 0, yp = 0, square = 0, absolute = 0;
    double low_y = INFINITY, high_y = -INFINITY, low_p = INFINITY, high_p = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!known(label, answer, i)) continue;
        double y = label[i] - mean_y, p = answer[i] - mean_p, e = answer[i] - label[i];
        low_y = fmin(low_y, label[i]), high_y = fmax(high_y, label[i]);
        low_p = fmin(low_p, answer[i]), high_p = fmax(high_p, answer[i]);
        yy += y * y, pp += p * p, yp += y * p, square += e * e, absolute += fabs(e);
    }
    m.rmse = sqrt(square / count);
    m.mae = absolute / count;
    bool both_change = high_y > low_y && high_p > low_p; /* the sums of what stands still are rounding, not 0 */
    m.r = both_change && yy > 0 && pp > 0 ? yp / sqrt(yy * pp) : NAN;
    m.r2 = m.r * m.r;
    m.nse = yy > 0 ? 1 - square / yy : NAN;
    double spread = (yy + pp) / count + (mean_p - mean_y) * (mean_p - mean_y);
    m.ccc = spread > 0 ? 2 * yp / count / spread : NAN;
    return m;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double percentile(double *values, size_t n, double percent)
{
    if (n == 0) return NAN;
    qsort(values, n, sizeof *values, ascending);
    double place = percent / 100 * (double)(n - 1);
    size_t below = (size_t)place;
    if (below + 1 >= n) return values[n - 1];
    return values[below] + (place - (double)below) * (values[below + 1] - values[below]);
}
