#include "features/onsets.h"

#include <math.h>
#include <string.h>

static const float range_db = 80.0f, silence_db = -300.0f, begins_db = 20.0f;

void onsets_init(onsets *o, double frames)
{
    *o = (onsets){.fall_db = (float)(10.0 / frames), .keep = (float)exp(-1.0 / frames)};
    onsets_reset(o);
}

void onsets_reset(onsets *o)
{
    o->largest_db = silence_db;
    o->begun = 0;
    o->strongest = 0.0f;
    o->since = 2 * ONSET_AROUND;
    memset(o->recent, 0, sizeof o->recent);
}

static float strength(onsets *o, const float band[MEL_ROOM])
{
    float db[MEL_BANDS], loudest_db = silence_db, rise = 0.0f;
    for (int b = 0; b < MEL_BANDS; b++) {
        db[b] = band[b] > 0.0f ? fmaxf(10.0f * log10f(band[b]), silence_db) : silence_db;
        loudest_db = fmaxf(loudest_db, db[b]);
    }
    if (loudest_db > o->largest_db + begins_db) o->begun = 0;
    o->largest_db = fmaxf(fmaxf(o->largest_db - o->fall_db, silence_db), loudest_db);
    float least = o->largest_db - range_db;
    for (int b = 0; b < MEL_BANDS; b++) rise += fmaxf(fmaxf(db[b], least) - fmaxf(o->log_band[b], least), 0.0f);
    memcpy(o->log_band, db, sizeof db);
    return rise / MEL_BANDS;
}

/* A peak is not exceeded by the frame before it, stands above the mean around it, and follows no other at once. */
static bool is_peak(const onsets *o)
{
    float mean = 0.0f, here = o->recent[ONSET_AROUND];
    for (int i = 0; i <= 2 * ONSET_AROUND; i++) mean += o->recent[i] / (2 * ONSET_AROUND + 1);
    return here > o->recent[ONSET_AROUND - 1] && here >= o->recent[ONSET_AROUND + 1] &&
           here >= mean + 0.07f * o->strongest && o->since > 1;
}

onset_values onsets_frame(onsets *o, const float band[MEL_ROOM])
{
    float now = strength(o, band);
    if (o->begun < ONSET_SETTLES) {
        o->begun++;
        return (onset_values){.begins = true};
    }
    memmove(o->recent, o->recent + 1, 2 * ONSET_AROUND * sizeof *o->recent);
    o->recent[2 * ONSET_AROUND] = now;
    o->strongest = fmaxf(o->strongest * o->keep, now);
    bool peak = is_peak(o);
    o->since = peak ? 1 : o->since + 1;
    return (onset_values){.strength = now, .peak = peak};
}
