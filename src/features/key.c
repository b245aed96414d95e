#include "features/key.h"

#include <math.h>

static const double major[CHROMA_COUNT] = {.748, .060, .488, .082, .670, .460, .096, .715, .104, .366, .057, .400};
static const double minor[CHROMA_COUNT] = {.712, .084, .474, .618, .049, .460, .105, .747, .404, .067, .133, .330};

typedef struct standard {
    double value[CHROMA_COUNT]; /* mean 0, squares add to 1; all 0 if all were equal */
} standard;

static standard standardise(const double from[CHROMA_COUNT])
{
    standard s;
    double mean = 0.0, squares = 0.0;
    for (int i = 0; i < CHROMA_COUNT; i++) mean += from[i] / CHROMA_COUNT;
    for (int i = 0; i < CHROMA_COUNT; i++) {
        s.value[i] = from[i] - mean;
        squares += s.value[i] * s.value[i];
    }
    for (int i = 0; i < CHROMA_COUNT; i++) s.value[i] = squares > 1e-12 ? s.value[i] / sqrt(squares) : 0.0;
    return s;
}

/* Correlation with the best of twelve keys, and its tonic. */
static double best_of(const standard *sound, const double profile[CHROMA_COUNT], int *tonic)
{
    standard p = standardise(profile);
    double best = -2.0;
    for (int t = 0; t < CHROMA_COUNT; t++) {
        double r = 0.0;
        for (int i = 0; i < CHROMA_COUNT; i++) r += sound->value[(i + t) % CHROMA_COUNT] * p.value[i];
        if (r > best) {
            best = r;
            *tonic = t;
        }
    }
    return best;
}

key_fit key_find(const float chroma[CHROMA_COUNT])
{
    double wide[CHROMA_COUNT];
    for (int i = 0; i < CHROMA_COUNT; i++) wide[i] = chroma[i];
    standard sound = standardise(wide);
    int major_tonic = 0, minor_tonic = 0;
    double major_fit = best_of(&sound, major, &major_tonic), minor_fit = best_of(&sound, minor, &minor_tonic);
    return (key_fit){.key = major_fit >= minor_fit ? major_tonic : CHROMA_COUNT + minor_tonic,
                     .clarity = (float)fmax(major_fit, minor_fit),
                     .majorness = (float)(major_fit - minor_fit)};
}

const char *key_name(int key)
{
    static const char *const names[KEY_COUNT] = {"C major",  "C# major", "D major",  "D# major", "E major",  "F major",
                                                 "F# major", "G major",  "G# major", "A major",  "A# major", "B major",
                                                 "C minor",  "C# minor", "D minor",  "D# minor", "E minor",  "F minor",
                                                 "F# minor", "G minor",  "G# minor", "A minor",  "A# minor", "B minor"};
    return names[key];
}
