/** From raw contours to smoothed ones and their slopes: mean over three frames, then regression over five (Young et al., HTK
 *  Book 5.9). The six voicing contours (places 0 .. 5) leave out frames without voice, which are exactly 0. */
#ifndef EMOTRACK_FEATURES_CONTOURS_H
#define EMOTRACK_FEATURES_CONTOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "features/descriptors.h"

enum { VOICING_COUNT = 6, CONTOURS_DELAY = 3 /* frames: 1 for smoothing, 2 for the delta */ };

typedef struct contours {
    voicing_delta voicing_delta;
    float running_divisor;             /* of the reference's voicing delta: grows for the whole stream */
    int64_t frames;                    /* pushed, the repeats of a flush included                      */
    int64_t end;                       /* frames pushed by the caller, once flushing; else -1          */
    float raw[3][DESCRIPTOR_COUNT];    /* the latest three frames, oldest first                        */
    float smooth[5][DESCRIPTOR_COUNT]; /* the latest five frames, oldest first                        */
} contours;

void contours_init(contours *c, voicing_delta voicing);
void contours_reset(contours *c);

/** @param raw  65 values of the next frame
 *  @return true if `row` received the frame three before it */
bool contours_push(contours *c, const float raw[DESCRIPTOR_COUNT], descriptor_row *row);

/** After the last frame: one remaining row a call, then false. As in the reference the last frame is repeated, and one row
 *  more than there were frames comes out; nothing if there was no frame. */
bool contours_flush(contours *c, descriptor_row *row);

#endif
