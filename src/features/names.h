/** Names and order of the 65 descriptors, their deltas and the 260 functionals, as DEAM and PMEmo spell them
 *  (features.md 11.1 in the project's notes; Weninger et al. 2013, "On the acoustics of emotion in audio", table 2). */
#ifndef EMOTRACK_FEATURES_NAMES_H
#define EMOTRACK_FEATURES_NAMES_H

enum {
    DESCRIPTOR_COUNT = 65,                 /* contours, smoothed                                    */
    DESCRIPTOR_ROW = 2 * DESCRIPTOR_COUNT, /* 65 descriptors, then their 65 deltas                   */
    FUNCTIONAL_COUNT = 2 * DESCRIPTOR_ROW  /* 260, the order of DEAM: (stddev, amean) of each of 130 */
};

/** Places in a row of descriptors that other rooms need by name. */
enum {
    DESCRIPTOR_F0 = 0,
    DESCRIPTOR_VOICING = 1,
    DESCRIPTOR_JITTER = 2,
    DESCRIPTOR_JITTER_DDP = 3,
    DESCRIPTOR_SHIMMER = 4,
    DESCRIPTOR_HNR = 5,
    DESCRIPTOR_AUDITORY_LENGTH = 6,
    DESCRIPTOR_RASTA_LENGTH = 7,
    DESCRIPTOR_RMS = 8,
    DESCRIPTOR_ZCR = 9,
    DESCRIPTOR_RASTA = 10,
    DESCRIPTOR_SPECTRAL = 36,
    DESCRIPTOR_MFCC = 51
};

/** Column of the functionals row that holds the mean (or the standard deviation) of column `d` of the descriptor row. */
static inline int functional_stddev(int d)
{
    return 2 * d;
}
static inline int functional_mean(int d)
{
    return 2 * d + 1;
}

/** Name of column 0 .. 129 of a row of descriptors, e.g. "pcm_fftMag_mfcc_sma_de[3]". Static storage. */
const char *descriptor_name(int column);

/** Name of column 0 .. 259 in DEAM's order, e.g. "F0final_sma_stddev". Static storage. */
const char *functional_name(int column);

/** Column of a DEAM-style name, or -1. */
int functional_find(const char *name);

#endif
