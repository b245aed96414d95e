#include "features/harmony.h"

static const char *const names[HARMONY_COLUMNS] = {"harmony_majorness",
                                                   "harmony_key_clarity",
                                                   "harmony_onsets",
                                                   "harmony_onset_strength_mean",
                                                   "harmony_onset_strength_stddev",
                                                   "harmony_pulse_clarity",
                                                   "harmony_pulse_stddev",
                                                   "harmony_change",
                                                   "harmony_chroma_entropy",
                                                   "harmony_contrast_1",
                                                   "harmony_contrast_2",
                                                   "harmony_contrast_3",
                                                   "harmony_contrast_4",
                                                   "harmony_contrast_5",
                                                   "harmony_contrast_6",
                                                   "harmony_contrast_7",
                                                   "harmony_chroma_01",
                                                   "harmony_chroma_02",
                                                   "harmony_chroma_03",
                                                   "harmony_chroma_04",
                                                   "harmony_chroma_05",
                                                   "harmony_chroma_06",
                                                   "harmony_chroma_07",
                                                   "harmony_chroma_08",
                                                   "harmony_chroma_09",
                                                   "harmony_chroma_10",
                                                   "harmony_chroma_11",
                                                   "harmony_chroma_12"};

const char *harmony_column_name(int column)
{
    return names[column];
}
