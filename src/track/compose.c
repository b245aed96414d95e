#include "track/compose.h"

#include <math.h>

static const double SECOND_S = 1, GRID_S = 0.5;

double heard_s(int64_t rows, double hop_s, bool from_start)
{
    double first_s = !from_start ? hop_s : hop_s < GRID_S ? GRID_S : SECOND_S;
    return (double)(rows - 1) * hop_s + first_s;
}

bool finals_count(double heard, bool from_start)
{
    return heard > (from_start ? TAIL_S : TAIL_S + SECOND_S);
}

double tail_share(double heard, int64_t finals, double time_constant_s)
{
    if (finals == 0) return 1;
    double shortest = TAIL_S + SECOND_S; /* a row alone */
    double over_s = time_constant_s > 0 ? fmin(heard, fmax(time_constant_s, shortest)) : heard;
    return fmin(1, TAIL_S / over_s);
}

void compose_rows(const float *rows, int first, int last, bool from_start, int columns, float *out)
{
    double sum[ROW_COLUMNS] = {0};
    int finals = 0;
    for (int k = first; k < last; k++) {
        const float *row = rows + (size_t)k * ROW_WIDTH;
        bool counts = finals_count(heard_s(k - first + 1, GRID_S, from_start), from_start);
        finals += counts;
        for (int c = 0; c < columns; c++)
            if (c < ROW_EAR || c >= ROW_HARMONY || counts) sum[c] += (double)row[c];
    }
    double tail = tail_share(heard_s(last - first, GRID_S, from_start), finals, 0);
    const float *newest = rows + (size_t)(last - 1) * ROW_WIDTH;
    for (int c = 0; c < columns; c++) out[c] = (float)(sum[c] / (last - first));
    for (int c = ROW_EAR; c < columns && c < ROW_HARMONY; c++) {
        double mean = finals ? sum[c] / finals : 0;
        out[c] = (float)((1 - tail) * mean + tail * (double)newest[c - ROW_EAR + ROW_TAIL]);
    }
}
