/* 44.1 kHz to 16 kHz: what lies below 7 kHz comes through in its place, what lies above 8.8 kHz does not. */
#include "features/ear_resampler.h"
#include "reference.h"

enum { HOPS = 60 };

/* Largest difference from the same tone (or silence) at 16 kHz, once the filter is filled. */
static double error_of_tone(double hz, bool heard)
{
    ear_resampler *r = ear_resampler_create();
    double worst = 0;
    for (int hop = 0; hop < HOPS; hop++) {
        float in[EAR_RESAMPLER_IN], out[EAR_RESAMPLER_OUT];
        for (int i = 0; i < EAR_RESAMPLER_IN; i++)
            in[i] = (float)cos(2 * M_PI * hz * (hop * EAR_RESAMPLER_IN + i) / 44100.0);
        ear_resampler_hop(r, in, out);
        for (int j = 0; j < EAR_RESAMPLER_OUT && hop > 0; j++) {
            double t = (hop * EAR_RESAMPLER_OUT + j - EAR_RESAMPLER_DELAY) / 16000.0;
            worst = fmax(worst, fabs(out[j] - (heard ? cos(2 * M_PI * hz * t) : 0)));
        }
    }
    ear_resampler_destroy(r);
    return worst;
}

static void tones_below_7_khz_come_through_in_their_place(void **state)
{
    (void)state;
    static const double tones_hz[] = {0, 50, 440, 1000, 3333.3, 6000, 7000};
    for (size_t i = 0; i < sizeof tones_hz / sizeof *tones_hz; i++)
        if (error_of_tone(tones_hz[i], true) > 1e-3)
            fail_msg("%g Hz: %g away", tones_hz[i], error_of_tone(tones_hz[i], true));
}

static void tones_above_8_8_khz_do_not(void **state)
{
    (void)state;
    static const double tones_hz[] = {8800, 9000, 12000, 15999, 16000, 21000};
    for (size_t i = 0; i < sizeof tones_hz / sizeof *tones_hz; i++)
        if (error_of_tone(tones_hz[i], false) > 4e-4)
            fail_msg("%g Hz: %g is left", tones_hz[i], error_of_tone(tones_hz[i], false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tones_below_7_khz_come_through_in_their_place),
        cmocka_unit_test(tones_above_8_8_khz_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
