/** Jitter, shimmer and harmonics-to-noise ratio of voiced frames, measured period by period on the waveform, in the manner
 *  of openSMILE's ComParE set (2.x: the "compatible" rule of which periods count). */
#ifndef EMOTRACK_FEATURES_VOICE_QUALITY_H
#define EMOTRACK_FEATURES_VOICE_QUALITY_H

#include <stdint.h>

#include "features/period_correlation.h"

typedef struct voice_quality voice_quality;

typedef struct voice_values {
    float jitter;     /**< mean difference of neighbouring periods over the mean period                 */
    float jitter_ddp; /**< mean difference of those differences over the mean period                    */
    float shimmer;    /**< mean difference of neighbouring amplitudes over the mean amplitude           */
    float hnr_db;     /**< energy of the mean period over that of the rest; -100 without voice          */
} voice_values;

/** @param hop, frame_size  samples of 10 ms (as the frames advance) and of 60 ms
 *  @return NULL if memory is out */
voice_quality *voice_quality_create(double rate_hz, size_t hop, size_t frame_size);
void voice_quality_destroy(voice_quality *v);
void voice_quality_reset(voice_quality *v);

/** First sample of the stream that frame `frame` and later ones can ask for. */
int64_t voice_quality_oldest(const voice_quality *v, int64_t frame);

/** Frames must come in order, every one once.
 *  @param f0_hz   pitch of the frame, 52 .. 620, or 0
 *  @param sound   samples of the stream, from `first` to the end of the frame at least
 *  @param first   place of sound[0] in the stream, <= voice_quality_oldest */
void voice_quality_frame(voice_quality *v, int64_t frame, double f0_hz, const float *sound, int64_t first,
                         voice_values *out);

#endif
