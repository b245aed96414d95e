/** Any sound, in blocks, to rows of columns: the one way from sound to what is known about it.
 *
 *      interleaved blocks -> level meter, mixed down -> mono at 44.1 kHz, in hops of 10 ms -> each family -> rows
 *
 *      while (feature_stream_push(s, block, frames), ...)
 *          while (feature_stream_next(s))
 *              if (feature_stream_row(s, row)) ...
 *
 *  The hops are those of the stream's own clock: hop h is heard when the stream's first 10 h ms and what the resampler holds
 *  back have come, so that a row never depends on how the sound was cut into blocks, bit for bit. Push, next and row are
 *  real-time safe; one thread at a time. */
#ifndef EMOTRACK_FEATURES_FEATURE_STREAM_H
#define EMOTRACK_FEATURES_FEATURE_STREAM_H

#include "audio/meter.h"
#include "features/families.h"

typedef struct feature_stream feature_stream;

typedef struct feature_stream_options {
    double rate_hz;       /**< of the sound that will be pushed, 4,000 .. 768,000 */
    unsigned channels;    /**< 1 .. 256 */
    unsigned families;    /**< WITH_...: what is in the rows; the others are not run */
    unsigned aside;       /**< WITH_...: heard as well, but in no row and waited for by none */
    int pitch_lag_frames; /**< descriptors.h, as the next two */
    voicing_delta voicing_delta;
    rasta_start rasta_start;
    const ear_weights *ear; /**< needed WITH_EAR; must outlive the stream */
    int ear_ahead;          /**< as ear_create's `ahead`; more than 0: the ear's columns in the rows are 0 */
    bool native;            /**< descriptors are cut at the sound's own rate (8,000 .. 192,000), without resampling; only
                                      for descriptors alone */
} feature_stream_options;

/** @param out  receives the stream; the caller destroys it
 *  @return ET_OK; ET_ERROR_ARGUMENT (rate, channels, pitch lag, no family, the ear without weights), ET_ERROR_MEMORY */
et_status feature_stream_create(feature_stream **out, const feature_stream_options *options, et_error *error);
void feature_stream_destroy(feature_stream *s); /* NULL is allowed */

/** As just created. Not real-time safe: the resampler is made anew. @return ET_OK; ET_ERROR_MEMORY: only destroy it */
et_status feature_stream_reset(feature_stream *s);

/** Most frames that one push takes. */
size_t feature_stream_block(const feature_stream *s);

/** Takes a block. Ask `next` until it says no before the next push.
 *  @param samples  interleaved, `frames` x channels; NULL: lost, they count as zeros
 *  @return samples that are not finite; they count as 0 */
size_t feature_stream_push(feature_stream *s, const float *samples, size_t frames);

/** Hears the next hop, if its sound is there; after feature_stream_end, what the descriptors' look-ahead still holds. */
bool feature_stream_next(feature_stream *s);

/** The sound has ended: takes some of what the resampler still holds. Ask `next` and call again until it gives false. */
bool feature_stream_flush(feature_stream *s);

/** After the last flush: `next` goes on to the last sample instead of staying behind by the resampler's delay, and then to
 *  the last row of the descriptors. Push nothing more but a reset.
 *  @param fill  a sound shorter than the 60 ms of a frame is filled up with silence */
void feature_stream_end(feature_stream *s, bool fill);

/** Hops of the stream's clock that the newest row has heard. */
int64_t feature_stream_hop(const feature_stream *s);

/** The row as of the newest hop.
 *  @param row  receives ROW_WIDTH numbers; the columns of families that are not run are 0
 *  @return false: none came with this hop, or not every family has one yet (descriptors from their look-ahead on, the ear
 *          after half a second); `row` is then left alone */
bool feature_stream_row(feature_stream *s, float row[ROW_WIDTH]);

/** Columns of some of its families as of the newest hop, whatever the others lack.
 *  @param families  WITH_..., all run   @param row  ROW_WIDTH numbers; those of other families are left alone */
void feature_stream_columns(const feature_stream *s, unsigned families, float row[ROW_WIDTH]);

/** Its ear, for whom the ear's layers are left to. WITH_EAR only. */
ear *feature_stream_ear(const feature_stream *s);

/** The 130 descriptors that came with the newest hop, or NULL. */
const descriptor_row *feature_stream_frame(const feature_stream *s);

/** What was before the newest hop is no part of the last second, for the descriptors. */
void feature_stream_begin_second(feature_stream *s);

/** Level and flags of the second that ends at a hop (meter.h); not where `native`. */
meter_reading feature_stream_level(const feature_stream *s, int64_t hop);

/** What harmony has for people. WITH_HARMONY only. */
void feature_stream_harmony(const feature_stream *s, harmony_reading *out);

/** Frames pushed since the stream began. */
int64_t feature_stream_frames(const feature_stream *s);

/** Seconds from hop to hop of the descriptors: 0.01, where `native` a whole number of samples near it. */
double feature_stream_hop_s(const feature_stream *s);

/** Seconds by which a family's columns lag behind the sound pushed, the resampler's delay included; 0 for one not run. */
double feature_stream_look_ahead_s(const feature_stream *s, int family);

#endif
