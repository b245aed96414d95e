#include "train/schedule.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

static double along_cosine(double from, double to, double share)
{
    return to + (from - to) * (1 + cos(pi * share)) / 2;
}

double schedule_rate(schedule_kind kind, double rate, int64_t step, int64_t steps, int64_t steps_an_epoch)
{
    double place = (double)step, all = (double)steps;
    switch (kind) {
    case SCHEDULE_COSINE: return along_cosine(rate, 0, place / all);
    case SCHEDULE_SEED: return rate * pow(0.5, (double)(step / (2 * steps_an_epoch)));
    case SCHEDULE_ONE_CYCLE: {
        double top = fmax(0.3 * all - 1, 1), end = fmax(all - 1, top + 1);
        return place <= top ? along_cosine(rate / 25, rate, place / top)
                            : along_cosine(rate, rate / 250000, fmin((place - top) / (end - top), 1));
    }
    case SCHEDULE_CONSTANT: break;
    }
    return rate;
}
