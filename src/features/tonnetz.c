#include "features/tonnetz.h"

#include <math.h>
#include <string.h>

void tonnetz(const float chroma[CHROMA_COUNT], float out[TONNETZ_COUNT])
{
    static const double turns[] = {7.0 / 6, 3.0 / 2, 2.0 / 3}, radius[] = {1.0, 1.0, 0.5}; /* half turns a semitone */
    double sum = 0.0;
    for (int i = 0; i < CHROMA_COUNT; i++) sum += chroma[i];
    memset(out, 0, TONNETZ_COUNT * sizeof *out);
    if (sum == 0.0) return;
    for (int circle = 0; circle < 3; circle++) {
        double sine = 0.0, cosine = 0.0;
        for (int i = 0; i < CHROMA_COUNT; i++) {
            sine += chroma[i] / sum * sin(M_PI * turns[circle] * i);
            cosine += chroma[i] / sum * cos(M_PI * turns[circle] * i);
        }
        out[2 * circle] = (float)(radius[circle] * sine);
        out[2 * circle + 1] = (float)(radius[circle] * cosine);
    }
}
