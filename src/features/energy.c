#include "features/energy.h"

#include <math.h>

#include "base/clones.h"
#include "features/lanes.h"

CPU_CLONES float energy_rms(const float *frame, size_t count)
{
    double8 sum = {0};
    size_t whole = count / LANES * LANES;
    for (size_t i = 0; i < whole; i += LANES) {
        double8 x = widen8(load8(frame + i));
        sum += x * x;
    }
    double rest = 0.0;
    for (size_t i = whole; i < count; i++) rest += (double)frame[i] * (double)frame[i];
    return (float)sqrt((add_lanes(sum) + rest) / (double)count);
}

CPU_CLONES float energy_zero_crossings(const float *frame, size_t count)
{
    int crossings = 0;
    for (size_t i = 1; i + 1 < count; i++) {
        float before = frame[i - 1], here = frame[i], after = frame[i + 1];
        crossings += ((before * after <= 0.0f) & (here == 0.0f)) | (before * here < 0.0f);
    }
    return (float)crossings / (float)count;
}
