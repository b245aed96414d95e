/** What the learned ear sees of a frame: 96 mel bands of power of 512 samples at 16 kHz, and their logarithm.
 *  Hann window (periodic), |X|^2, triangles of equal area from 0 to 8 kHz on the scale of Slaney's Auditory Toolbox (1998),
 *  as librosa has them by default. */
#ifndef EMOTRACK_FEATURES_EAR_MEL_H
#define EMOTRACK_FEATURES_EAR_MEL_H

enum { EAR_BANDS = 96, EAR_FRAME = 512, EAR_FRAME_HOP = 256 /* samples at 16 kHz */ };

typedef struct ear_mel ear_mel;

/** @return NULL if memory is out */
ear_mel *ear_mel_create(void);
void ear_mel_destroy(ear_mel *m);

/** @param samples  512 at 16 kHz, the frame's middle is samples[256]
 *  @param power    receives 96 bands */
void ear_mel_power(ear_mel *m, const float samples[EAR_FRAME], float power[EAR_BANDS]);

/** x = log10(1 + 10,000 gain P). @param gain  of power, g^2 */
void ear_mel_logarithm(const float power[EAR_BANDS], float gain, float x[EAR_BANDS]);

/** The running mean square of a stream: of everything at first, exponential with 10 s from 10 s on. */
typedef struct ear_level {
    int frames; /* heard, no more counted than 10 s have */
    double mean_square;
} ear_level;

/** @param samples  the next 256
 *  @return g^2 that brings the sound to an RMS of 0.1; the mean square counts as 1e-7 at least */
float ear_level_gain(ear_level *l, const float samples[EAR_FRAME_HOP]);

#endif
