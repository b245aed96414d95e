#include "features/auditory.h"

#include <math.h>

#include "base/clones.h"
#include "features/lanes_math.h"

static const float FLOOR = 9.3e-10f; /* of a band's power */
static const float LOUDNESS_POWER = 0.33f;
enum { HELD_FRAMES = 5 }; /* output forced to 0 at the reference's start */

/* The band-pass from its cut-offs of 1 and 29 Hz. */
static rasta_filter rasta_design(void)
{
    const double frame_s = 0.01, low_hz = 1.0, high_hz = 29.0;
    double o = cos(2.0 * M_PI * high_hz * frame_s);
    double g = sqrt(10.0 * (32.0 * o * o + 8.0));
    return (rasta_filter){.b0 = 2.0 / g, .b1 = -4.0 * o / g, .r = 1.0 - sin(2.0 * M_PI * low_hz * frame_s)};
}

/* E(w) of Hermansky 1990 with the extra pole for bandwidths above 5 kHz. */
static double equal_loudness(double hz)
{
    double w = 2.0 * M_PI * hz, w2 = w * w;
    double pole = w2 + 6.3e6;
    return 1e32 * (w2 + 56.8e6) * w2 * w2 / (pole * pole * (w2 + 0.38e9) * (pow(w, 7.0) + 1.7e31));
}

void auditory_init(auditory *a, const mel *bank, bool steady_start)
{
    *a = (auditory){.filter = rasta_design(), .steady_start = steady_start};
    for (int b = 0; b < MEL_BANDS; b++) {
        double e = equal_loudness(mel_centre_hz(bank, b));
        a->loudness[b] = (float)e;
        a->log_loudness[b] = (float)log(e);
    }
}

void auditory_reset(auditory *a)
{
    a->frames = 0;
    memset(a->past_log, 0, sizeof a->past_log);
    memset(a->filtered, 0, sizeof a->filtered);
}

static float mean_of_bands(const float band[MEL_ROOM])
{
    double sum = 0.0;
    for (int b = 0; b < MEL_BANDS; b++) sum += band[b];
    return (float)(sum / MEL_BANDS);
}

/* A_b = (max(e_b, floor) E_b)^0.33 and l_b = ln max(e_b, floor). The idle lanes beyond band 25 stay finite: E is 0 there, so
 * a weight of 1 is put in its place. */
CPU_CLONES static void spectrum(const auditory *a, const float band[MEL_ROOM], float plain[MEL_ROOM], float logs[MEL_ROOM])
{
    for (int b = 0; b < MEL_ROOM; b += LANES) {
        float8 e = load8(band + b), weight = load8(a->loudness + b);
        e = max8(e, (float8){0} + FLOOR);
        weight = choose8(weight > 0.0f, weight, (float8){0} + 1.0f);
        store8(plain + b, exp2_8(log2_8(e * weight) * LOUDNESS_POWER));
        store8(logs + b, log_8(e));
    }
}

/* y_b, the filter's answer to l_b. */
CPU_CLONES static void rasta(const auditory *a, const float logs[MEL_ROOM], float filtered[MEL_ROOM])
{
    const rasta_filter f = a->filter;
    for (int b = 0; b < MEL_ROOM; b++) {
        double y = f.b0 * logs[b] + f.b1 * a->past_log[0][b] - f.b1 * a->past_log[2][b] - f.b0 * a->past_log[3][b];
        filtered[b] = (float)(y + f.r * a->filtered[b]);
    }
}

/* R_b = exp(0.33 (y_b + ln E_b)). */
CPU_CLONES static void rasta_spectrum(const auditory *a, float out[MEL_ROOM])
{
    for (int b = 0; b < MEL_ROOM; b += LANES)
        store8(out + b, exp_8((load8(a->filtered + b) + load8(a->log_loudness + b)) * LOUDNESS_POWER));
}

static bool is_silent(const float band[MEL_ROOM])
{
    for (int b = 0; b < MEL_BANDS; b++)
        if (band[b] > FLOOR) return false;
    return true;
}

/* Takes l_b into the filter. It is held at 0 for the first frames, the reference's habit. A steady start does not let
 * digital silence count as a first frame, and lets the level at the end of the held frames stand for all before. */
static void feed_filter(auditory *a, const float logs[MEL_ROOM])
{
    bool held = a->frames < HELD_FRAMES;
    if (!held) rasta(a, logs, a->filtered);
    memmove(a->past_log[1], a->past_log[0], (RASTA_MEMORY - 1) * sizeof a->past_log[0]);
    memcpy(a->past_log[0], logs, sizeof a->past_log[0]);
    if (!held) return;
    a->frames++;
    for (int i = 1; a->steady_start && i < RASTA_MEMORY; i++) memcpy(a->past_log[i], logs, sizeof a->past_log[i]);
}

void auditory_frame(auditory *a, const float band[MEL_ROOM], auditory_values *out)
{
    float plain[MEL_ROOM], logs[MEL_ROOM];
    spectrum(a, band, plain, logs);
    out->length = mean_of_bands(plain);
    bool not_begun = a->steady_start && a->frames == 0 && is_silent(band);
    if (!not_begun) feed_filter(a, logs);
    rasta_spectrum(a, out->rasta);
    out->rasta_length = mean_of_bands(out->rasta);
}
