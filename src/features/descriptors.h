/** From samples to the 65 acoustic descriptors of ComParE and their 65 deltas, one row every 10 ms.
 *
 *  Streaming: the rows do not depend on how the samples are cut into blocks, bit for bit. Memory is constant; after creation
 *  nothing is allocated, no lock is taken and the system is not called. One thread at a time for each object. */
#ifndef EMOTRACK_FEATURES_DESCRIPTORS_H
#define EMOTRACK_FEATURES_DESCRIPTORS_H

#include "emotrack.h"
#include "features/names.h"

typedef struct descriptors descriptors;

typedef enum { VOICING_DELTA_SANE = 0, VOICING_DELTA_REFERENCE } voicing_delta;

/** How RASTA's filter begins: as the reference (where sound comes out of digital silence, as at the start of most MP3 files,
 *  the bands rise many times over for some 1.5 s), or with the first frame that is not digital silence, in the steady state
 *  of the level found there. */
typedef enum { RASTA_START_REFERENCE = 0, RASTA_START_STEADY } rasta_start;

typedef struct descriptors_options {
    double rate_hz;       /**< 8,000 .. 192,000; 44,100 is what models are trained on */
    int pitch_lag_frames; /**< 0 .. 29: look-ahead of the pitch decision; 29 is the reference, 10 the live choice */
    voicing_delta voicing_delta;
    rasta_start rasta_start;
} descriptors_options;

/** One row: the frame that begins at `index` hops. */
typedef struct descriptor_row {
    int64_t index;               /**< frame number, from 0; its sound begins at index * hop */
    float value[DESCRIPTOR_ROW]; /**< 65 smoothed descriptors, then 65 deltas, in the order of names.h */
} descriptor_row;

/** @param out  receives the object; the caller destroys it
 *  @return ET_OK; ET_ERROR_ARGUMENT (rate, lag), ET_ERROR_MEMORY */
et_status descriptors_create(descriptors **out, const descriptors_options *options, et_error *error);
void descriptors_destroy(descriptors *d);

/** As just created. */
void descriptors_reset(descriptors *d);

/** Samples of one hop (10 ms). */
size_t descriptors_hop(const descriptors *d);

/** Hops of sound from the start of a frame until its row is known: row n comes with the last sample of hop n + look_ahead
 *  - 1. */
int descriptors_look_ahead(const descriptors *d);

/** Takes samples until a row is known or the samples are used up.
 *  @param samples  mono, [-1, 1]: 16-bit sample s is s / 32768. Rounded to 16 bits, and cut to their range, as is the sound
 *  that the data sets' features were made from; NaN and infinity count as 0
 *  @param taken    receives how many were taken, <= count
 *  @return true if `row` was filled; call again with the rest */
bool descriptors_push(descriptors *d, const float *samples, size_t count, size_t *taken, descriptor_row *row);

/** The stream has ended: gives one remaining row a call (the last value repeated as look-ahead), then false. As from the
 *  reference, one row more comes than there were whole 60 ms frames (none if there was no frame).
 *  Push nothing after it but a reset. */
bool descriptors_flush(descriptors *d, descriptor_row *row);

#endif
