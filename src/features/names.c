#include "features/names.h"

#include <string.h>

/* X(name without suffix, index in brackets or nothing), in the order of ComParE's configuration. */
#define VOICING(X)   \
    X("F0final", "") \
    X("voicingFinalUnclipped", "") X("jitterLocal", "") X("jitterDDP", "") X("shimmerLocal", "") X("logHNR", "")
#define LOUDNESS(X) X("audspec_lengthL1norm", "") X("audspecRasta_lengthL1norm", "") X("pcm_RMSenergy", "") X("pcm_zcr", "")
#define RASTA(X, i) X("audSpec_Rfilt", "[" #i "]")
#define RASTA_BANDS(X)                                                                                                  \
    RASTA(X, 0)                                                                                                         \
    RASTA(X, 1)                                                                                                         \
    RASTA(X, 2)                                                                                                         \
    RASTA(X, 3)                                                                                                         \
    RASTA(X, 4)                                                                                                         \
    RASTA(X, 5)                                                                                                         \
    RASTA(X, 6)                                                                                                         \
    RASTA(X, 7)                                                                                                         \
    RASTA(X, 8)                                                                                                         \
    RASTA(X, 9) RASTA(X, 10) RASTA(X, 11) RASTA(X, 12) RASTA(X, 13) RASTA(X, 14) RASTA(X, 15) RASTA(X, 16) RASTA(X, 17) \
        RASTA(X, 18) RASTA(X, 19) RASTA(X, 20) RASTA(X, 21) RASTA(X, 22) RASTA(X, 23) RASTA(X, 24) RASTA(X, 25)
#define SHAPE(X, name) X("pcm_fftMag_" name, "")
#define SPECTRAL(X)                                                                                                  \
    SHAPE(X, "fband250-650")                                                                                         \
    SHAPE(X, "fband1000-4000")                                                                                       \
    SHAPE(X, "spectralRollOff25.0")                                                                                  \
    SHAPE(X, "spectralRollOff50.0")                                                                                  \
    SHAPE(X, "spectralRollOff75.0")                                                                                  \
    SHAPE(X, "spectralRollOff90.0")                                                                                  \
    SHAPE(X, "spectralFlux")                                                                                         \
    SHAPE(X, "spectralCentroid")                                                                                     \
    SHAPE(X, "spectralEntropy")                                                                                      \
    SHAPE(X, "spectralVariance") SHAPE(X, "spectralSkewness") SHAPE(X, "spectralKurtosis") SHAPE(X, "spectralSlope") \
        SHAPE(X, "psySharpness") SHAPE(X, "spectralHarmonicity")
#define CEPSTRUM(X, i) X("pcm_fftMag_mfcc", "[" #i "]")
#define CEPSTRA(X) \
    CEPSTRUM(X, 1) \
    CEPSTRUM(X, 2) \
    CEPSTRUM(X, 3) \
    CEPSTRUM(X, 4) \
    CEPSTRUM(X, 5) \
    CEPSTRUM(X, 6) \
    CEPSTRUM(X, 7) \
    CEPSTRUM(X, 8) CEPSTRUM(X, 9) CEPSTRUM(X, 10) CEPSTRUM(X, 11) CEPSTRUM(X, 12) CEPSTRUM(X, 13) CEPSTRUM(X, 14)
#define DESCRIPTORS(X) VOICING(X) LOUDNESS(X) RASTA_BANDS(X) SPECTRAL(X) CEPSTRA(X)

#define SMOOTHED(name, index) name "_sma" index,
#define DELTA(name, index) name "_sma_de" index,
#define SMOOTHED_MOMENTS(name, index) name "_sma" index "_stddev", name "_sma" index "_amean",
#define DELTA_MOMENTS(name, index) name "_sma_de" index "_stddev", name "_sma_de" index "_amean",

/* clang-format off */
static const char *const descriptor_names[] = {DESCRIPTORS(SMOOTHED) DESCRIPTORS(DELTA)};
static const char *const functional_names[] = {DESCRIPTORS(SMOOTHED_MOMENTS) DESCRIPTORS(DELTA_MOMENTS)};
/* clang-format on */

_Static_assert(sizeof descriptor_names / sizeof descriptor_names[0] == DESCRIPTOR_ROW, "a name for every column");
_Static_assert(sizeof functional_names / sizeof functional_names[0] == FUNCTIONAL_COUNT, "a name for every column");

const char *descriptor_name(int column)
{
    return column >= 0 && column < DESCRIPTOR_ROW ? descriptor_names[column] : "";
}

const char *functional_name(int column)
{
    return column >= 0 && column < FUNCTIONAL_COUNT ? functional_names[column] : "";
}

int functional_find(const char *name)
{
    for (int column = 0; column < FUNCTIONAL_COUNT; column++)
        if (strcmp(functional_names[column], name) == 0) return column;
    return -1;
}
