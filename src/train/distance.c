#include "train/distance.h"

#include "base/clones.h"

/* Eight running sums each, so that a vector unit can take them and the order stays fixed. */
CPU_CLONES void row_distance(const float *x, const float *z, int n, double *distance, double *product)
{
    float d[8] = {0}, p[8] = {0};
    int i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++) {
            float gap = x[i + k] - z[i + k];
            d[k] += gap * gap, p[k] += x[i + k] * z[i + k];
        }
    for (; i < n; i++) {
        float gap = x[i] - z[i];
        d[i % 8] += gap * gap, p[i % 8] += x[i] * z[i];
    }
    *distance = ((d[0] + d[1]) + (d[2] + d[3])) + ((d[4] + d[5]) + (d[6] + d[7]));
    *product = ((p[0] + p[1]) + (p[2] + p[3])) + ((p[4] + p[5]) + (p[6] + p[7]));
}
