#include "features/names.h"

#include <string.h>

/* X(name, index): a column is called name + suffix + index. In the order of ComParE's configuration. */
/* clang-format off */
#define VOICING(X) \
    X("F0final", "") X("voicingFinalUnclipped", "") X("jitterLocal", "") X("jitterDDP", "") X("shimmerLocal", "") X("logHNR", "")
#define LOUDNESS(X) \
    X("audspec_lengthL1norm", "") X("audspecRasta_lengthL1norm", "") X("pcm_RMSenergy", "") X("pcm_zcr", "")

#define BAND(X, i) X("audSpec_Rfilt", "[" #i "]")
#define BANDS(X) \
    BAND(X, 0) BAND(X, 1) BAND(X, 2) BAND(X, 3) BAND(X, 4) BAND(X, 5) BAND(X, 6) BAND(X, 7) BAND(X, 8) BAND(X, 9) \
    BAND(X, 10) BAND(X, 11) BAND(X, 12) BAND(X, 13) BAND(X, 14) BAND(X, 15) BAND(X, 16) BAND(X, 17) BAND(X, 18) \
    BAND(X, 19) BAND(X, 20) BAND(X, 21) BAND(X, 22) BAND(X, 23) BAND(X, 24) BAND(X, 25)

#define SHAPE(X, name) X("pcm_fftMag_" name, "")
#define SHAPES(X) \
    SHAPE(X, "fband250-650") SHAPE(X, "fband1000-4000") \
    SHAPE(X, "spectralRollOff25.0") SHAPE(X, "spectralRollOff50.0") SHAPE(X, "spectralRollOff75.0") SHAPE(X, "spectralRollOff90.0") \
    SHAPE(X, "spectralFlux") SHAPE(X, "spectralCentroid") SHAPE(X, "spectralEntropy") SHAPE(X, "spectralVariance") \
    SHAPE(X, "spectralSkewness") SHAPE(X, "spectralKurtosis") SHAPE(X, "spectralSlope") SHAPE(X, "psySharpness") \
    SHAPE(X, "spectralHarmonicity")

#define CEPSTRUM(X, i) X("pcm_fftMag_mfcc", "[" #i "]")
#define CEPSTRA(X) \
    CEPSTRUM(X, 1) CEPSTRUM(X, 2) CEPSTRUM(X, 3) CEPSTRUM(X, 4) CEPSTRUM(X, 5) CEPSTRUM(X, 6) CEPSTRUM(X, 7) \
    CEPSTRUM(X, 8) CEPSTRUM(X, 9) CEPSTRUM(X, 10) CEPSTRUM(X, 11) CEPSTRUM(X, 12) CEPSTRUM(X, 13) CEPSTRUM(X, 14)

#define DESCRIPTORS(X) VOICING(X) LOUDNESS(X) BANDS(X) SHAPES(X) CEPSTRA(X)

#define SMOOTHED(name, index) name "_sma" index,
#define DELTA(name, index) name "_sma_de" index,
#define SMOOTHED_MOMENTS(name, index) name "_sma" index "_stddev", name "_sma" index "_amean",
#define DELTA_MOMENTS(name, index) name "_sma_de" index "_stddev", name "_sma_de" index "_amean",

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
