#include "features/mfcc.h"

#include <math.h>

#include "base/clones.h"
#include "features/lanes_math.h"

static const float SAMPLE_SCALE = 32767.0f; /* HTK reckons in 16-bit samples */
static const double LIFTER = 22.0;

/* c_i = sqrt(2/26) (1 + 11 sin(pi i/22)) sum_b ln(max(m_b, 1)) cos(pi i (b + 1/2)/26) */
void mfcc_init(mfcc *m)
{
    *m = (mfcc){0};
    for (int b = 0; b < MEL_BANDS; b++)
        for (int i = 1; i <= MFCC_COUNT; i++) {
            double lift = 1.0 + LIFTER / 2.0 * sin(M_PI * i / LIFTER);
            m->cosine[b][i - 1] = (float)(sqrt(2.0 / MEL_BANDS) * lift * cos(M_PI * i * (b + 0.5) / MEL_BANDS));
        }
}

CPU_CLONES void mfcc_frame(const mfcc *m, const float band[MEL_ROOM], float out[MFCC_ROOM])
{
    float logs[MEL_ROOM];
    for (int b = 0; b < MEL_ROOM; b += LANES)
        store8(logs + b, log_8(max8(load8(band + b) * (SAMPLE_SCALE * SAMPLE_SCALE), (float8){0} + 1.0f)));

    float8 low = {0}, high = {0};
    for (int b = 0; b < MEL_BANDS; b++) {
        low += logs[b] * load8(m->cosine[b]);
        high += logs[b] * load8(m->cosine[b] + LANES);
    }
    store8(out, low);
    store8(out + LANES, high);
}
