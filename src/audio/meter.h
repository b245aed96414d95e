/** Where sound enters: it is mixed down, looked at for bad samples, and metered: level, silence, clipping and losses of its
 *  last second.
 *
 *  Samples are counted at the stream's own rate, in hops of 10 ms; a reader asks for the second that ends at any recent hop.
 *  Nothing depends on how the samples are cut into blocks. Real-time safe after creation. */
#ifndef EMOTRACK_AUDIO_METER_H
#define EMOTRACK_AUDIO_METER_H

#include "emotrack.h"

enum {
    METER_HOPS_A_SECOND = 100,
    METER_HOPS_KEPT = 1024 /**< how far back a reader may ask, the second itself included */
};

typedef struct meter meter;

/** The second that ended at a hop. */
typedef struct meter_reading {
    float level_dbfs; /**< RMS of the mean of the channels, 0 for a constant at full scale; -200 .. : digital silence is -200
                       */
    uint32_t flags;   /**< ET_FLAG_SILENCE: below -70 dBFS; ET_FLAG_CLIPPED: three samples of a channel in a row at full
                           scale; ET_FLAG_LOST: lost or not finite */
} meter_reading;

et_status meter_create(meter **out, double rate_hz, unsigned channels, et_error *error);
void meter_destroy(meter *m);
void meter_reset(meter *m);

/** Looks at a block and mixes it down.
 *  @param samples  interleaved; NULL: `frames` frames were lost and count as zeros
 *  @param mono     receives `frames` samples: the mean of the channels, summed in their order; of a mono stream the sound
 *                  itself. What is not finite counts as 0
 *  @return samples that are not finite */
size_t meter_push(meter *m, const float *samples, size_t frames, float *mono);

/** The second that ends with hop `hop - 1`, i.e. at hop * 10 ms; at a stream's start what there is of it.
 *  @param hop  1 .. hops of sound pushed so far (a begun one included), not older than METER_HOPS_KEPT - 100 */
meter_reading meter_read(const meter *m, int64_t hop);

#endif
