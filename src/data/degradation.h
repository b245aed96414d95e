/** What happens to sound before a program hears it: another gain, a laptop's microphone, a telephone, clipping. For training
 *  with such sound and for measuring what it costs.
 *
 *  Filters: second-order sections after Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients".
 *  The room is a decaying sparse echo; its noise is pink-free white noise at the given ratio. Deterministic. */
#ifndef EMOTRACK_DATA_DEGRADATION_H
#define EMOTRACK_DATA_DEGRADATION_H

#include <stdbool.h>
#include <stddef.h>

#include "emotrack.h"

typedef struct degradation {
    double low_hz, high_hz; /**< band that is left (two second-order sections at each end); 0: no limit there */
    double noise_db;        /**< signal to noise ratio of white noise that is added; 0: none */
    bool room;              /**< echoes of a small room, 0.3 s to -60 dB */
    double gain_db;         /**< last before clipping */
    bool clip;              /**< at full scale, -1 .. 1 */
} degradation;

/** A degradation by name: "none", "quiet12", "quiet24", "laptop" (150 Hz to 7 kHz, room, noise at 20 dB), "phone" (300 to 3,400
 *  Hz), "clip6" (+6 dB, clipped). @return ET_OK; ET_ERROR_ARGUMENT, and which there are */
et_status degradation_find(degradation *out, const char *name, et_error *error);

bool degradation_is_none(const degradation *d);

/** @param samples  mono, 44.1 kHz, changed in place */
void degradation_apply(const degradation *d, float *samples, size_t count);

#endif
